/** The W3C trace context: `traceparent`, which says which trace a request belongs to and who has called. */
import type { IncomingHttpHeaders } from "node:http";

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const NOTHING = /^0+$/;

/** What `traceparent` says. */
export interface TraceParent {
  readonly traceId: string;
  /** Of the caller. */
  readonly spanId: string;
  /** The caller wants it recorded. */
  readonly sampled: boolean;
}

/** Undefined when it is absent, or not of the form that the standard knows, now or later. */
export function traceParentOf(headers: IncomingHttpHeaders): TraceParent | undefined {
  const sent = headers["traceparent"];
  if (typeof sent !== "string") return undefined;
  const [, version, traceId = "", spanId = "", flags = "", more] = TRACEPARENT.exec(sent.trim()) ?? [];
  if (version === undefined || version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (NOTHING.test(traceId) || NOTHING.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** The trace that a request belongs to. */
export const traceIdOf = (headers: IncomingHttpHeaders): string | undefined => traceParentOf(headers)?.traceId;

/** A list of headers, names and values in turn, in which these stand in place of those with the same name, in lower case; undefined is left out. */
export function withHeaders(headers: readonly string[], set: Readonly<Record<string, string | undefined>>): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? "";
    if (!Object.hasOwn(set, name.toLowerCase())) kept.push(name, headers[at + 1] ?? "");
  }
  for (const [name, value] of Object.entries(set)) if (value !== undefined) kept.push(name, value);
  return kept;
}
