/** `model_inputs` and `model_outputs` of an MLflow model, by the genuine Collector, as Azure's script for such models gives them. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { expect, onTestFinished, test, vi } from "vitest";
import { python } from "../python.ts";
import { collectorFile, eventsOf, folder } from "./collected.ts";
import type { Event } from "./collected.ts";
import { eventually, post } from "./harness.ts";
import { ours } from "./mlflow-servers.ts";

// Starting mlflow is slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const COLUMNS = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
const score = (row: readonly number[]): ReturnType<typeof post> => post(JSON.stringify({ input_data: { columns: COLUMNS, index: [0], data: [row] } }));
const rows = [
  [5, 3, 1, 0.5],
  [6, 3, 5, 2.5],
];

/** The genuine package alone, for an environment that has it not. */
function monitoring(): string {
  const path = folder();
  const site = execFileSync(python, ["-c", "import azureml.ai.monitoring as m; print(m.__path__[0])"], { encoding: "utf8" }).trim();
  mkdirSync(`${path}/azureml/ai`, { recursive: true });
  symlinkSync(site, `${path}/azureml/ai/monitoring`);
  return path;
}

/** None while a line is being written. */
function written(data: string, name: string): Event[] {
  try {
    return eventsOf(data, name);
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

test.each([
  ["one by one", {}, {}],
  ["in a batch", { maxBatchSize: 2, maxBatchWaitMs: 10_000 }, {}],
  ["from preloaded workers", { workerCount: 2 }, { WORKER_PRELOAD: "true" }],
])("both are collected and tied together, %s", async (_name, options, env) => {
  const root = folder();
  const dataCollector = collectorFile({ collections: { model_inputs: {}, model_outputs: {} } }, root);
  const front = await ours("frame", onTestFinished, { PYTHONPATH: monitoring(), ...env }, { dataCollector, ...options });
  const replies = await Promise.all(rows.map(async (row) => JSON.parse((await front.send("/score", score(row))).body) as unknown[]));
  const data = `${root}/data`;
  const events = (name: string): Event[] => (existsSync(`${data}/credit/blue/${name}`) ? written(data, name) : []);
  await eventually(() => events("model_inputs").length === 2 && events("model_outputs").length === 2);
  const outputs = new Map(events("model_outputs").map((event) => [event["correlationid"], event["data"]]));
  for (const event of events("model_inputs")) {
    const [given] = event["data"] as Record<string, number>[];
    const at = rows.findIndex(([first]) => first === given?.["sepal_length"]);
    expect(given).toEqual(Object.fromEntries(COLUMNS.map((name, column) => [name, rows[at]?.[column]])));
    const result = replies[at]?.[0];
    expect(outputs.get(event["correlationid"])).toEqual([typeof result === "object" ? result : { 0: result }]);
  }
  expect(outputs.size).toBe(2);
});

test("without the package, and without these collections, answers are what they were", async () => {
  const bare = await ours("frame", onTestFinished, {}, { dataCollector: collectorFile({ collections: { model_inputs: {} } }) });
  await bare.logged("model_inputs and model_outputs are not collected: that needs the package azureml-ai-monitoring");
  const other = await ours("frame", onTestFinished, { PYTHONPATH: monitoring() }, { dataCollector: collectorFile({ collections: { request: {}, model_outputs: {} } }) });
  await other.logged(/model_inputs is not collected: .*not enabled/);
  const [row = []] = rows;
  expect([(await bare.send("/score", score(row))).status, (await other.send("/score", score(row))).status]).toEqual([200, 200]);
});
