/** Much for long, and too much at once. */
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { ready } from "../scoring/harness.ts";
import { load, percentile, post } from "./load.ts";

const residentMb = (pid: number): number => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;

const SOAK = 300_000;

test(`${SOAK.toLocaleString("en")} requests: the front's memory stays where it was at a tenth of them`, async () => {
  const front = await ready({ entryScript: "score.py", workerCount: 2 });
  let sent = 0;
  let answered = 0;
  let early = 0;
  await load({
    port: front.port,
    connections: 16,
    request: () => ((sent += 1), post("/score", `json ${JSON.stringify({ data: [sent, "x".repeat(sent % 300)] })}`)),
    more: () => sent < SOAK,
    heard: (answer) => {
      expect(answer?.status).toBe(200);
      answered += 1;
      if (answered === SOAK / 10) early = residentMb(front.pid);
    },
  });
  expect(answered).toBe(SOAK);
  const late = residentMb(front.pid);
  console.log(`front: ${early.toFixed(0)} MB at ${SOAK / 10} requests, ${late.toFixed(0)} MB at ${SOAK}`);
  expect(late).toBeLessThan(early * 1.2);
});

test("ten times the capacity, with limits: 200 or 429, and whoever is let in waits no longer than the queue allows", async () => {
  const runMs = 50;
  const workers = 2;
  const maxQueueWaitMs = 250;
  const front = await ready({ entryScript: "score.py", workerCount: workers, statuses: "managed", maxInFlight: 2 * workers, maxQueueWaitMs, requestTimeoutMs: 5000 });
  const capacity = (1000 / runMs) * workers;
  const seconds = 15;
  const end = performance.now() + seconds * 1000;
  const statuses = new Map<number, number>();
  const times: number[] = [];
  // Callers that come back every 50 ms, as many as make ten times the capacity: whoever is refused tries again.
  const callers = (10 * capacity) / 20;
  const more = (): boolean => performance.now() < end;
  const one = async (): Promise<void> => {
    await delay(Math.random() * 50);
    while (more()) {
      const began = performance.now();
      let asked = false;
      await load({
        port: front.port,
        connections: 1,
        request: () => ((asked = true), post("/score", `sleep ${runMs / 1000}`)),
        more: () => !asked,
        heard: (answer, ms) => {
          statuses.set(answer?.status ?? 0, (statuses.get(answer?.status ?? 0) ?? 0) + 1);
          if (answer?.status === 200) times.push(ms);
        },
      });
      await delay(Math.max(0, 50 - (performance.now() - began)));
    }
  };
  await Promise.all(Array.from({ length: callers }, one));
  console.log(`${JSON.stringify(Object.fromEntries(statuses))}, p99 of the 200s ${percentile(times, 99).toFixed(0)} ms`);
  expect([...statuses.keys()].sort()).toEqual([200, 429]);
  expect(times.length).toBeGreaterThan(capacity * seconds * 0.3);
  // Without a bound it would be what piles up in fifteen seconds. The last part is for a machine that also runs all the callers.
  expect(percentile(times, 99)).toBeLessThan(maxQueueWaitMs + runMs + maxQueueWaitMs);
});
