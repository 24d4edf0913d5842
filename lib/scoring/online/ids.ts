/** Request ids: which a client may send, and which come back (facts: the table of the inference server's contract). */
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { HEADERS } from "../contract.ts";

const LONGEST = 100;
/** The older name of {@link HEADERS.clientRequestId}, still honoured and echoed. */
const MS_REQUEST_ID = "x-ms-request-id";

/** Echoed beside what a script sets itself. */
const TRACE_ID = "TraceId";

/** The ids of one request, as the flat list of response headers that carries them. */
export interface Ids {
  readonly headers: readonly string[];
  /** An id is too long: what the answer 431 says. */
  readonly refusal?: string;
}

/** The ids to answer with. An empty one is as good as none, but for `x-request-id`, which is taken as sent; empty ids are not sent back. */
export function requestIds(headers: IncomingHttpHeaders): Ids {
  const sent = one(headers[HEADERS.requestId]);
  const older = filled(headers[MS_REQUEST_ID]);
  const client = filled(headers[HEADERS.clientRequestId]);
  const sentTrace = one(headers["traceid"]);
  const trace = sentTrace === undefined ? [] : [TRACE_ID, sentTrace];
  if (sent === undefined && older === undefined && client === undefined && sentTrace === undefined) {
    const made = randomUUID();
    return { headers: [HEADERS.requestId, made, MS_REQUEST_ID, made] };
  }
  if (sent !== undefined && sent.length > LONGEST) {
    return { headers: trace, refusal: `${HEADERS.requestId} must not exceed ${LONGEST} characters` };
  }
  const id = sent ?? randomUUID();
  if ((older?.length ?? 0) > LONGEST || (client?.length ?? 0) > LONGEST) {
    const refusal = `${MS_REQUEST_ID} and ${HEADERS.clientRequestId} must not exceed ${LONGEST} characters`;
    return { headers: [...pairs([[HEADERS.requestId, id]]), ...trace], refusal };
  }
  return {
    headers: [
      ...pairs([
        [HEADERS.requestId, id],
        [MS_REQUEST_ID, older ?? client ?? id],
        [HEADERS.clientRequestId, client ?? older],
      ]),
      ...trace,
    ],
  };
}

/** Ids are the server's: what a script has set in their place is dropped. */
export function withoutIds(own: readonly string[], ids: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < own.length; at += 2) {
    const name = own[at] ?? "";
    if (!isAmong(ids, name)) kept.push(name, own[at + 1] ?? "");
  }
  return kept;
}

const isAmong = (ids: readonly string[], name: string): boolean =>
  ids.some((id, at) => at % 2 === 0 && id !== TRACE_ID && id.length === name.length && id === name.toLowerCase());

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value.join(",") : value);

const filled = (value: string | string[] | undefined): string | undefined => (value === undefined || value === "" ? undefined : one(value));

const pairs = (all: readonly (readonly [string, string | undefined])[]): string[] =>
  all.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [name, value]));
