/** Workers are killed, and the server told to stop, while callers are at it. */
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { eventually, parentOf, ready, workersOf } from "../scoring/harness.ts";
import { load, post } from "./load.ts";

const KILLS = 30;

const WORKERS = 4;
/** How workers start, and how many processes there are then. */
const starts: [how: string, env: NodeJS.ProcessEnv, processes: number][] = [
  ["each a process", {}, WORKERS],
  ["forks of one that may be hit too", { WORKER_PRELOAD: "true" }, WORKERS + 1],
];

test.each(starts)(`four workers, %s, 16 callers, kill -9 at random every second, ${KILLS} times`, async (how, env, processes) => {
  const front = await ready({ entryScript: "score.py", workerCount: WORKERS, logFormat: "text" }, env);
  let kills = 0;
  /** Each worker holds one request at most, and their parent takes all of them with it. */
  let held = 0;
  let answered = 0;
  let lost = 0;
  let running = true;
  const calling = load({
    port: front.port,
    connections: 16,
    request: () => post("/score", "json [1, 2]"),
    more: () => running,
    heard: (answer) => {
      if (answer === undefined) return void (lost += 1);
      expect(answer).toMatchObject({ status: 200, body: "[1, 2]" });
      answered += 1;
    },
  });
  for (; kills < KILLS; kills += 1) {
    await delay(1000);
    await eventually(() => workersOf(front.pid).length > 0);
    const workers = workersOf(front.pid);
    const victim = workers[Math.floor(Math.random() * workers.length)] ?? 0;
    held += processes > WORKERS && parentOf(victim) === front.pid ? WORKERS : 1;
    process.kill(victim, "SIGKILL");
  }
  await eventually(() => workersOf(front.pid).length === processes);
  running = false;
  await calling;
  console.log(`${how}: ${answered} answered, ${lost} lost with ${kills} kills`);
  expect(lost).toBeLessThanOrEqual(held);
  expect(answered).toBeGreaterThan(10_000);
});

test.each(starts)("SIGTERM under load, workers %s: every request that was sent is answered", async (_how, env) => {
  for (let round = 0; round < 5; round += 1) {
    const front = await ready({ entryScript: "score.py", workerCount: 2 }, env);
    let answered = 0;
    const failed: unknown[] = [];
    const calling = load({
      port: front.port,
      connections: 16,
      request: () => post("/score", "sleep 0.005"),
      more: () => true, // until nobody is there to connect to
      heard: (answer) => (answer?.status === 200 ? (answered += 1) : failed.push(answer)),
    });
    await eventually(() => answered > 200);
    front.child.kill("SIGTERM");
    await calling;
    expect(failed).toEqual([]);
    expect(await front.exit).toEqual({ code: 0, signal: null });
  }
});
