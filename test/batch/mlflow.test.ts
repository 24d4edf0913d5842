/** MLflow models without code, over files; and Parquet, whose reader comes with them. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { mlflowModels, mlflowPython } from "../mlflow-env.ts";
import { errorsIn, folderOf, over, readIn, scratch, Service, settings } from "./service.ts";
import type { BatchDeploymentFile, BatchSettings } from "../../lib/scoring/contract/batch.ts";

/** mlflow takes seconds to import, on a busy machine many. */
vi.setConfig({ testTimeout: 120_000 });

const mlflow = (model: string, own: Partial<BatchSettings> = {}): BatchDeploymentFile => ({
  kind: "model",
  driver: { modelDir: join(mlflowModels, model), python: mlflowPython, environmentVariables: {} },
  settings: settings({ maxConcurrencyPerInstance: 1, retrySettings: { maxRetries: 0, timeout: 60 }, ...own }),
});

/** Of the model "frame". */
const COLUMNS = ["sepal_length", "sepal_width", "petal_length", "petal_width"];

/** What the model says when it is asked without us. */
const predicted = (model: string, files: readonly string[]): string[] =>
  JSON.parse(
    execFileSync(mlflowPython, ["-c", "import json, sys, mlflow, pandas as pd; m = mlflow.pyfunc.load_model(sys.argv[1]); print(json.dumps([str(v) for f in sys.argv[2:] for v in m.predict(pd.read_csv(f))]))", join(mlflowModels, model), ...files], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  ) as string[];

test("a line a row: number, prediction, file; a file that cannot be read spoils itself alone; nested folders are not looked into", async () => {
  const header = `${COLUMNS.join(",")}\n`;
  const rows = ["5.1,3.5,1.4,0.2\n", "6.7,3.0,5.2,2.3\n", "5.9,3.0,4.2,1.5\n", "5.9,oh,4.2,1.5\n"];
  const input = folderOf({ "one.csv": header + rows[0] + rows[1], "three.csv": header + rows[2], "two.csv": header + rows[3], "below/four.csv": header + rows[0] });
  const output = scratch();
  const service = await Service.start({ it: mlflow("frame") });
  const job = await service.run(over(input, output));
  expect(job.properties).toMatchObject({ status: "Completed", progress: { files: 3, results: 3, failedFiles: 1 } });
  const [first, second, third] = predicted("frame", [join(input, "one.csv"), join(input, "three.csv")]);
  expect(readIn(output)).toBe(`0,${first},one.csv\n1,${second},one.csv\n0,${third},three.csv\n`);
  expect(errorsIn(output)).toEqual([{ file: "two.csv", row: null, error: expect.stringContaining("oh") }]);
});

test("another extension fails the job, as on Azure", async () => {
  const service = await Service.start({ it: mlflow("frame") });
  const job = await service.run(over(folderOf({ "a.avro": "?" }), scratch()));
  expect([job.properties.status, job.properties.error?.message]).toEqual(["Failed", "Unsupported: Error processing input file: 'a.avro'. File type 'avro' is not supported"]);
});

test("Parquet files, whole and split by rows, give what the CSV file gives", async () => {
  const input = scratch();
  execFileSync(mlflowPython, ["-c", "import sys, pandas as pd; pd.DataFrame({name: [n * 0.3 + at for n in range(25)] for at, name in enumerate(sys.argv[2:])}).to_parquet(sys.argv[1], row_group_size=10)", join(input, "rows.parquet"), ...COLUMNS]);
  const [whole, split] = [scratch(), scratch()];
  const service = await Service.start({ whole: mlflow("frame"), split: mlflow("frame", { partitionRows: 7 }) });
  await service.run(over(input, whole));
  const job = await service.run(over(input, split), { "azureml-model-deployment": "split" });
  expect(job.properties.progress).toMatchObject({ miniBatches: 4, results: 25 });
  expect(readIn(split)).toBe(readIn(whole));
  expect(readIn(whole).split("\n").length).toBe(26);
});
