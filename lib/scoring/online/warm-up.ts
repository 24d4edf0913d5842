/**
 * Answers requests of its own before anybody else's, so that the first callers do not wait for V8 to compile what answers them.
 *
 * What is warmed is the code: listener, queue, worker, metrics and all else here are of their own, and gone afterwards.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server as HttpServer } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { LONGEST_TIMER_MS, MAX_BODY_BYTES } from "../contract.ts";
import { Call } from "./call.ts";
import type { Voice } from "./call.ts";
import { openMeeting } from "./meeting.ts";
import { Metrics } from "./metrics.ts";
import { observers } from "./observer.ts";
import { Pool } from "./pool.ts";
import { FRAME, decoder, encode } from "./protocol.ts";
import { PythonWorker } from "./python-worker.ts";
import { route } from "./routes.ts";
import type { Routing } from "./routes.ts";
import { Scorer } from "./score.ts";
import type { WorkerKind } from "./worker.ts";

/** After so many a request takes less than half of what the first took; the rest of what V8 does takes ten times as many. */
const REQUESTS = 2000;
/** On a slow machine it ends earlier: a model that is ready does not wait longer than this. */
const LONGEST_MS = 500;
const CLIENTS = 16;

const BODY = '{"data": [[1, 2, 3, 4]]}';
const REQUEST = `POST /score HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
const HEAD = "Content-Type\napplication/json\nx-ms-run-function-failed\nFalse\nx-ms-run-fn-exec-ms\n0.100\nContent-Length\n2";

/** The same kind, whose workers are not ready before the warm-up, which begins with the first of them, has ended. */
export function warmed(kind: WorkerKind, warmUp: () => Promise<unknown>): WorkerKind {
  let warm: Promise<unknown> | undefined;
  let done = false;
  const start: WorkerKind["start"] = (events) => {
    let gone = false;
    const worker = kind.start({
      ...events,
      ready: (description) => (done ? events.ready(description) : void warm?.then(() => gone || events.ready(description))),
      exited: (how) => {
        gone = true;
        events.exited(how);
      },
    });
    warm ??= warmUp().finally(() => (done = true));
    return worker;
  };
  return { ...kind, start };
}

/** Resolves with the number of requests that were answered; never rejects: what cannot be warmed serves all the same. */
export async function warmUp(voice: Omit<Voice, "observer" | "cors">, requests = REQUESTS, longestMs = LONGEST_MS): Promise<number> {
  const ends = performance.now() + longestMs;
  const open: { destroy(): void }[] = [];
  let answered = 0;
  try {
    const port = await listen(voice, await idleWorker(open), open);
    const more = (): boolean => (answered += 1) < requests && performance.now() < ends;
    const late = new Promise((resolve) => setTimeout(resolve, 2 * longestMs).unref());
    await Promise.race([Promise.all(Array.from({ length: CLIENTS }, () => client(port, more, open))), late]);
  } catch {
    // No socket to be had, which whoever needs one will say.
  } finally {
    for (const each of open) each.destroy();
  }
  return answered;
}

/** A worker that has one answer. */
async function idleWorker(open: { destroy(): void }[]): Promise<WorkerKind> {
  const meeting = await openMeeting();
  const there = connect(meeting.path);
  open.push(there, { destroy: () => meeting.close() });
  there.on("data", decoder((type, request) => type === FRAME.request && there.write(encode(FRAME.answer, request, answer()))));
  const here = await meeting.socket;
  open.push(here);
  there.write(encode(FRAME.ready, 0, Buffer.from('{"schemas":null,"batches":false}')));
  return { depth: 1, ahead: 3, start: (events) => new PythonWorker({ pid: undefined, socket: here }, events) };
}

function answer(): Buffer {
  const payload = Buffer.alloc(6 + HEAD.length + 2);
  payload.writeUInt16BE(200, 0);
  payload.writeUInt32BE(HEAD.length, 2);
  payload.write(`${HEAD}{}`, 6, "latin1");
  return payload;
}

/** On loopback, because sockets of another kind take other ways through Node. Whoever else comes meanwhile finds a server without a model. */
async function listen(voice: Omit<Voice, "observer" | "cors">, kind: WorkerKind, open: { destroy(): void }[]): Promise<number> {
  const pool = new Pool(kind, { workers: 1, startMs: LONGEST_TIMER_MS, maxRequestsJitter: 0 });
  await pool.started;
  const scorer = new Scorer(pool, { maxBodyBytes: MAX_BODY_BYTES, workerTimeoutMs: LONGEST_TIMER_MS });
  const routing: Routing = { pathPrefix: "", deployment: voice.deployment, authorize: undefined, model: { kind }, pool, scorer, operations: { answer: () => false }, collector: undefined, documents: () => undefined, preflights: false };
  const own: Voice = { ...voice, cors: undefined, observer: observers(new Metrics()) };
  const server: HttpServer = createServer({ noDelay: true }, (request, response) => route(routing, new Call(own, request, response, false)));
  open.push({ destroy: () => (server.close(), server.closeAllConnections()) });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Asks again with every answer, which is small enough to come in one piece. Ends with its connection, however that ends. */
async function client(port: number, more: () => boolean, open: { destroy(): void }[]): Promise<void> {
  const socket: Socket = connect({ port, host: "127.0.0.1", noDelay: true });
  open.push(socket);
  socket.on("error", () => {}); // "close" follows
  socket.on("connect", () => socket.write(REQUEST));
  socket.on("data", () => (more() ? socket.write(REQUEST) : socket.destroy()));
  await once(socket, "close");
}
