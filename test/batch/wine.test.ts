/** A real model over files of real rows, beside scikit-learn run straight over the same files. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { python } from "../python.ts";
import { fixtures, over, readIn, scratch, scripted, Service } from "./service.ts";

test("300 CSV files, 4 workers: row for row what scikit-learn says, and byte for byte what one worker writes", async () => {
  const folder = scratch();
  execFileSync(python, [`${fixtures}wine/prepare.py`, folder, "300", "9"]);
  const driver = { appRoot: `${fixtures}wine`, modelDir: join(folder, "model") };
  const own = { miniBatchSize: 7, retrySettings: { maxRetries: 0, timeout: 120 } };
  const service = await Service.start({ four: scripted("score.py", { ...own, maxConcurrencyPerInstance: 4 }, driver), one: scripted("score.py", { ...own, maxConcurrencyPerInstance: 1 }, driver) });
  const [four, one] = [scratch(), scratch()];
  const job = await service.run(over(join(folder, "input"), four));
  expect(job.properties).toMatchObject({ status: "Completed", progress: { files: 300, miniBatches: 43, results: 2700, failedFiles: 0 } });
  expect(readIn(four)).toBe(readFileSync(join(folder, "expected.csv"), "utf8"));
  await service.run(over(join(folder, "input"), one), { "azureml-model-deployment": "one" });
  expect(readIn(one)).toBe(readIn(four));
}, 120_000);
