/** Workers that are replaced after so many requests: the next one is there before the old one goes. */
import { expect, onTestFinished, test } from "vitest";
import type { Place } from "../../lib/scoring/online/place.ts";
import { Pool } from "../../lib/scoring/online/pool.ts";
import type { Worker, WorkerEvents } from "../../lib/scoring/online/worker.ts";
import { eventually, post, ready, workersOf } from "./harness.ts";

interface FakeWorker extends Worker {
  events: WorkerEvents;
  stopped: boolean;
}

/** A pool whose workers do what the test tells them. */
function poolOf(options: { workers?: number; maxRequests?: number; maxRequestsJitter?: number; depth?: number; batchDepth?: number }) {
  const made: FakeWorker[] = [];
  const start = (events: WorkerEvents): Worker => {
    const worker: FakeWorker = {
      name: `worker ${made.length + 1}`,
      events,
      stopped: false,
      begin: () => {
        throw new Error("not used");
      },
      stop: () => (worker.stopped = true),
      kill: () => {},
    };
    made.push(worker);
    return worker;
  };
  const { workers = 1, maxRequests, maxRequestsJitter = 0, depth = 1, batchDepth } = options;
  const pool = new Pool({ start, depth, ...(batchDepth === undefined ? {} : { batchDepth }) }, { workers, startMs: 60_000, maxRequests, maxRequestsJitter });
  onTestFinished(async () => {
    const stopped = pool.stop();
    for (const worker of made) worker.events.exited("ended");
    await stopped;
  });
  const take = (): { name: string; release: () => void } => {
    const taken: Place[] = [];
    const waiting = pool.acquire({ whole: true, begin: (place) => taken.push(place) });
    const [first] = taken;
    if (first !== undefined) return { name: first.worker.name, release: first.release };
    pool.leave(waiting);
    return { name: "none", release: () => {} };
  };
  return { pool, made, take };
}

test("the next worker starts with the last request of the old, which serves on until the next is ready", () => {
  const { made, take } = poolOf({ maxRequests: 2 });
  made[0]?.events.ready({});
  take().release();
  expect(made).toHaveLength(1);
  take().release();
  expect(made).toHaveLength(2);
  expect(take().name).toBe("worker 1"); // and is not given back: it is running
  made[1]?.events.ready({});
  expect(made[0]?.stopped).toBe(false);
  expect(take().name).toBe("worker 2");
});

test("the old one ends when it has given its last answer", () => {
  const { pool, made, take } = poolOf({ maxRequests: 1 });
  made[0]?.events.ready({});
  const running = take();
  made[1]?.events.ready({});
  expect(made[0]?.stopped).toBe(false);
  running.release();
  expect(made[0]?.stopped).toBe(true);
  made[0]?.events.exited("exited with 0");
  expect(pool.state()).toMatchObject({ workers: 1, ready: 1, died: 0 });
});

test("a successor that cannot start leaves the old one in its place, which tries again later", () => {
  const { pool, made, take } = poolOf({ maxRequests: 2 });
  made[0]?.events.ready({});
  take().release();
  take().release();
  made[1]?.events.failed({ reason: "no memory" });
  made[1]?.events.exited("exited with 3");
  expect(pool.state()).toMatchObject({ ready: 1, died: 1 });
  take().release();
  expect(made).toHaveLength(2);
  take().release();
  expect(made).toHaveLength(3);
});

test("a worker that dies while its successor starts is not started a second time", () => {
  const { pool, made, take } = poolOf({ maxRequests: 1 });
  made[0]?.events.ready({});
  take().release();
  made[0]?.events.exited("was ended by SIGKILL");
  expect(made).toHaveLength(2);
  expect(pool.state()).toMatchObject({ ready: 0, died: 1 });
  made[1]?.events.ready({});
  expect(take().name).toBe("worker 2");
});

test("jitter: the requests after which workers are replaced differ, and never exceed the bound", () => {
  const { made, take } = poolOf({ workers: 30, maxRequests: 1, maxRequestsJitter: 20, depth: 1000 });
  for (const worker of made.slice()) worker.events.ready({});
  const replacedAfter: number[] = [];
  for (let request = 1; request <= 30 * 21; request += 1) {
    const before = made.length;
    take(); // the least busy: every worker in turn
    if (made.length > before) replacedAfter.push(Math.ceil(request / 30));
  }
  expect(replacedAfter).toHaveLength(30);
  expect(Math.max(...replacedAfter)).toBeLessThanOrEqual(21);
  expect(new Set(replacedAfter).size).toBeGreaterThan(3);
});

test("workers that answer several requests together hold more of them", () => {
  const { made, take } = poolOf({ depth: 1, batchDepth: 4 });
  made[0]?.events.ready({ batches: true });
  expect([take().name, take().name, take().name, take().name, take().name]).toEqual(["worker 1", "worker 1", "worker 1", "worker 1", "none"]);
});

test("under load no request is lost, and the processes change", async () => {
  const front = await ready({ entryScript: "score.py", workerCount: 2, maxRequests: 10, maxRequestsJitter: 5 });
  const first = workersOf(front.pid).sort();
  const caller = async (): Promise<number[]> => {
    const pids: number[] = [];
    for (let sent = 0; sent < 40; sent += 1) {
      const reply = await front.send("/score", post("pid"));
      expect(reply.status).toBe(200);
      pids.push(Number(reply.body));
    }
    return pids;
  };
  const pids = new Set((await Promise.all([caller(), caller(), caller()])).flat());
  expect(pids.size).toBeGreaterThan(2);
  await eventually(() => workersOf(front.pid).length === 2 && !workersOf(front.pid).some((pid) => first.includes(pid)));
  expect(front.log()).toContain("has had its requests; the next one starts");
});
