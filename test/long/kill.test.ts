/** Workers are killed, and the server told to stop, while callers are at it. */
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { eventually, ready, workersOf } from "../scoring/harness.ts";
import { load, post } from "./load.ts";

const KILLS = 30;

test(`four workers, 16 callers, kill -9 of a random worker every second, ${KILLS} times`, async () => {
  const front = await ready({ entryScript: "score.py", workerCount: 4, logFormat: "text" });
  let kills = 0;
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
    process.kill(workers[Math.floor(Math.random() * workers.length)] ?? 0, "SIGKILL");
  }
  await eventually(() => workersOf(front.pid).length === 4);
  running = false;
  await calling;
  console.log(`${answered} answered, ${lost} lost with ${kills} kills`);
  expect(lost).toBeLessThanOrEqual(kills); // each worker holds one request at most
  expect(answered).toBeGreaterThan(10_000);
});

test("SIGTERM under load: every request that was sent is answered", async () => {
  for (let round = 0; round < 5; round += 1) {
    const front = await ready({ entryScript: "score.py", workerCount: 2 });
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
