/** Batch endpoints: the contract against real Jobs, pods and services that are deleted meanwhile, and what stays behind. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Caller } from "../batch/caller.ts";
import { batchCases } from "../conformance/cases/batch.ts";
import { counted } from "../conformance/counted.ts";
import { conformance } from "../conformance/suite.ts";
import { python } from "../python.ts";
import type { Fields } from "../rig/kubernetes/client.ts";
import { batchArena, newBatchCallers } from "./batch-arena.ts";
import { newClaims, type Claims } from "./claims.ts";
import { client, eventually, keysOf, newNamespace } from "./cluster.ts";
import { newDeclared, type Declared } from "./declared.ts";
import { IMAGES } from "./image.ts";
import { killed, processesOf } from "./inside-pods.ts";

const JOBS = "batch-jobs";
const fixtures = fileURLToPath(new URL("../batch/fixtures", import.meta.url));

/** Where the model of the wine is, and its rows. */
const folder = mkdtempSync(join(tmpdir(), "batch-"));
let claims: Claims;
let namespace: AsyncDisposable;
let declared: Declared;
let caller: Caller;
let stranger: Caller;

const small = { scoringImage: IMAGES.wine, resources: { requests: { cpu: "10m", memory: "64Mi" } } };
const own = { miniBatchSize: 1, maxConcurrencyPerInstance: 2, retrySettings: { maxRetries: 0, timeout: 90 } };
const lines = (settings: object = {}, more: object = {}): object => ({
  model: { path: fileURLToPath(new URL("../../examples/quickstart/models/blue.onnx", import.meta.url)) },
  codeConfiguration: { code: fixtures, scoringScript: "lines.py" },
  settings: { ...own, ...settings },
  kubernetes: small,
  ...more,
});

const endpoint = (): object => ({
  kind: "batch",
  deployments: {
    lines: lines(),
    strict: lines({ errorThreshold: 0 }),
    counted: counted(small),
    small: lines({}, { kubernetes: { ...small, resources: { requests: { cpu: "10m", memory: "192Mi" }, limits: { memory: "192Mi" } } } }),
    // A worker's death costs a try: a mini-batch may meet several.
    tough: lines({ errorThreshold: 0, retrySettings: { maxRetries: 20, timeout: 90 } }, { resources: { instanceCount: 2 } }),
    wine: {
      model: { path: join(folder, "model") },
      codeConfiguration: { code: join(fixtures, "wine"), scoringScript: "plain.py" },
      resources: { instanceCount: 2 },
      settings: { miniBatchSize: 7, maxConcurrencyPerInstance: 2, retrySettings: { maxRetries: 1, timeout: 120 } },
      kubernetes: small,
    },
  },
  defaults: { deploymentName: "lines" },
  kubernetes: { jobsClaim: "outputs", maxConcurrentJobs: 3, ttlSecondsAfterFinished: 5 },
});

beforeAll(async () => {
  execFileSync(python, [join(fixtures, "wine/prepare.py"), folder, "300", "9"]);
  namespace = await newNamespace(JOBS);
  claims = await newClaims(JOBS);
  cpSync(join(folder, "input"), join(claims.folder, "data/wine"), { recursive: true });
  declared = await newDeclared("batch-online", { jobsNamespace: JOBS });
  await declared.up({ archive: endpoint() });
  const { keysSecretNames, scoringUris } = await declared.stack.outputs();
  const { primaryKey } = await keysOf(JOBS, keysSecretNames["archive"] as string);
  [caller, stranger] = await newBatchCallers(new URL(scoringUris["archive"] as string), primaryKey);
});

afterAll(async () => {
  await declared?.[Symbol.asyncDispose]();
  await namespace?.[Symbol.asyncDispose]();
  await claims?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const numbered = (count: number, say: (n: number) => string): Record<string, string> => Object.fromEntries(Array.from({ length: count }, (_, n) => [`${String(n).padStart(3, "0")}.txt`, say(n)]));
const over = (from: string, to: string): object => ({ properties: { InputData: { x: { JobInputType: "UriFolder", Uri: from } }, OutputData: { score: { JobOutputType: "UriFolder", Uri: to } } } });
const on = (deployment: string): Record<string, string> => ({ "azureml-model-deployment": deployment });

const objects = async (path: string): Promise<Fields[]> => (await client.ask("GET", path))["items"] as Fields[];
const pods = (): Promise<Fields[]> => objects(`/api/v1/namespaces/${JOBS}/pods`);
const podsOfJobs = async (): Promise<Fields[]> => (await pods()).filter(({ metadata }) => metadata.labels["batch.kubernetes.io/job-name"] !== undefined);
const gone = (look: () => Promise<readonly unknown[]>): Promise<true> => eventually(async () => ((await look()).length === 0 ? true : undefined), 120_000);

describe("the contract", () => {
  conformance("batch", "cluster", () => batchArena(claims, caller, stranger, JOBS), batchCases);
});

test("no pods are there but the service's, before a job and after its time to live", async () => {
  await gone(podsOfJobs);
  expect((await pods()).length).toBe(1);
  const job = await caller.run(over(claims.input({ "a.txt": "1" }), claims.output()));
  expect(job.properties.status).toBe("Completed");
  await gone(podsOfJobs);
  expect((await caller.get(job.name)).properties).toMatchObject({ status: "Completed", progress: { done: 1 } });
});

test("300 CSV files on 2 instances of 2 workers: byte for byte what scikit-learn says, and so what localhost writes", async () => {
  const to = claims.output();
  const begin = performance.now();
  const job = await caller.run(over("pvc://data/wine", to), on("wine"));
  console.log(`300 files on 2 instances: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  expect(job.properties).toMatchObject({ status: "Completed", progress: { files: 300, miniBatches: 43, results: 2700, failedFiles: 0 } });
  expect(claims.read(to)).toBe(readFileSync(join(folder, "expected.csv"), "utf8"));
});

test("a job of two minutes: its workers are killed every 3 s, a pod every 30 s, the service twice: it completes, every row once", async () => {
  const [to, count] = [claims.output(), 300];
  const id = await caller.start(over(claims.input(numbered(count, () => "sleep 1")), to), on("tough"));
  await caller.until(id, ({ properties }) => (properties.progress?.done ?? 0) > 5);
  const begin = performance.now();
  const kills = { workers: 0, pods: 0, services: 0 };
  const isService = ({ metadata }: Fields): boolean => metadata.labels["app.kubernetes.io/name"] === "batch";
  const isInstance = ({ metadata, status }: Fields): boolean => metadata.labels["batch.kubernetes.io/job-name"] === `job-${id}` && status.phase === "Running";
  const after = (seconds: number): boolean => performance.now() - begin > seconds * 1000;
  while (!(await isOver(id))) {
    const found = (await pods()).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const instances = found.filter(isInstance);
    for (const pod of instances) for (const { command, pid } of processesOf(pod)) if (command[0]?.includes("python") === true && killed(pid)) kills.workers += 1;
    if (after((kills.pods + 1) * 30)) kills.pods += await remove(instances[kills.pods % 2]);
    if (kills.services < 2 && after((kills.services + 1) * 40)) kills.services += await remove(found.find(isService));
    await new Promise((resolve) => setTimeout(resolve, 3000)); // the pace of the deaths
  }
  const job = await ended(id);
  console.log(`killed in ${((performance.now() - begin) / 1000).toFixed(0)} s: ${kills.workers} workers, ${kills.pods} pods, the service ${kills.services} times`);
  expect(job.properties).toMatchObject({ status: "Completed", progress: { miniBatches: count, done: count, results: count, failedMiniBatches: 0, failedFiles: 0 } });
  expect(claims.read(to)).toBe(Object.keys(numbered(count, () => "")).map((name) => `${name} sleep 1\n`).join(""));
  expect([kills.workers > 50, kills.pods >= 3, kills.services]).toEqual([true, true, 2]);
}, 600_000); // a worker that starts on a busy machine may need most of its three seconds for that

test("a Job that somebody suspends is Paused without pods, and goes on where it was", async () => {
  const to = claims.output();
  const id = await caller.start(over(claims.input(numbered(8, (n) => (n < 2 ? String(n) : "sleep 2"))), to));
  await caller.until(id, ({ properties }) => (properties.progress?.done ?? 0) >= 2);
  const suspend = (value: boolean): Promise<Fields> => client.ask("PATCH", `/apis/batch/v1/namespaces/${JOBS}/jobs/job-${id}`, { spec: { suspend: value } }, "application/merge-patch+json");
  await suspend(true);
  await caller.until(id, ({ properties }) => properties.status === "Paused");
  await gone(async () => (await podsOfJobs()).filter(({ metadata }) => metadata.labels["batch.kubernetes.io/job-name"] === `job-${id}`));
  await suspend(false);
  expect((await caller.ended(id)).properties).toMatchObject({ status: "Completed", progress: { done: 8, results: 8, failedFiles: 0 } });
  expect(claims.read(to)?.split("\n").length).toBe(9);
});

test("a file that eats all memory of its pod costs itself, and none of those beside it", async () => {
  const to = claims.output();
  const job = await caller.run(over(claims.input(numbered(6, (n) => (n === 1 ? "eat" : "sleep 3"))), to), on("small"));
  expect(job.properties, JSON.stringify(job.properties)).toMatchObject({ status: "Completed", progress: { done: 5, failedMiniBatches: 1, failedFiles: 1 } });
  expect(claims.read(to)).toBe([0, 2, 3, 4, 5].map((n) => `00${n}.txt sleep 3\n`).join(""));
});

/** As a node that is lost would: 1 when there was one. */
const remove = async (pod: Fields | undefined): Promise<number> => {
  if (pod === undefined) return 0;
  await client.send("DELETE", `/api/v1/namespaces/${JOBS}/pods/${pod["metadata"].name}`, { gracePeriodSeconds: 0 });
  return 1;
};

/** As its Job says, whatever has become of the service. */
const isOver = async (id: string): Promise<boolean> => {
  const { body, status } = await client.send("GET", `/apis/batch/v1/namespaces/${JOBS}/jobs/job-${id}`);
  return status === 404 || (((body as Fields)["status"]?.conditions ?? []) as Fields[]).some(({ type }) => ["Complete", "Failed"].includes(type));
};

/** Answers of the Gateway while no service is ready are none of the contract. */
const ended = async (id: string): Promise<Awaited<ReturnType<Caller["get"]>>> =>
  eventually(async () => {
    const { body, status } = await caller.send("GET", `/jobs/${id}`).catch(() => ({ body: undefined, status: 0 }));
    return status === 200 && ["Completed", "Failed", "Canceled"].includes(body?.properties.status ?? "") ? body : undefined;
  }, 240_000);

test("a second up changes nothing; destroy leaves neither records nor jobs, and outputs stay", async () => {
  const to = claims.output();
  const job = await caller.run(over(claims.input({ "a.txt": "1" }), to));
  const { steps } = await declared.up({ archive: endpoint() });
  expect(steps.filter(({ op }) => op !== "same")).toEqual([]);
  expect((await caller.get(job.name)).properties.status).toBe("Completed");
  await declared.stack.run("destroy", "--yes", "--skip-preview", "--suppress-progress");
  const labelled = `labelSelector=${encodeURIComponent("app.kubernetes.io/managed-by=inference-endpoints")}`;
  await gone(async () => [...(await objects(`/api/v1/namespaces/${JOBS}/configmaps?${labelled}`)), ...(await objects(`/apis/batch/v1/namespaces/${JOBS}/jobs`)), ...(await pods())]);
  expect(claims.read(to)).toBe("a.txt 1\n");
});
