/** Workers and the service itself are killed while a job of two minutes runs. */
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { workersOf } from "../scoring/harness.ts";
import { folderOf, over, readIn, scratch, Service, settings } from "../batch/service.ts";
import { python } from "../python.ts";

const [MINI_BATCHES, WORKERS, SECONDS] = [600, 4, 120];
/** One file each, at the pace that makes the job last as long as it should, deaths left out. */
const PACE_S = (SECONDS * WORKERS) / MINI_BATCHES;

const script = `
import os, time
def init():
    pass
def run(mini_batch):
    time.sleep(${PACE_S})
    return [f"{os.path.basename(path)} {open(path).read().strip()}" for path in mini_batch]
`;

test(`a job of ${SECONDS} s: all workers killed every 3 s, the service twice; every row is there once`, async () => {
  const [jobs, output] = [scratch(), scratch()];
  const names = Array.from({ length: MINI_BATCHES }, (_, n) => `${String(n).padStart(4, "0")}.txt`);
  const input = folderOf(Object.fromEntries(names.map((name, n) => [name, String(n)])));
  const driver = { entryScript: "score.py", appRoot: folderOf({ "score.py": script }), python, environmentVariables: {} };
  // A worker's death costs a try: a mini-batch may meet several.
  const deployment = { it: { kind: "model" as const, driver, settings: settings({ miniBatchSize: 1, maxConcurrencyPerInstance: WORKERS, errorThreshold: 0, retrySettings: { maxRetries: 20, timeout: 30 } }) } };
  let service = await Service.start(deployment, jobs);
  const id = await service.start(over(input, output));
  const begun = performance.now();
  let [killed, restarts] = [0, 0];
  const isOver = async (): Promise<boolean> => !["NotStarted", "Starting", "Preparing", "Running", "Finalizing"].includes((await service.get(id)).properties.status);
  while (!(await isOver())) {
    await delay(3000);
    for (const pid of workersOf(service.child.pid ?? 0)) {
      killed += 1;
      process.kill(pid, "SIGKILL");
    }
    const due = performance.now() - begun > ((restarts + 1) * SECONDS * 1000) / 3;
    if (restarts >= 2 || !due || (await isOver())) continue;
    await service.kill("SIGKILL");
    restarts += 1;
    service = await Service.start(deployment, jobs);
  }
  const job = await service.get(id);
  expect(job.properties).toMatchObject({ status: "Completed", progress: { results: MINI_BATCHES, failedMiniBatches: 0 } });
  expect(readIn(output)).toBe(names.map((name, n) => `${name} ${n}\n`).join(""));
  expect([killed > 50, restarts]).toEqual([true, 2]);
  console.log(`${killed} workers and ${restarts} services were killed in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
});
