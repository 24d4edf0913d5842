/** Replies that say the same whatever the provider is. */
import type { CheckRequest } from "@pulumi/pulumi/proto/provider_pb.js";
import type { Body } from "../json.ts";
import { empty, messages, pluginInfo, struct, values } from "./server.ts";

const handshake = () => {
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

/** What changes, and whether that replaces. */
export interface Change {
  /** As the engine writes paths: `properties.traffic.blue`, `tags["a.b"]`, `list[0]`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
  readonly replaces: boolean;
}

export const differs = (changes: readonly unknown[], replaces: readonly string[]) => {
  const reply = new messages.DiffResponse();
  reply.setChanges(changes.length === 0 ? messages.DiffResponse.DiffChanges.DIFF_NONE : messages.DiffResponse.DiffChanges.DIFF_SOME);
  reply.setReplacesList([...replaces]);
  return reply;
};

/** The engine shows these paths. `inInputs`: they are of the inputs, not of the outputs. */
export const detailed = (reply: ReturnType<typeof differs>, changes: readonly Change[], inInputs: boolean) => {
  reply.setHasdetaileddiff(true);
  for (const change of changes) reply.getDetaileddiffMap().set(change.path, detail(change, inInputs));
  return reply;
};

const detail = ({ kind, replaces }: Change, inInputs: boolean) => {
  const found = new messages.PropertyDiff();
  const base = { add: 0, delete: 2, update: 4 }[kind];
  found.setKind((replaces ? base + 1 : base) as Parameters<typeof found.setKind>[0]);
  found.setInputdiff(inInputs);
  return found;
};

/** What every provider here answers in the same way. */
export const common = (version: string) => ({
  handshake,
  attach: empty,
  getPluginInfo: () => pluginInfo(version),
  getSchema: () => new messages.GetSchemaResponse(),
  checkConfig: (request: CheckRequest) => checked(values(request.getNews()), []),
  diffConfig: () => new messages.DiffResponse(),
});
