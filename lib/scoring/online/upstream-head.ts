/** Which headers go through the front, in either direction. */
import { HEADERS } from "../contract.ts";
import { valueOf } from "./headers.ts";

/** Of one connection only (RFC 9110 §7.6.1); `Expect` has been answered by the front, and trailers are dropped. */
const OF_A_CONNECTION = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade", "expect"];
/** Node frames bodies by these. No `Connection` header may take them away: that would smuggle. */
const FRAMING = new Set(["content-length", "transfer-encoding", "host"]);
/** What the front says itself. */
const OURS = [...Object.values(HEADERS), "x-ms-request-id"];
const FORWARDED_HOST = "x-forwarded-host";

const REQUEST = new Set([...OF_A_CONNECTION, "host"]);
const RESPONSE = new Set([...OF_A_CONNECTION, ...OURS, "content-length", "transfer-encoding"]);

/** Statuses that have no body, whatever their headers say of its length. */
const BODILESS = new Set([204, 304]);

/** What the server behind the front gets of a request's headers, names and values in turn. */
export function requestHeaders(headers: readonly string[], host: string, requestId: string | undefined): string[] {
  const sent = endToEnd(headers, REQUEST);
  const asked = valueOf(headers, "host");
  if (asked !== undefined && valueOf(sent, FORWARDED_HOST) === undefined) sent.push("X-Forwarded-Host", asked);
  if (requestId !== undefined && valueOf(sent, HEADERS.requestId) === undefined) sent.push(HEADERS.requestId, requestId);
  return ["Host", host, ...sent];
}

/** What a client gets of the headers of an answer. The length comes first, under the name by which others look for it. */
export function responseHeaders(status: number, headers: readonly string[]): string[] {
  const sent = endToEnd(headers, RESPONSE);
  const length = BODILESS.has(status) || valueOf(headers, "transfer-encoding") !== undefined ? undefined : valueOf(headers, "content-length");
  return length === undefined ? sent : ["Content-Length", length, ...sent];
}

/** Whether a body follows a request's headers. */
export const hasBody = (headers: readonly string[]): boolean =>
  valueOf(headers, "transfer-encoding") !== undefined || (valueOf(headers, "content-length") ?? "0") !== "0";

function endToEnd(headers: readonly string[], without: ReadonlySet<string>): string[] {
  const named = namedByConnection(headers);
  const kept: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const [name = "", value = ""] = [headers[at], headers[at + 1]];
    if (!without.has(name.toLowerCase()) && !named.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}

function namedByConnection(headers: readonly string[]): ReadonlySet<string> {
  const named = new Set<string>();
  for (let at = 0; at + 1 < headers.length; at += 2) {
    if (headers[at]?.toLowerCase() !== "connection") continue;
    for (const name of headers[at + 1]?.toLowerCase().split(",") ?? []) if (!FRAMING.has(name.trim())) named.add(name.trim());
  }
  return named;
}
