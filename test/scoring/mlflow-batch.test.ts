/** MLflow's worker from inside (mlflow_test.py), its refusals as a front tells them, and batches as clients see them. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { mlflowEnv, mlflowModels, mlflowPython } from "../mlflow-env.ts";
import { python } from "../python.ts";
import { launch, post } from "./harness.ts";
import type { TestFront } from "./harness.ts";
import { ours } from "./mlflow-servers.ts";

// Most of these start Python with mlflow more than once, which is slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const COLUMNS = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
const score = (row: readonly number[]): ReturnType<typeof post> => post(JSON.stringify({ input_data: { columns: COLUMNS, index: [0], data: [row] } }));
const invoke = (row: readonly number[]): ReturnType<typeof post> => post(JSON.stringify({ dataframe_split: { columns: COLUMNS, data: [row] } }));

test("a batch answers as each request alone, quick frames are pandas' frames, and folders are refused with their path", () => {
  const file = fileURLToPath(new URL("mlflow_test.py", import.meta.url));
  const run = (): Buffer => execFileSync(mlflowPython, ["-W", "ignore", file, mlflowModels], { env: { ...process.env, ...mlflowEnv }, stdio: "pipe" });
  expect(run).not.toThrow();
});

test("clients at the same time get the answers they get one by one", async () => {
  const [single, batched] = await Promise.all([ours("forest", onTestFinished), ours("forest", onTestFinished, {}, { maxBatchSize: 16 })]);
  const rows = Array.from({ length: 60 }, (_, at) => [4 + at / 20, 3.1, 1 + at / 12, at / 25]);
  const sent = rows.map((row, at) => (at % 2 === 0 ? (["/score", score(row)] as const) : (["/invocations", invoke(row)] as const)));
  const expected: string[] = [];
  for (const [path, body] of sent) expected.push((await single.send(path, body)).body);
  const actual = await Promise.all(sent.map(async ([path, body]) => (await batched.send(path, body)).body));
  expect(actual).toEqual(expected);
  expect(new Set(actual).size).toBeGreaterThan(10);
});

test("requests that wait together run together, and not without being asked to", async () => {
  const options = { maxBatchSize: 4, maxBatchWaitMs: 10_000 };
  const [single, batched] = await Promise.all([ours("sizes", onTestFinished), ours("sizes", onTestFinished, {}, options)]);
  const asked = async (front: TestFront): Promise<string[]> => Promise.all([1, 2, 3, 4].map(async (at) => (await front.send("/score", score([at, 1, 1, 1]))).body));
  expect([await asked(single), await asked(batched)]).toEqual([Array(4).fill("[1]"), Array(4).fill("[4]")]);
});

const refused = async (model: string, interpreter = mlflowPython): Promise<{ reason: string; missingModule?: string | undefined; code: number | null }> => {
  const front = launch({ modelDir: `${mlflowModels}/${model}`, python: interpreter }, mlflowEnv);
  const message = await front.message("failed");
  if (message.type !== "failed") throw new Error("not failed");
  return { ...message, code: (await front.exit).code };
};

test("without mlflow, the front says what to install", async () => {
  const { reason, missingModule, code } = await refused("frame", python);
  expect(reason).toMatch(/needs the Python module mlflow: pip install mlflow inference-schema \(mlflow-skinny, pandas and inference-schema are enough\)$/);
  expect([missingModule, code]).toEqual(["mlflow", 3]);
});

test("without what the model needs, the front names it", async () => {
  const { reason, missingModule, code } = await refused("no-package");
  expect(reason).toContain("needs the Python module no_such_package, which is not installed.");
  expect([missingModule, code]).toEqual(["no_such_package", 3]);
});

test("a model that cannot be read fails with its path", async () => {
  const { reason, code } = await refused("corrupt");
  expect(reason).toContain(`${mlflowModels}/corrupt/MLmodel cannot be read as YAML`);
  expect(code).toBe(3);
});
