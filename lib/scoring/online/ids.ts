/** Request ids: which a client may send, and which come back (facts: the table of the inference server's contract). */
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { HEADERS } from "../contract.ts";

const LONGEST = 100;
/** The older name of {@link HEADERS.clientRequestId}, still honoured and echoed. */
const MS_REQUEST_ID = "x-ms-request-id";

/** The ids of one request, as the flat list of response headers that carries them. */
export interface Ids {
  readonly headers: readonly string[];
  /** An id is too long: what the answer 431 says. */
  readonly refusal?: string;
}

/** The ids to answer with. An empty id is taken as sent, and empty headers are not echoed: so does the original. */
export function requestIds(headers: IncomingHttpHeaders): Ids {
  const sent = one(headers[HEADERS.requestId]);
  const older = one(headers[MS_REQUEST_ID]);
  const client = one(headers[HEADERS.clientRequestId]);
  if (sent === undefined && older === undefined && client === undefined && headers["traceid"] === undefined) {
    const made = randomUUID();
    return { headers: [HEADERS.requestId, made, MS_REQUEST_ID, made] };
  }
  if (sent !== undefined && sent.length > LONGEST) {
    return { headers: [], refusal: `${HEADERS.requestId} must not exceed ${LONGEST} characters` };
  }
  const id = sent ?? randomUUID();
  if ((older?.length ?? 0) > LONGEST || (client?.length ?? 0) > LONGEST) {
    const refusal = `${MS_REQUEST_ID} and ${HEADERS.clientRequestId} must not exceed ${LONGEST} characters`;
    return { headers: pairs([[HEADERS.requestId, id]]), refusal };
  }
  return {
    headers: pairs([
      [HEADERS.requestId, id],
      [MS_REQUEST_ID, older ?? client ?? id],
      [HEADERS.clientRequestId, client ?? older],
      ["TraceId", one(headers["traceid"])],
    ]),
  };
}

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value.join(",") : value);

const pairs = (all: readonly (readonly [string, string | undefined])[]): string[] =>
  all.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [name, value]));
