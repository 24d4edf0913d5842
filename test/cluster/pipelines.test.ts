/**
 * Pipelines run by the real controller and executor of Argo Workflows. They are built from their module, which takes a while, so that these tests run
 * when they are asked for: `RIG_PIPELINES=1 npm run test:cluster -- pipelines`.
 */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Caller } from "../batch/caller.ts";
import { pipelineCase } from "../conformance/cases/batch.ts";
import { counted } from "../conformance/counted.ts";
import { conformance } from "../conformance/suite.ts";
import { startArgo } from "../rig/kubernetes/argo.ts";
import type { Fields } from "../rig/kubernetes/client.ts";
import { batchArena, newBatchCallers } from "./batch-arena.ts";
import { newClaims, type Claims } from "./claims.ts";
import { client, eventually, keysOf, newNamespace } from "./cluster.ts";
import { newDeclared } from "./declared.ts";
import { IMAGES } from "./image.ts";

const JOBS = "pipeline-jobs";
const near = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const kubernetes = { scoringImage: IMAGES.wine, resources: { requests: { cpu: "10m", memory: "64Mi" } } };

/** A script over files, on two instances, and a command that fails where its word says so. */
const lined = (settings: object = {}): object => ({
  type: "pipeline",
  kubernetes,
  job: {
    inputs: { raw: { type: "uri_folder" }, word: { type: "string", default: "go" } },
    outputs: { scores: { type: "uri_folder" }, said: { type: "uri_file" } },
    jobs: {
      score_all: {
        type: "parallel",
        model: { path: near("examples/quickstart/models/blue.onnx") },
        codeConfiguration: { code: near("test/batch/fixtures"), scoringScript: "lines.py" },
        resources: { instanceCount: 2 },
        settings: { miniBatchSize: 1, retrySettings: { maxRetries: 9, timeout: 90 }, ...settings },
        kubernetes,
        inputs: { raw: "${{parent.inputs.raw}}" },
        outputs: { scores: "${{parent.outputs.scores}}" },
      },
      say: {
        type: "command",
        command: ["node", "-e", 'const [, file, word] = process.argv; if (word === "stop") process.exit(3); fs.writeFileSync(file, String(fs.existsSync("/var/run/secrets/kubernetes.io/serviceaccount/token")))', "--", "${{outputs.said}}", "${{inputs.word}}"],
        kubernetes,
        inputs: { word: "${{parent.inputs.word}}", after: "${{parent.jobs.score_all.outputs.scores}}" },
        outputs: { said: "${{parent.outputs.said}}" },
      },
    },
  },
});

const made: AsyncDisposable[] = [];
let claims: Claims;
let caller: Caller;
let stranger: Caller;

const setUp = async (): Promise<void> => {
  if (process.env["RIG"] !== "external") await startArgo();
  made.push(await newNamespace(JOBS));
  claims = await newClaims(JOBS);
  made.push(claims);
  const declared = await newDeclared("pipeline-online", { jobsNamespace: JOBS });
  made.push(declared);
  const deployments = { counted: counted(kubernetes), lined: lined(), strict: lined({ errorThreshold: 0, retrySettings: { maxRetries: 0, timeout: 90 } }) };
  await declared.up({ archive: { kind: "batch", deployments, defaults: { deploymentName: "lined" }, kubernetes: { jobsClaim: "outputs", ttlSecondsAfterFinished: 5 } } });
  const { keysSecretNames, scoringUris } = await declared.stack.outputs();
  [caller, stranger] = await newBatchCallers(new URL(scoringUris["archive"] as string), (await keysOf(JOBS, keysSecretNames["archive"] as string)).primaryKey);
};

const asks = (files: Readonly<Record<string, string>>, word = "go"): object => ({
  properties: { InputData: { raw: { JobInputType: "UriFolder", Uri: claims.input(files) }, word: { JobInputType: "Literal", Value: word } } },
});
const items = async (path: string): Promise<Fields[]> => (await client.ask("GET", path))["items"] as Fields[];
const podsOf = async (id: string, step?: string): Promise<Fields[]> =>
  (await items(`/api/v1/namespaces/${JOBS}/pods?labelSelector=${encodeURIComponent(`inference-endpoints/job-id=${id}${step === undefined ? "" : `,inference-endpoints/step=${step}`}`)}`));
const workflows = (): Promise<Fields[]> => items(`/apis/argoproj.io/v1alpha1/namespaces/${JOBS}/workflows`);
const numbered = (count: number, say: (n: number) => string): Record<string, string> => Object.fromEntries(Array.from({ length: count }, (_, n) => [`${String(n).padStart(3, "0")}.txt`, say(n)]));

describe("on Argo Workflows", () => {
  beforeAll(setUp, 900_000);
  afterAll(async () => {
    for (const each of made.toReversed()) await each[Symbol.asyncDispose]();
  });

  conformance("pipelines", "cluster", () => batchArena(claims, caller, stranger, JOBS), [pipelineCase]);

  test("steps run at the restricted level, without a token, and Workflow and pods go after their time to live", async () => {
    const job = await caller.run(asks({ "a.txt": "1", "b.txt": "2" }));
    expect(job.properties, JSON.stringify(job.properties)).toMatchObject({ status: "Completed", progress: { done: 2, results: 2 } });
    expect([claims.read(job.properties.output.uri, "scores/predictions.csv"), claims.read(job.properties.output.uri, "said")]).toEqual(["a.txt 1\nb.txt 2\n", "false"]);
    await eventually(async () => ((await workflows()).length + (await podsOf(job.name)).length === 0 ? true : undefined), 120_000);
    expect((await caller.get(job.name)).properties.status).toBe("Completed");
  });

  test("a step's account may do what the executor does, and nothing else", async () => {
    const may = async (group: string, resource: string, verb: string): Promise<boolean> => {
      const review = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec: { user: `system:serviceaccount:${JOBS}:archive--lined--score-all`, resourceAttributes: { namespace: JOBS, group, resource, verb } } };
      return (await client.ask("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review))["status"].allowed as boolean;
    };
    expect(await Promise.all([may("argoproj.io", "workflowtaskresults", "create"), may("argoproj.io", "workflowtaskresults", "patch"), may("argoproj.io", "workflowtaskresults", "get"), may("argoproj.io", "workflows", "create"), may("batch", "jobs", "create"), may("", "pods", "list")])).toEqual([true, true, false, false, false, false]);
  });

  test("a pod of two that is lost comes again: every row once", async () => {
    const count = 60;
    const id = await caller.start(asks(numbered(count, (n) => (n < 3 ? String(n) : "sleep 1"))));
    await caller.until(id, ({ properties }) => (properties.progress?.done ?? 0) > 5);
    const [lost] = (await podsOf(id, "score_all")).filter(({ metadata, status }) => metadata.labels["inference-endpoints/instance"] === "1" && status.phase === "Running");
    await client.send("DELETE", `/api/v1/namespaces/${JOBS}/pods/${lost?.["metadata"].name}`, { gracePeriodSeconds: 0 });
    const job = await caller.ended(id);
    expect(job.properties, JSON.stringify(job.properties)).toMatchObject({ status: "Completed", progress: { done: count, results: count, failedFiles: 0 } });
    const rows = claims.read(job.properties.output.uri, "scores/predictions.csv")?.trimEnd().split("\n") ?? [];
    expect([rows.length, new Set(rows).size]).toEqual([count, count]);
  });

  test("a step that fails ends the job with its words, and nobody tries it again; resumed, what has succeeded does not run again", async () => {
    const job = await caller.run(asks({ "a.txt": "1" }, "stop"));
    expect(job.properties).toMatchObject({ status: "Failed", error: { message: expect.stringMatching(/^step say: "node" exited with 3; what it printed is in pvc:\/\/outputs\/archive\//) } });
    expect(claims.read(job.properties.output.uri, "said")).toBeUndefined();
    await caller.send("POST", `/jobs/${job.name}/resume`);
    expect((await caller.ended(job.name)).properties.error?.message).toMatch(/^step say: /);
    const log = claims.read(`pvc://outputs/archive/${job.name}`, "steps/score_all/outputs/scores/logs/sys/master_role.txt");
    expect(log?.match(/mini-batches;/g)?.length).toBe(1);
  });

  test("an instance that fails ends the other one, and the job", async () => {
    const begin = performance.now();
    const job = await caller.run(asks({ "a.txt": "sleep 80", "b.txt": "raise" }), { "azureml-model-deployment": "strict" });
    expect(job.properties).toMatchObject({ status: "Failed", error: { message: "step score_all: the error threshold of 0 failed files was exceeded: 1 have failed" } });
    expect(performance.now() - begin).toBeLessThan(70_000);
  });

  test("a job that is cancelled leaves no Workflow and no pods", async () => {
    const id = await caller.start(asks({ "a.txt": "sleep 80", "b.txt": "sleep 80" }));
    await caller.until(id, ({ properties }) => properties.status === "Running");
    expect((await caller.send("POST", `/jobs/${id}/cancel`)).status).toBe(202);
    expect((await caller.ended(id)).properties.status).toBe("Canceled");
    expect([(await workflows()).map(({ metadata }) => metadata.name as string).filter((name) => name.includes(id)), await podsOf(id)]).toEqual([[], []]);
  });
});
