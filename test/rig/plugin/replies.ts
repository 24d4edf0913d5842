/** Replies that say the same whatever the provider is. */
import type { Body } from "../json.ts";
import { messages, struct } from "./server.ts";

export const handshake = () => {
  const reply = new messages.ProviderHandshakeResponse();
  reply.setAcceptSecrets(true);
  return reply;
};

/** Previews come to Create and Update. */
export const acceptConfiguration = () => {
  const reply = new messages.ConfigureResponse();
  reply.setAcceptsecrets(true);
  reply.setSupportspreview(true);
  return reply;
};

export const checked = (inputs: Body, reasons: readonly string[]) => {
  const reply = new messages.CheckResponse();
  reply.setInputs(struct(inputs));
  for (const reason of reasons) {
    const failure = new messages.CheckFailure();
    failure.setReason(reason);
    reply.addFailures(failure);
  }
  return reply;
};
