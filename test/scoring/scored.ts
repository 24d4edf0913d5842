/** The door of `/score` in the test's own process, before a worker that does what the test tells it. */
import { createServer } from "node:http";
import { onTestFinished } from "vitest";
import { Call } from "../../lib/scoring/online/call.ts";
import type { Outcome, Voice } from "../../lib/scoring/online/call.ts";
import type { Limits } from "../../lib/scoring/online/inside.ts";
import { Pool } from "../../lib/scoring/online/pool.ts";
import type { RequestHead } from "../../lib/scoring/online/protocol.ts";
import { Scorer } from "../../lib/scoring/online/score.ts";
import type { Exchange, Replies, Worker, WorkerEvents } from "../../lib/scoring/online/worker.ts";
import { listen } from "./behind.ts";

/** One request at the worker. */
export interface Taken {
  head: RequestHead;
  body: string;
  whole: boolean;
  cancelled: boolean;
  resumed: number;
  replies: Replies;
}

export interface Scored {
  port: number;
  scorer: Scorer;
  call: { last: Call | undefined };
  /** Requests that the worker has been given. */
  taken: Taken[];
  /** Why the worker was to be ended. */
  killed: string[];
  outcomes: Outcome[];
}

/** Listens until the test ends. `streams`: bodies go to the worker as they come, as they do to another server. */
export async function scored({ streams = false, depth = 1, ...limits }: Partial<Limits> & { streams?: boolean; depth?: number } = {}): Promise<Scored> {
  const taken: Taken[] = [];
  const killed: string[] = [];
  const outcomes: Outcome[] = [];
  const call: Scored["call"] = { last: undefined };
  const begin = (head: RequestHead, body: readonly Buffer[], whole: boolean, replies: Replies): Exchange => {
    const request: Taken = { head, body: Buffer.concat(body).toString(), whole, cancelled: false, resumed: 0, replies };
    taken.push(request);
    return {
      body: (chunk) => ((request.body += chunk.toString()), true),
      end: () => (request.whole = true),
      cancel: () => (request.cancelled = true),
      resume: () => (request.resumed += 1),
      onDrain: () => {},
    };
  };
  const start = (events: WorkerEvents): Worker => {
    setImmediate(() => events.ready({}));
    return { name: "the worker", begin, stop: () => events.exited("ended"), kill: (reason) => killed.push(reason) };
  };
  const pool = new Pool({ start, depth, ...(streams && { gatherBytes: 0, proxied: true }) }, { workers: 1, startMs: 60_000, maxRequestsJitter: 0 });
  const scorer = new Scorer(pool, { maxBodyBytes: 1_000_000, workerTimeoutMs: 60_000, ...limits });
  const observer: Voice["observer"] = { began: (begun) => (call.last = begun), finished: (_call, outcome) => outcomes.push(outcome) };
  const voice: Voice = { statuses: "raw", deployment: undefined, always: [], cors: undefined, observer };
  const server = createServer({ requestTimeout: 0 }, (request, response) => scorer.score(new Call(voice, request, response, false)));
  await pool.started;
  const port = await listen(server);
  onTestFinished(() => pool.stop());
  return { port, scorer, call, taken, killed, outcomes };
}
