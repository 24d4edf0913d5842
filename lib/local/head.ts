/** Reads the head of a message once: which fields go on, and what the router itself must know. */
import { HEADERS } from "../scoring/contract.ts";

/** Fields that concern one connection only (RFC 9110 §7.6.1). */
const PER_CONNECTION = new Set(["connection", "keep-alive", "proxy-connection", "te", "upgrade"]);
/** `Transfer-Encoding` goes on because Node's client and server frame the body after it; dropping either of the two would smuggle. */
const FRAMING = new Set(["host", "content-length", "transfer-encoding", "trailer"]);

/** The head of a request. */
export interface Head {
  /** Names and values in turn, as they came, without those of this connection. */
  readonly fields: string[];
  /** The deployment that the caller names. */
  readonly deployment?: string;
  /** Whether a body follows. */
  readonly body: boolean;
  /** The protocol that the caller wants to change to. */
  readonly upgrade?: string;
}

/** Reads the raw fields of a request: `[name, value, name, value …]`. */
export function readHead(raw: readonly string[]): Head {
  let deployment: string | undefined;
  let upgrade: string | undefined;
  let body = false;
  let host = false;
  for (let index = 0; index < raw.length; index += 2) {
    const value = raw[index + 1]!;
    switch (raw[index]!.toLowerCase()) {
      case HEADERS.deployment: deployment = deployment === undefined ? value : `${deployment}, ${value}`; break;
      case "transfer-encoding": body = true; break;
      case "content-length": body = value !== "0"; break;
      case "upgrade": upgrade = value; break;
      case "host": host = true; break;
    }
  }
  const fields = endToEnd(raw);
  // HTTP/1.0 needs no Host; what goes on is HTTP/1.1, which does.
  if (!host) fields.push("Host", "localhost");
  return { fields, body, ...(deployment !== undefined && { deployment }), ...(upgrade !== undefined && { upgrade }) };
}

/**
 * The fields that go on to the other side.
 *
 * @param drop - one more name to leave out, in lower case
 */
export function endToEnd(raw: readonly string[], drop?: string): string[] {
  const fields: string[] = [];
  let named: Set<string> | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase();
    if (name === "connection") named = namedIn(raw[index + 1]!, named);
    if (name !== drop && !PER_CONNECTION.has(name)) fields.push(raw[index]!, raw[index + 1]!);
  }
  return named === undefined ? fields : without(fields, named);
}

/** The fields that a Connection field declares to be of this connection, on top of those found before. */
function namedIn(connection: string, before: Set<string> | undefined): Set<string> | undefined {
  if (connection === "keep-alive" || connection === "close") return before;
  const names = connection.split(",").map((token) => token.trim().toLowerCase());
  return new Set([...(before ?? []), ...names.filter((name) => !FRAMING.has(name))]);
}

const without = (fields: readonly string[], names: ReadonlySet<string>): string[] =>
  fields.filter((_, index) => !names.has(fields[index & ~1]!.toLowerCase()));

/** Raw trailers as the pairs that Node's `addTrailers` takes. */
export const trailerPairs = (raw: readonly string[]): [string, string][] =>
  Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index]!, raw[2 * index + 1]!]);
