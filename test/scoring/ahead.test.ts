/** Requests that wait at the door of the only worker: in their order, lost with nobody, and forgotten when nobody waits for them. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Pool } from "../../lib/scoring/online/pool.ts";
import type { Place } from "../../lib/scoring/online/place.ts";
import type { Worker, WorkerEvents } from "../../lib/scoring/online/worker.ts";
import type { ServeOptions } from "../../lib/scoring/contract.ts";
import { eventually, post, ready, workersOf } from "./harness.ts";
import type { Reply, TestFront } from "./harness.ts";

interface Stage {
  front: TestFront;
  /** What the script has run, in order. */
  runs: () => string[];
  /** Lets go what "wait" and "die" wait for. */
  open: () => void;
  gate: string;
  /** Sends one after another, so that they come in this order. */
  line: (...bodies: string[]) => Promise<Promise<Reply | "lost">[]>;
}

async function stage(options: ServeOptions = {}, variables: NodeJS.ProcessEnv = {}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "scoring-"));
  const [file, gate] = [join(folder, "runs.txt"), join(folder, "gate")];
  writeFileSync(file, "");
  const front = await ready({ entryScript: "ahead.py", ...options }, { RUNS: file, ...variables });
  const line = async (...bodies: string[]): Promise<Promise<Reply | "lost">[]> => {
    const sent: Promise<Reply | "lost">[] = [];
    for (const [at, body] of bodies.entries()) {
      sent.push(front.send("/score", post(body)).catch(() => "lost" as const));
      await eventually(async () => inFlight(await metrics(front)) > at);
    }
    return sent;
  };
  return { front, gate, line, runs: () => readFileSync(file, "utf8").trimEnd().split("\n"), open: () => writeFileSync(gate, "") };
}

const metrics = async (front: TestFront): Promise<string> => (await front.send("/metrics")).body;
const gauge = (name: string) => (text: string): number => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)$`, "m").exec(text)?.[1] ?? Number.NaN);
const inFlight = gauge("scoring_requests_in_flight");
const queued = gauge("scoring_requests_queued");

const bodies = async (sent: readonly Promise<Reply | "lost">[]): Promise<string[]> => (await Promise.all(sent)).map((reply) => (reply === "lost" ? reply : `${reply.status} ${reply.body}`));

test("a worker that dies takes the one request with it that it ran; those behind it run once, in their order, in the next", async () => {
  const { front, gate, line, runs, open } = await stage();
  const sent = await line(`die ${gate}`, "a", "b", "c", "d", "e");
  expect(queued(await metrics(front))).toBe(5);
  open();
  expect(await bodies(sent)).toEqual(["lost", '200 "a"', '200 "b"', '200 "c"', '200 "d"', '200 "e"']);
  expect(runs()).toEqual([`die ${gate}`, "a", "b", "c", "d", "e"]);
});

test("so does one that is killed", async () => {
  const { front, gate, line, runs } = await stage({ statuses: "managed" });
  const sent = await line(`wait ${gate}`, "a", "b");
  process.kill(workersOf(front.pid)[0] ?? 0, "SIGKILL");
  const [first, ...others] = await bodies(sent);
  expect(first).toMatch(/^424 /);
  expect(others).toEqual(['200 "a"', '200 "b"']);
  expect(runs()).toEqual([`wait ${gate}`, "a", "b"]);
});

test("WORKER_TIMEOUT of one is not the others'", async () => {
  const { gate, line, runs } = await stage({}, { WORKER_TIMEOUT: "4" });
  const sent = await line(`wait ${gate}`, "a", "b");
  expect(await bodies(sent)).toEqual(["lost", '200 "a"', '200 "b"']);
  expect(runs()).toEqual([`wait ${gate}`, "a", "b"]);
});

test("one that has waited too long gets 429 and never runs", async () => {
  const { front, gate, line, runs, open } = await stage({ maxQueueWaitMs: 150 });
  const [first] = await line(`wait ${gate}`);
  const waiting = ["a", "b"].map((each) => front.send("/score", post(each)));
  expect((await bodies(waiting)).map((each) => each.slice(0, 3))).toEqual(["429", "429"]);
  open();
  expect(await bodies([first!])).toEqual([`200 "wait ${gate}"`]);
  expect(await bodies([front.send("/score", post("c"))])).toEqual(['200 "c"']);
  expect(runs()).toEqual([`wait ${gate}`, "c"]);
});

test("one whose client leaves never runs", async () => {
  const { front, gate, line, runs, open } = await stage();
  const [first] = await line(`wait ${gate}`);
  const leaving = request({ host: "127.0.0.1", port: front.port, path: "/score", method: "POST", agent: false }).on("error", () => {});
  leaving.end("left");
  await eventually(async () => queued(await metrics(front)) === 1);
  leaving.destroy();
  await front.logged("POST /score 499");
  const second = front.send("/score", post("b"));
  await eventually(async () => inFlight(await metrics(front)) === 3);
  open();
  expect(await bodies([first!, second])).toEqual([`200 "wait ${gate}"`, '200 "b"']);
  expect(runs()).toEqual([`wait ${gate}`, "b"]);
});

test("the time of a run begins with its turn", async () => {
  const { gate, line, open } = await stage({ requestTimeoutMs: 700, maxQueueWaitMs: 60_000 });
  const [first, second] = await line(`wait ${gate}`, "a");
  expect(await bodies([first!])).toEqual(["408 upstream request timeout"]);
  open();
  expect(await bodies([second!])).toEqual(['200 "a"']);
});

test("with several workers nobody waits behind one while another may be free sooner", async () => {
  const { front, gate, line, open } = await stage({ workerCount: 2 });
  const [slow] = await line(`wait ${gate}`);
  const quick = ["a", "b", "c"].map((each) => front.send("/score", post(each)));
  expect(await bodies(quick)).toEqual(['200 "a"', '200 "b"', '200 "c"']);
  open();
  expect(await bodies([slow!])).toEqual([`200 "wait ${gate}"`]);
});

/** A pool with one worker that does nothing. */
function poolOf(ahead: number, ready: Parameters<WorkerEvents["ready"]>[0] = {}) {
  let events: WorkerEvents | undefined;
  const worker: Worker = { name: "the worker", begin: () => ({ body: () => true, end: () => {}, cancel: () => {}, resume: () => {}, onDrain: () => {} }), stop: () => {}, kill: () => {} };
  const pool = new Pool({ start: (given) => ((events = given), worker), depth: 1, batchDepth: 1, ahead }, { workers: 1, startMs: 60_000, maxRequestsJitter: 0 });
  events?.ready(ready);
  onTestFinished(async () => {
    const stopped = pool.stop();
    events?.exited("ended");
    await stopped;
  });
  const ask = (whole = true): Place[] => {
    const places: Place[] = [];
    pool.acquire({ whole, begin: (place) => places.push(place) });
    return places;
  };
  return { pool, ask };
}

test("so many may wait there, each gets its turn when the one before it is over, and the next takes its place", () => {
  const { pool, ask } = poolOf(2);
  const [[first], [second], [third], fourth] = [ask(), ask(), ask(), ask()];
  expect([first?.waits, second?.waits, third?.waits, fourth.length]).toEqual([false, true, true, 0]);
  expect(pool.state()).toMatchObject({ busy: 1, waiting: 3 });
  third?.release(); // its client has left
  expect([second?.waits, fourth[0]?.waits]).toEqual([true, true]);
  first?.release();
  expect([second?.waits, fourth[0]?.waits]).toEqual([false, true]);
  second?.release();
  fourth[0]?.release();
  expect(pool.state()).toMatchObject({ busy: 0, waiting: 0 });
  expect(ask()[0]?.waits).toBe(false);
});

test("one that is still arriving does not wait there, nor does anybody overtake it", () => {
  const { ask } = poolOf(2);
  const [first] = ask();
  const [arriving, behind] = [ask(false), ask()];
  expect([arriving.length, behind.length]).toEqual([0, 0]);
  first?.release();
  expect([arriving[0]?.waits, behind[0]?.waits]).toEqual([false, true]);
});

test("what is answered together does not wait there: it may all have begun", () => {
  const { ask } = poolOf(2, { batches: true });
  expect(ask()).toHaveLength(1);
  expect(ask()).toHaveLength(0);
});

test("there is no wait for those who must not wait", () => {
  const { pool, ask } = poolOf(2);
  ask();
  expect(pool.busy).toBe(true);
});
