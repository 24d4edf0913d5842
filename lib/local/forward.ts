/**
 * Passes one request on to a front and its answer back, both as streams: a slow reader on either side slows the writer on the other, and no
 * body is held.
 *
 * Node's own client is used rather than undici: measured beside each other they cost the same at one connection and undici saves a sixth of the
 * time at sixteen, but it passes no request trailers and does not tell whether a connection was reused, which the retry needs.
 */
import type { ClientRequest, IncomingMessage, OutgoingMessage, ServerResponse } from "node:http";
import { refuseBroken, refuseNotReady } from "./answers.ts";
import { endToEnd, type Head, trailerPairs } from "./head.ts";
import type { Upstream } from "./upstream.ts";

/** A request on its way. */
export interface Passage {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  /** Path and query that go on, as they came. */
  readonly path: string;
  readonly head: Head;
  /** For messages. */
  readonly endpoint: string;
  readonly deployment: string;
}

/** Methods that may be sent twice (RFC 9110 §9.2.2). */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** Sends the request to the front and relays the answer, or answers 502 or 503 when there is none. */
export function forward(passage: Passage, upstream: Upstream | undefined): void {
  if (upstream === undefined) refuseNotReady(passage.response, passage.endpoint, passage.deployment);
  else attempt(passage, upstream, true);
}

function attempt(passage: Passage, upstream: Upstream, mayRetry: boolean): void {
  const { incoming, response, path, head } = passage;
  // The second attempt takes a connection of its own: all those kept may be as stale as the first.
  const options = { method: incoming.method, path, headers: head.fields, ...(!mayRetry && { agent: false as const }) };
  const outgoing = upstream.request(options);
  let answered = false;
  // The front decides whether it wants a body that waits for its 100: a wrong key is told before fifty megabytes are sent.
  if (incoming.headers.expect !== undefined) outgoing.once("continue", () => response.writeContinue());
  outgoing.once("response", (answer) => {
    answered = true;
    relay(passage, outgoing, answer);
  });
  outgoing.on("error", (error: NodeJS.ErrnoException) => {
    if (answered || response.destroyed || response.headersSent) return;
    if (mayRetry && isStale(outgoing, head, error)) return attempt(passage, upstream, false);
    abandonBody(incoming, outgoing);
    if (error.code === "ECONNREFUSED") refuseNotReady(response, passage.endpoint, passage.deployment);
    else refuseBroken(response, passage.endpoint, passage.deployment, error.code ?? error.message);
  });
  response.once("close", () => {
    if (!response.writableFinished) outgoing.destroy();
  });
  if (head.body) sendBody(incoming, outgoing);
  else outgoing.end();
}

/** A kept connection that the front closed just as the request left: nothing has been done with it, if it had no body and may be repeated. */
const isStale = (outgoing: ClientRequest, head: Head, error: NodeJS.ErrnoException): boolean =>
  outgoing.reusedSocket && !head.body && IDEMPOTENT.has(outgoing.method) && (error.code === "ECONNRESET" || error.code === "EPIPE");

function sendBody(incoming: IncomingMessage, outgoing: ClientRequest): void {
  incoming.once("end", () => {
    if (incoming.rawTrailers.length > 0) outgoing.addTrailers(trailerPairs(incoming.rawTrailers));
  });
  incoming.pipe(outgoing);
  flushWhenSilent(incoming, outgoing);
}

/**
 * Sends a head whose body lets itself be waited for. Node keeps a head back until the first byte of its body, to send both in one packet; that
 * is right for most messages and wrong for a stream that begins slowly.
 */
function flushWhenSilent(source: IncomingMessage, target: OutgoingMessage): void {
  // What came in the same packet has passed by the next tick, for the pipe's own first tick is before it.
  process.nextTick(() => {
    if (!source.readableDidRead && !target.writableEnded && !target.destroyed) target.flushHeaders();
  });
}

/** Reads what is left of a body that nobody wants, so that the caller's connection can carry the next request. */
function abandonBody(incoming: IncomingMessage, outgoing: ClientRequest): void {
  incoming.unpipe(outgoing);
  incoming.resume();
}

function relay(passage: Passage, outgoing: ClientRequest, answer: IncomingMessage): void {
  const { incoming, response } = passage;
  // A caller of HTTP/1.0 knows no chunks; Node ends such an answer by closing.
  const fields = endToEnd(answer.rawHeaders, incoming.httpVersion === "1.0" ? "transfer-encoding" : undefined);
  answer.once("end", () => {
    if (answer.rawTrailers.length > 0) response.addTrailers(trailerPairs(answer.rawTrailers));
    if (incoming.complete) return;
    abandonBody(incoming, outgoing);
    outgoing.destroy();
  });
  // The status is gone already: a cut connection is the only way left to say that the answer is not whole.
  answer.once("error", () => response.destroy());
  try {
    response.writeHead(answer.statusCode!, answer.statusMessage, fields);
  } catch (error) {
    // A status or a field that HTTP does not know.
    outgoing.destroy();
    return refuseBroken(response, passage.endpoint, passage.deployment, (error as Error).message);
  }
  answer.pipe(response);
  flushWhenSilent(answer, response);
}
