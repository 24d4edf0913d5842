/** Pipelines on a cluster: a Workflow each, whose pods are processes of this machine. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as after } from "node:timers/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { JOB_PERMISSIONS, PIPELINE_PERMISSIONS, type ClusterPipeline } from "../../lib/scoring/contract/batch-cluster.ts";
import type { BatchSettings } from "../../lib/scoring/contract/batch.ts";
import type { Job as Seen } from "./caller.ts";
import { ClusterService, fileOf, inPods, overClaim, OWNER, podFor } from "./cluster-service.ts";
import type { Fields } from "./fake-cluster.ts";

// A pod is a process that starts Node, and some start Python.
vi.setConfig({ testTimeout: 90_000 });

type Step = ClusterPipeline["steps"][string];

const node = (code: string, ...args: readonly string[]): readonly string[] => [process.execPath, "-e", code, "--", ...args];
const command = (words: readonly string[], ports: Pick<Step, "inputs" | "outputs">, env = {}): Step => ({ kind: "command", command: words, pod: podFor({}, env), ...ports });

/** Of the command that counts: where there is no file of this name it fails. */
const GATE = "gate";

/** Copies the files whose text a word does not hold; a model says what is in them, on two instances; a command counts its lines. */
const pipeline = (own: Partial<ClusterPipeline> = {}, settings: Partial<BatchSettings> = {}, script = "lines.py"): ClusterPipeline => {
  const model = inPods(script, { miniBatchSize: 1, maxConcurrencyPerInstance: 1, instanceCount: 2, outputFileName: "lines.csv", retrySettings: { maxRetries: 1, timeout: 60 }, ...settings });
  return {
    kind: "pipeline",
    pod: podFor(),
    inputs: { raw: { type: "uri_folder" }, without: { type: "string", default: "left" }, most: { type: "integer", optional: true }, gate: { type: "uri_folder" } },
    outputs: { scores: { type: "uri_folder" }, count: { type: "uri_file" } },
    steps: {
      count: command(
        node(`const [, file, out, most, gate] = process.argv; if (!fs.existsSync(gate + "/${GATE}")) { console.error("no gate"); process.exit(3); } fs.writeFileSync(out, fs.readFileSync(file + "/lines.csv", "utf8").trim().split("\\n").length + "/" + most)`, "${{inputs.scores}}", "${{ outputs.count }}", "${{inputs.most}}", "${{inputs.gate}}"),
        { inputs: { scores: { step: "score_all", output: "scores" }, most: { input: "most" }, gate: { input: "gate" } }, outputs: { count: { type: "uri_file", output: "count" } } },
      ),
      prepare: command(node(`const [, from, to, word] = process.argv; for (const name of fs.readdirSync(from)) if (fs.readFileSync(from + "/" + name, "utf8") !== word) fs.copyFileSync(from + "/" + name, to + "/" + name)`, "${{inputs.raw}}", "${{outputs.kept}}", "${{inputs.without}}"), {
        inputs: { raw: { input: "raw" }, without: { input: "without" } },
        outputs: { kept: { type: "uri_folder" } },
      }),
      score_all: { ...model, inputs: { data: { step: "prepare", output: "kept" } }, outputs: { scores: { type: "uri_folder", output: "scores" } } },
    },
    continueOnStepFailure: false,
    ...own,
  };
};

const FILES = { "a.txt": "1", "b.txt": "left", "c.txt": "3", "d.txt": "4" };
const literal = (value: string | number): object => ({ JobInputType: "Literal", Value: value });
const folder = (uri: string): object => ({ JobInputType: "UriFolder", Uri: uri });

/** A service, and a call of it over these files; the gate is open unless it is said. */
const open = async (deployment = pipeline(), files: Readonly<Record<string, string>> = FILES, own = {}) => {
  const file = fileOf({ it: deployment, lines: inPods("lines.py") }, own);
  const service = await ClusterService.start(file);
  const input = service.input(files);
  const gate = service.input({ [GATE]: "" });
  const asks = (more: object = {}, outputs: object = {}): object => ({ properties: { InputData: { raw: folder(input), gate: folder(gate), ...more }, OutputData: outputs } });
  return { service, file, input, asks, closed: { gate: folder(service.input({ other: "" })) } };
};

const workflows = ({ cluster }: ClusterService): Fields[] => cluster.all("workflows");
const running = ({ properties }: Seen): boolean => properties.status === "Running";
const stepsIn = (service: ClusterService, id: string): string => service.path(`pvc://jobs/it/${id}`, "steps");

test("steps run after what they read from, a model on both of its instances, and outputs appear where the caller wants them", async () => {
  const { asks, service } = await open();
  const out = service.output();
  const outputs = { scores: { JobOutputType: "UriFolder", Uri: `${out}/scores/` }, count: { JobOutputType: "UriFile", Uri: `${out}/count.txt` } };
  const job = await service.run(asks({ most: literal(7) }, outputs));
  expect(job.properties).toMatchObject({ status: "Completed", outputs: { scores: { uri: `${out}/scores` }, count: { uri: `${out}/count.txt` } }, progress: { miniBatches: 3, done: 3, results: 3 } });
  expect([service.read(out, "scores/lines.csv"), service.read(out, "count.txt")]).toEqual(["a.txt 1\nc.txt 3\nd.txt 4\n", "3/7"]);
  expect(readdirSync(service.path(out, "scores/logs/user/stdout")).toSorted()).toEqual(["instance000", "instance001"]);
  const again = await service.run(asks({}, outputs));
  expect(again.properties).toMatchObject({ status: "Failed", error: { message: expect.stringMatching(/^step prepare: the output pvc:\/\/data\/out-.*\/scores exists already: choose another, or remove it$/) } });
  const plain = await service.run(asks({ without: literal("3") }));
  expect(plain.properties.output.uri).toBe(`pvc://jobs/it/${plain.name}/outputs`);
  expect([service.read(plain.properties.output.uri, "scores/lines.csv"), service.read(plain.properties.output.uri, "count")]).toEqual(["a.txt 1\nb.txt left\nd.txt 4\n", "3/"]);
});

test("a job is one Workflow, which its record owns; its pods have no token, but for what Argo puts beside them", async () => {
  const { asks, service } = await open(pipeline(), FILES, { queueName: "batch" });
  const id = (await service.run(asks())).name;
  const [workflow = {}, ...others] = workflows(service);
  expect(others).toEqual([]);
  const record = service.cluster.all("configmaps")[0]?.["metadata"];
  expect(workflow["metadata"]).toMatchObject({ name: `job-${id}`, labels: { "inference-endpoints/job-id": id, "app.kubernetes.io/part-of": "it" }, ownerReferences: [{ kind: "ConfigMap", name: `job-${id}`, uid: record?.uid }] });
  expect(record).toMatchObject({ ownerReferences: [OWNER], labels: { "inference-endpoints/job": "ended" } });
  const { entrypoint, templates, ttlStrategy } = workflow["spec"] as Fields;
  expect([entrypoint, ttlStrategy]).toEqual(["pipeline", { secondsAfterCompletion: 60 }]);
  const [dag, count, prepare, score, publish] = templates as [Fields, Fields, Fields, Fields, Fields];
  expect(dag["dag"]).toEqual({
    failFast: true,
    tasks: [
      { name: "step-count", template: "step-count", dependencies: ["step-score-all"] },
      { name: "step-prepare", template: "step-prepare" },
      { name: "step-score-all", template: "step-score-all", dependencies: ["step-prepare"], arguments: { parameters: [{ name: "index", value: "{{item}}" }] }, withSequence: { count: "2" } },
      { name: "publish-outputs", template: "publish-outputs", dependencies: ["step-count", "step-prepare", "step-score-all"] },
    ],
  });
  expect([count["name"], publish["name"]]).toEqual(["step-count", "publish-outputs"]);
  expect(prepare["container"].args.join(" ")).toBe("run-batch-job --record /var/run/inference-endpoints/job/record.json --inputs /var/run/inference-endpoints/inputs --outputs /var/run/inference-endpoints/outputs --attempt 0 --step prepare");
  expect(publish["container"].args.slice(-2)).toEqual(["--publish", "true"]);
  // What a command says stands in the record: Argo reads braces in a Workflow as its own.
  expect(JSON.stringify(workflow["spec"])).not.toContain("fs.readdirSync");
  expect(score["metadata"]).toMatchObject({
    labels: { team: "cellar", "inference-endpoints/step": "score_all", "inference-endpoints/instance": "{{inputs.parameters.index}}", "kueue.x-k8s.io/queue-name": "batch", "kueue.x-k8s.io/pod-group-name": `job-${id}-2` },
    annotations: { "kueue.x-k8s.io/pod-group-total-count": "2" },
  });
  expect(prepare["metadata"].labels["kueue.x-k8s.io/pod-group-name"]).toBeUndefined();
  expect(score["retryStrategy"]).toEqual({ backoff: { duration: "10" }, expression: "asInt(lastRetry.exitCode) != 65", limit: 1000, retryPolicy: "Always" });
  const patch = JSON.parse(score["podSpecPatch"]) as Fields;
  const ofExecutor = { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } }, volumeMounts: [{ mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", name: "job-token", readOnly: true }] };
  expect(patch).toEqual({ automountServiceAccountToken: false, containers: [{ name: "wait", ...ofExecutor }], initContainers: [{ name: "init", ...ofExecutor }] });
  expect(score["container"].volumeMounts.map(({ name }: Fields) => name)).not.toContain("job-token");
});

describe("failures", () => {
  test("a step that fails names itself; resumed, the steps before it are not run again", async () => {
    const { asks, closed, input, service } = await open();
    const job = await service.run(asks(closed));
    expect(job.properties.error?.message).toMatch(/^step count: ".*" exited with 3; what it printed is in pvc:\/\/jobs\/it\/.*\/steps\/count\/logs\/user$/);
    const home = service.path(job.properties.output.uri);
    expect(existsSync(home)).toBe(false); // nothing is published of a pipeline that failed
    expect(readFileSync(join(stepsIn(service, job.name), "count/logs/user/stderr/127.0.0.1/command.stderr.txt"), "utf8")).toBe("no gate\n");
    writeFileSync(service.path((closed.gate as Fields)["Uri"], GATE), "");
    writeFileSync(service.path(input, "e.txt"), "5"); // would be seen by a step that ran again
    expect((await service.send("POST", `/jobs/${job.name}/resume`)).status).toBe(202);
    expect((await service.ended(job.name)).properties.status).toBe("Completed");
    expect([readFileSync(join(home, "count"), "utf8"), existsSync(join(stepsIn(service, job.name), "prepare/outputs/kept/e.txt"))]).toEqual(["3/", false]);
    expect(workflows(service).map(({ metadata }) => metadata.name)).toEqual([`job-${job.name}-r1`]);
  });

  test("an instance that fails ends its step, and no other instance waits for it", async () => {
    const { asks, service } = await open(pipeline({}, { errorThreshold: 0, retrySettings: { maxRetries: 0, timeout: 600 } }), { "a.txt": "sleep 600", "b.txt": "raise", "c.txt": "3" });
    const job = await service.run(asks());
    expect(job.properties).toMatchObject({ status: "Failed", error: { message: "step score_all: the error threshold of 0 failed files was exceeded: 1 have failed" } });
    expect(service.cluster.all("pods").filter(({ metadata }) => metadata.labels["inference-endpoints/step"] === "score_all").length).toBe(2); // and none came again
  });

  test("work that cannot be prepared, which one instance alone does, ends the job with its reason, and the instance that waits for it", async () => {
    const { asks, service } = await open(pipeline({}, { partitionRows: 5 }));
    expect((await service.run(asks())).properties.error?.message).toMatch(/^step score_all: partitionRows splits CSV and Parquet files; got pvc:\/\/jobs\/it\/.*\/steps\/prepare\/outputs\/kept\/a\.txt$/);
  });

  test("init() that raises ends the job with its own words", async () => {
    const { asks, service } = await open(pipeline({}, {}, "bad_init.py"));
    expect((await service.run(asks())).properties.error?.message).toMatch(/^step score_all: the script cannot be run: .*bad_init\.py: RuntimeError: no model today$/);
  });

  test("with continueOnStepFailure what does not depend on a failed step still runs, and the job fails", async () => {
    const steps: ClusterPipeline["steps"] = {
      bad: command(node("process.exit(1)"), { inputs: {}, outputs: { x: { type: "uri_file" } } }),
      after: command(node("0"), { inputs: { x: { step: "bad", output: "x" } }, outputs: { y: { type: "uri_file" } } }),
      last: command(node("0"), { inputs: { y: { step: "after", output: "y" } }, outputs: {} }),
      other: command(node("fs.writeFileSync(process.argv[1], process.env.SAID)", "${{outputs.y}}"), { inputs: {}, outputs: { y: { type: "uri_file", output: "y" } } }, { SAID: "ran" }),
    };
    const { service } = await open(pipeline({ inputs: {}, outputs: { y: { type: "uri_file" } }, steps, continueOnStepFailure: true }));
    const job = await service.run({ properties: {} });
    expect(job.properties.error?.message).toMatch(/^step bad: .* exited with 1; .*; step after: step bad has failed; step last: step after has failed$/);
    expect(readFileSync(join(stepsIn(service, job.name), "other/outputs/y"), "utf8")).toBe("ran");
    expect(existsSync(service.path(job.properties.output.uri))).toBe(false);
  });

  test("a Workflow that the cluster does not take ends its job, with the cluster's words", async () => {
    const { asks, service } = await open();
    service.cluster.fault = (verb, resource) => (verb === "create" && resource === "workflows" ? 422 : undefined);
    expect((await service.run(asks())).properties).toMatchObject({ status: "Failed", error: { message: "the cluster does not take its Workflow: a fault of the test's own" } });
  });

  test("without Argo Workflows a call is told what to install, and jobs of models go on", async () => {
    const { asks, service } = await open();
    service.cluster.argo = false;
    for (const path of ["/jobs", "/jobs?dryRun=true"]) {
      const { body, status } = await service.send<{ error: object }>("POST", path, asks());
      expect([status, body.error]).toEqual([503, { code: "ServiceUnavailable", message: expect.stringMatching(/^jobs of pipelines are Workflows, which this cluster does not know: install Argo Workflows 3\.7/) }]);
    }
    expect(service.cluster.all("configmaps")).toEqual([]);
    const job = await service.run(overClaim(service.input({ "a.txt": "1" })), { "azureml-model-deployment": "lines" });
    expect(job.properties.status).toBe("Completed");
  });

  test("a pipeline that was changed before its job could begin is not run by halves", async () => {
    const { asks, file, service } = await open(pipeline(), FILES, { maxConcurrentJobs: 1 });
    service.cluster.fault = (verb, resource) => (verb === "create" && resource === "workflows" ? 403 : undefined);
    const id = await service.start(asks());
    service.stop();
    service.cluster.fault = undefined;
    const { inputs } = pipeline();
    const changed = pipeline({ inputs: { ...inputs, most: { type: "integer", default: 9 } } });
    const next = await ClusterService.start({ ...file, deployments: { ...file.deployments, it: changed } }, service.cluster);
    expect((await next.ended(id)).properties).toMatchObject({ status: "Failed", error: { message: expect.stringMatching(/^its pipeline was changed before the job could begin: resume the job/) } });
    await next.send("POST", `/jobs/${id}/resume`);
    expect((await next.ended(id)).properties.status).toBe("Completed");
    expect(next.read(`pvc://jobs/it/${id}/outputs`, "count")).toBe("3/9");
  });

  test("resumed, a job keeps the settings that it was planned with, since another number of instances would count what is done twice", async () => {
    const words = Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`${n}.txt`, n === 5 ? "raise" : String(n)]));
    const own = { errorThreshold: 0, retrySettings: { maxRetries: 0, timeout: 60 } };
    const { asks, file, service } = await open(pipeline({}, own), words);
    const job = await service.run(asks());
    expect(job.properties.error?.message).toMatch(/^step score_all: the error threshold of 0 failed files was exceeded: 1 have failed$/);
    service.stop();
    writeFileSync(join(stepsIn(service, job.name), "prepare/outputs/kept/5.txt"), "5");
    const next = await ClusterService.start({ ...file, deployments: { ...file.deployments, it: pipeline({}, { ...own, instanceCount: 3, miniBatchSize: 2 }) } }, service.cluster);
    await next.send("POST", `/jobs/${job.name}/resume`);
    expect((await next.ended(job.name)).properties).toMatchObject({ status: "Completed", progress: { miniBatches: 6, done: 6, results: 6, failedFiles: 0 } });
    expect(next.read(`pvc://jobs/it/${job.name}/outputs`, "scores/lines.csv")).toBe(Array.from({ length: 6 }, (_, n) => `${n}.txt ${n}\n`).join(""));
  });

  test("a command that takes its pod along each time is given up, runs when the job is resumed, and leaves nothing of its tries", async () => {
    const steps: ClusterPipeline["steps"] = {
      eats: command(node(`const [, out, gate] = process.argv; if (!fs.existsSync(gate + "/${GATE}")) process.kill(process.ppid, "SIGKILL"); fs.writeFileSync(out, "at last")`, "${{outputs.y}}", "${{inputs.gate}}"), { inputs: { gate: { input: "gate" } }, outputs: { y: { type: "uri_file", output: "y" } } }),
    };
    const { asks, closed, service } = await open(pipeline({ outputs: { y: { type: "uri_file" } }, steps }));
    const job = await service.run(asks(closed));
    expect(job.properties.error?.message).toBe("step eats: the command was cut short 10 times, each time without an exit code of its own: has its pod too little memory? Resume the job to try again");
    const left = (): number => readdirSync(join(stepsIn(service, job.name), "eats")).filter((name) => name.startsWith("try-")).length;
    expect(left()).toBe(10);
    writeFileSync(service.path((closed.gate as Fields)["Uri"], GATE), "");
    await service.send("POST", `/jobs/${job.name}/resume`);
    expect((await service.ended(job.name)).properties.status).toBe("Completed");
    expect([service.read(`pvc://jobs/it/${job.name}/outputs`, "y"), left()]).toEqual(["at last", 0]);
  });
});

describe("deaths", () => {
  test("pods that are killed come again and go on: every row once, and nothing that was done is done again", async () => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`${String(n).padStart(2, "0")}.txt`, n < 4 ? String(n) : "sleep 0.2"]));
    const { asks, service } = await open(pipeline({}, { retrySettings: { maxRetries: 9, timeout: 60 } }), files);
    const id = await service.start(asks());
    const journal = (index: number): string => {
      const path = join(stepsIn(service, id), `score_all/outputs/scores/.lines.csv.job/journal-${index}.jsonl`);
      return existsSync(path) ? readFileSync(path, "utf8") : "";
    };
    for (const index of [0, 1]) {
      const before = journal(index).split('"done"').length;
      while (journal(index).split('"done"').length === before) await after(20); // a file tells nobody
      service.cluster.kill(`job-${id}`, `step-score-all-${index}`);
    }
    expect((await service.ended(id)).properties).toMatchObject({ status: "Completed", progress: { done: 12, results: 12, failedFiles: 0 } });
    expect(service.read(`pvc://jobs/it/${id}/outputs`, "scores/lines.csv")?.split("\n").length).toBe(13);
    expect(service.cluster.all("pods").filter(({ metadata }) => metadata.labels["inference-endpoints/step"] === "score_all").length).toBe(4);
  });

  test("a mini-batch that takes its pod along costs itself, and nothing else", async () => {
    const { asks, service } = await open(pipeline({}, {}, "poison.py"), { ...FILES, "c.txt": "poison" });
    const job = await service.run(asks());
    expect(job.properties).toMatchObject({ status: "Completed", progress: { done: 2, failedMiniBatches: 1, failedFiles: 1 } });
    expect(service.read(job.properties.output.uri, "scores/lines.csv")).toBe("a.txt 1\nd.txt 4\n");
    expect(service.read(job.properties.output.uri, "scores/errors.jsonl")).toContain("the process that ran it was ended each time");
  });

  test("services come and go: one Workflow, and a record that outlives it", async () => {
    const { asks, file, service } = await open();
    const id = await service.start(asks());
    service.stop(); // before it has made a Workflow, or just after
    const [second, third] = [await ClusterService.start(file, service.cluster), await ClusterService.start(file, service.cluster)];
    await second.until(id, running);
    second.stop();
    expect((await third.ended(id)).properties.status).toBe("Completed");
    expect(workflows(third).length).toBe(1);
    third.cluster.expire(`job-${id}`);
    expect((await third.get(id)).properties).toMatchObject({ status: "Completed", progress: { done: 3 } });
  });
});

test("a job that is cancelled ends its commands, leaves no Workflow, and can be resumed", async () => {
  const { asks, input, service } = await open(pipeline({}, {}), { "a.txt": "sleep 60" });
  const id = await service.start(asks());
  await service.until(id, ({ properties }) => properties.progress?.miniBatches === 1);
  expect((await service.send("POST", `/jobs/${id}/cancel`)).status).toBe(202);
  expect((await service.send("POST", `/jobs/${id}/cancel`)).status).toBe(202);
  expect((await service.ended(id)).properties.status).toBe("Canceled");
  expect([workflows(service), service.cluster.all("pods")]).toEqual([[], []]);
  const kept = join(stepsIn(service, id), "prepare/outputs/kept/a.txt");
  expect(readFileSync(kept, "utf8")).toBe("sleep 60");
  writeFileSync(kept, "1");
  writeFileSync(service.path(input, "a.txt"), "never read again");
  await service.send("POST", `/jobs/${id}/resume`);
  expect((await service.ended(id)).properties.status).toBe("Completed");
  expect(service.read(`pvc://jobs/it/${id}/outputs`, "scores/lines.csv")).toBe("a.txt 1\n");
});

test("of many calls with one idempotency key, one makes a job, and there is one Workflow", async () => {
  const { asks, service } = await open();
  const replies = await Promise.all(Array.from({ length: 20 }, () => service.send<Seen>("POST", "/jobs", asks(), { "idempotency-key": "once" })));
  expect(replies.map(({ status }) => status).toSorted()).toEqual([...Array.from({ length: 19 }, () => 200), 202]);
  const id = replies[0]?.body.name ?? "";
  expect(new Set(replies.map(({ body }) => body.name))).toEqual(new Set([id]));
  await service.ended(id);
  expect(workflows(service).length).toBe(1);
  expect((await service.send("POST", "/jobs", asks({ most: literal(1) }), { "idempotency-key": "once" })).status).toBe(422);
});

test("a dry run names the steps, after a pod has looked at what they read", async () => {
  const { asks, service } = await open();
  expect((await service.send("POST", "/jobs?dryRun=true", asks())).body).toEqual({ deployment: "it", steps: ["count", "prepare", "score_all"] });
  const { body, status } = await service.send<{ error: { message: string } }>("POST", "/jobs?dryRun=true", asks({ raw: folder("pvc://data/nowhere") }));
  expect([status, body.error.message]).toEqual([400, "the input pvc://data/nowhere does not exist"]);
  expect([workflows(service), service.cluster.all("configmaps")]).toEqual([[], []]);
});

test.each([
  ["a command over another store", { raw: folder("s3://bucket/in") }, {}, "properties.InputData.raw: a command reads pvc: addresses; got s3://bucket/in"],
  ["an output elsewhere", {}, { count: { JobOutputType: "UriFile", Uri: "s3://bucket/out" } }, "properties.OutputData.count: a pipeline writes its outputs to pvc: addresses; got s3://bucket/out"],
  ["a path of one machine", { raw: folder("file:///data") }, {}, /^file:\/\/\/data is a path of one machine/],
  ["an input that it has not", { other: literal(1) }, {}, /^properties\.InputData\.other: the pipeline has none of this name/],
])("%s is refused at once", async (_, more, outputs, message) => {
  const { asks, service } = await open();
  const { body, status } = await service.send<{ error: { message: string } }>("POST", "/jobs", asks(more, outputs));
  expect(status).toBe(400);
  if (typeof message === "string") expect(body.error.message).toBe(message);
  else expect(body.error.message).toMatch(message);
});

test("the service does what its Role allows, and its Role allows nothing that it does not do", async () => {
  const { asks, service } = await open(pipeline(), { "a.txt": "sleep 60" });
  expect((await service.send("POST", "/jobs?dryRun=true", asks())).status).toBe(200);
  const id = await service.start(asks());
  await service.until(id, ({ properties }) => properties.progress?.miniBatches === 1);
  const other = await service.start(overClaim(service.input({ "a.txt": "sleep 60" })), { "azureml-model-deployment": "lines" });
  await service.until(other, running);
  for (const each of [id, other]) await service.send("POST", `/jobs/${each}/cancel`);
  for (const each of [id, other]) await service.ended(each);
  const granted = [...JOB_PERMISSIONS, ...PIPELINE_PERMISSIONS].flatMap(({ resources, verbs }) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)));
  expect([...service.cluster.used].toSorted()).toEqual(granted.toSorted());
});
