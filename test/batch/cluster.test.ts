/** What becomes of jobs on a cluster: instances that share one, pods and services that die, records that stay, and what the service may do. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Job } from "kubernetes-models/batch/v1";
import { describe, expect, test, vi } from "vitest";
import { JOB_PERMISSIONS } from "../../lib/scoring/contract/batch-cluster.ts";
import type { Job as Seen } from "./caller.ts";
import { FakeCluster } from "./fake-cluster.ts";
import { ClusterService, fileOf, inPods, overClaim, OWNER } from "./cluster-service.ts";
import { fixtures, scratch } from "./service.ts";

// A pod is a process that starts Node and Python.
vi.setConfig({ testTimeout: 90_000 });

const files = (count: number, say: (n: number) => string = String): Record<string, string> => Object.fromEntries(Array.from({ length: count }, (_, n) => [`${String(n).padStart(3, "0")}.txt`, say(n)]));
const lines = (count: number, without: readonly number[] = []): string =>
  Array.from({ length: count }, (_, n) => (without.includes(n) ? "" : `${String(n).padStart(3, "0")}.txt ${n}\n`)).join("");
const quick = { miniBatchSize: 1, retrySettings: { maxRetries: 1, timeout: 60 } };
const started = ({ properties }: Seen): boolean => properties.status === "Running";

test("three instances share a job: every row once, in the order of the files, as one instance writes it", async () => {
  const service = await ClusterService.start(fileOf({ three: inPods("lines.py", { ...quick, instanceCount: 3 }), one: inPods("lines.py", quick) }));
  const input = service.input(files(20));
  const [three, one] = [service.output(), service.output()];
  const job = await service.run(overClaim(input, three));
  expect(job.properties).toMatchObject({ status: "Completed", progress: { miniBatches: 20, files: 20, done: 20, results: 20, failedFiles: 0 } });
  expect(service.read(three)).toBe(lines(20));
  await service.run(overClaim(input, one), { "azureml-model-deployment": "one" });
  expect(service.read(one)).toBe(service.read(three));
  expect(readdirSync(service.path(three)).toSorted()).toEqual(["errors.jsonl", "logs", "predictions.csv", "summary.json"]);
  expect(readdirSync(service.path(three, "logs/user/stdout")).toSorted()).toEqual(["instance000", "instance001", "instance002"]);
  const own = service.cluster.all("jobs").find(({ spec }) => spec.completions === 3);
  expect(own?.["spec"]).toMatchObject({ completionMode: "Indexed", parallelism: 3, podReplacementPolicy: "Failed", ttlSecondsAfterFinished: 60 });
});

test.each([
  [-1, "Completed", undefined],
  [5, "Failed", /^the error threshold of 5 failed files was exceeded: [67] have failed$/],
  [7, "Completed", undefined],
])("the error threshold of %i counts over all instances, with 7 bad files of 20", async (errorThreshold, status, message) => {
  const service = await ClusterService.start(fileOf({ it: inPods("lines.py", { ...quick, instanceCount: 2, errorThreshold, retrySettings: { maxRetries: 0, timeout: 60 } }) }));
  const output = service.output();
  const { properties } = await service.run(overClaim(service.input(files(20, (n) => (n % 3 === 0 ? "raise" : String(n)))), output));
  expect(properties.status).toBe(status);
  if (message !== undefined) expect(properties.error?.message).toMatch(message);
  expect(service.read(output) !== undefined).toBe(status === "Completed");
});

describe("deaths", () => {
  test("pods that are killed come again and go on: every row once, and nothing that was done is done again", async () => {
    const service = await ClusterService.start(fileOf({ it: inPods("lines.py", { ...quick, maxConcurrencyPerInstance: 1, instanceCount: 2, retrySettings: { maxRetries: 9, timeout: 60 } }) }));
    const output = service.output();
    const id = await service.start(overClaim(service.input(files(16, (n) => (n < 4 ? String(n) : "sleep 0.2"))), output));
    await service.until(id, started);
    const journal = (index: number): string => service.read(output, `.predictions.csv.job/journal-${index}.jsonl`) ?? "";
    for (const index of [0, 1, 0]) {
      const before = journal(index).split('"done"').length;
      while (journal(index).split('"done"').length === before) await new Promise((resolve) => setTimeout(resolve, 20)); // a file tells nobody
      service.cluster.kill(`job-${id}`, index);
    }
    const job = await service.ended(id);
    expect(job.properties).toMatchObject({ status: "Completed", progress: { done: 16, results: 16, failedFiles: 0 } });
    expect(service.read(output)?.split("\n").length).toBe(17);
    expect(service.cluster.all("pods").length).toBeGreaterThanOrEqual(5);
  });

  test("a mini-batch that takes its pod along costs itself, and nothing else", async () => {
    const second = await ClusterService.start(fileOf({ it: inPods("poison.py", { ...quick, maxConcurrencyPerInstance: 1 }) }));
    const output = second.output();
    const job = await second.run(overClaim(second.input(files(6, (n) => (n === 3 ? "poison" : String(n)))), output));
    expect(job.properties).toMatchObject({ status: "Completed", progress: { done: 5, failedMiniBatches: 1, failedFiles: 1 } });
    expect(second.read(output)).toBe(lines(6, [3]));
    expect(second.read(output, "errors.jsonl")).toContain("the process that ran it was ended each time");
  });

  test("nor do those that ran beside it pay: what was there when a pod died runs alone first", async () => {
    const service = await ClusterService.start(fileOf({ it: inPods("poison.py", { ...quick, maxConcurrencyPerInstance: 3, retrySettings: { maxRetries: 0, timeout: 60 } }) }));
    const output = service.output();
    const job = await service.run(overClaim(service.input(files(6, (n) => (n === 1 ? "poison" : "sleep 1.5"))), output));
    expect(job.properties).toMatchObject({ status: "Completed", progress: { done: 5, failedMiniBatches: 1, failedFiles: 1 } });
    expect(service.read(output)).toBe([0, 2, 3, 4, 5].map((n) => `00${n}.txt sleep 1.5\n`).join(""));
    expect(service.read(output, "errors.jsonl")?.split("\n").length).toBe(2);
  });

  test("services come and go, two at a time as well: jobs know nothing of it", async () => {
    const file = fileOf({ it: inPods("lines.py", quick) });
    const first = await ClusterService.start(file);
    const output = first.output();
    const id = await first.start(overClaim(first.input(files(8, () => "sleep 0.2")), output));
    first.stop(); // before it has made a Job, or just after
    const [second, third] = [await ClusterService.start(file, first.cluster), await ClusterService.start(file, first.cluster)];
    await second.until(id, started);
    second.stop();
    const job = await third.ended(id);
    expect(job.properties).toMatchObject({ status: "Completed", progress: { done: 8 } });
    expect(third.cluster.all("jobs").length).toBe(1);
    expect(third.cluster.all("configmaps").length).toBe(1);
  });

  test("a job whose Job is gone before anybody has seen its end is not done again", async () => {
    const file = fileOf({ it: inPods("lines.py", quick) });
    const first = await ClusterService.start(file);
    const output = first.output();
    const id = await first.start(overClaim(first.input(files(3)), output));
    while (first.cluster.all("jobs").length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    first.stop();
    while (first.read(output, "summary.json") === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    first.cluster.expire(`job-${id}`);
    const second = await ClusterService.start(file, first.cluster);
    const job = await second.ended(id);
    expect(job.properties).toMatchObject({ status: "Completed", progress: { miniBatches: 3, done: 3, results: 3 } });
    expect(second.read(output, "logs/sys/master_role.txt")?.match(/mini-batches;/g)?.length).toBe(1);
  });
});

test("a service that goes lets a job of the one that comes be, and gives up in time what nobody knows", async () => {
  const file = fileOf({ it: inPods("lines.py", quick) });
  const cluster = await FakeCluster.start();
  const coming = await ClusterService.start(fileOf({ it: inPods("lines.py", quick), green: inPods("lines.py", quick) }), cluster);
  let looks = 0;
  cluster.fault = (verb, resource) => {
    if (verb === "list" && resource === "jobs") looks += 1;
    return verb === "create" && resource === "jobs" ? 403 : undefined; // so that the job waits
  };
  const id = await coming.start(overClaim(coming.input(files(3)), coming.output()), { "azureml-model-deployment": "green" });
  coming.stop();
  const before = looks;
  const going = await ClusterService.start(file, cluster, undefined, 60_000);
  while (looks < before + 3) await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await going.get(id)).properties.status).not.toBe("Failed");
  going.stop();
  const last = await ClusterService.start(file, cluster);
  expect((await last.ended(id)).properties).toMatchObject({ status: "Failed", error: { message: "its deployment green is gone" } });
});

test("a job that was cancelled half-way is resumed as another Job, and no finished mini-batch runs again", async () => {
  const service = await ClusterService.start(fileOf({ it: inPods("lines.py", { ...quick, instanceCount: 2, maxConcurrencyPerInstance: 1 }) }));
  const output = service.output();
  const input = service.input(files(8, (n) => (n < 4 ? String(n) : "sleep 60")));
  const id = await service.start(overClaim(input, output));
  await service.until(id, ({ properties }) => properties.progress?.done === 4);
  await service.send("POST", `/jobs/${id}/cancel`);
  expect((await service.ended(id)).properties).toMatchObject({ status: "Canceled", progress: { done: 4 } });
  expect(service.cluster.all("jobs")).toEqual([]);
  for (const n of [4, 5, 6, 7]) writeFileSync(service.path(input, `00${n}.txt`), String(n));
  expect((await service.send("POST", `/jobs/${id}/resume`)).status).toBe(202);
  const job = await service.ended(id);
  expect(job.properties).toMatchObject({ status: "Completed", progress: { done: 8, results: 8 } });
  expect(service.read(output)).toBe(lines(8));
  expect(service.read(output, "logs/sys/master_role.txt")?.match(/\d+ are done of the 4 of instance 0/g)).toEqual(["0 are done of the 4 of instance 0", "2 are done of the 4 of instance 0"]);
  expect(service.cluster.all("jobs").map(({ metadata }) => metadata.name)).toEqual([`job-${id}-r1`]);
});

test("what failed counts no more when a job is resumed", async () => {
  const service = await ClusterService.start(fileOf({ it: inPods("lines.py", { ...quick, instanceCount: 2, errorThreshold: 1, retrySettings: { maxRetries: 0, timeout: 60 } }) }));
  const input = service.input(files(8, (n) => (n % 2 === 0 ? "raise" : String(n))));
  const output = service.output();
  const failed = await service.run(overClaim(input, output));
  expect(failed.properties.status).toBe("Failed");
  for (const n of [0, 2, 4, 6]) writeFileSync(service.path(input, `00${n}.txt`), String(n));
  await service.send("POST", `/jobs/${failed.name}/resume`);
  expect((await service.ended(failed.name)).properties).toMatchObject({ status: "Completed", progress: { done: 8, failedFiles: 0 } });
  expect(service.read(output)).toBe(lines(8));
});

test("more jobs than may run wait in their order", async () => {
  const service = await ClusterService.start(fileOf({ it: inPods("lines.py", quick) }, { maxConcurrentJobs: 1 }));
  const input = service.input({ "a.txt": "sleep 60" });
  const first = await service.start(overClaim(input));
  await service.until(first, started);
  const second = await service.start(overClaim(service.input({ "a.txt": "1" })));
  await service.until(second, ({ properties }) => properties.status === "Queued");
  expect(service.cluster.all("jobs").map(({ metadata }) => metadata.name)).toEqual([`job-${first}`]);
  await service.send("POST", `/jobs/${first}/cancel`);
  expect((await service.ended(second)).properties.status).toBe("Completed");
});

describe("places", () => {
  const refusals = async (service: ClusterService, sent: object): Promise<unknown> => {
    const { body, status } = await service.send<{ error: { message: string } }>("POST", "/jobs", sent);
    return [status, body.error?.message];
  };

  test("a job that names no output has one on the endpoint's claim; without a claim it is refused by the argument's name", async () => {
    const service = await ClusterService.start(fileOf({ it: inPods("lines.py", quick) }));
    const job = await service.run(overClaim(service.input(files(2))));
    expect(job.properties).toMatchObject({ status: "Completed", output: { uri: `pvc://jobs/it/${job.name}/output` } });
    expect(service.read(job.properties.output.uri)).toBe(lines(2));
    const { jobsClaim: _, ...without } = fileOf({ it: inPods("lines.py", quick) });
    const other = await ClusterService.start(without, service.cluster);
    expect(await refusals(other, overClaim("pvc://data/in"))).toEqual([400, expect.stringContaining("give the endpoint kubernetes: { jobsClaim }")]);
    expect(await refusals(other, overClaim("pvc://data/in", "s3://bucket/out"))).toEqual([400, expect.stringContaining("kubernetes: { jobsClaim }")]);
  });

  test.each([
    ["file:///data", "is a path of one machine, which the pods of a job do not share"],
    ["azureml://datastores/d", "is an address of Azure Machine Learning"],
    ["pvc://data/../other", 'has no "." and no ".." in it'],
    ["pvc://data/a/%2e%2e/../b", 'has no "." and no ".." in it'],
    ["pvc:///x", "names no claim"],
    ["pvc://Data_1/x", "names no claim"],
    ["http://127.0.0.1/x", "addresses of http: cannot be used here"],
    ["data", "is no address"],
  ])("an input at %s is refused at once", async (uri, message) => {
    const service = await ClusterService.start(fileOf({ it: inPods("lines.py", quick) }));
    expect(await refusals(service, overClaim(uri))).toEqual([400, expect.stringContaining(message)]);
  });

  test("one file out, and a claim alone is none", async () => {
    const service = await ClusterService.start(fileOf({ it: inPods("lines.py", quick) }));
    const into = (uri: string): object => ({ properties: { InputData: { x: { JobInputType: "UriFolder", Uri: input } }, OutputData: { score: { JobOutputType: "UriFile", Uri: uri } } } });
    const input = service.input(files(2));
    expect(await refusals(service, into("pvc://data"))).toEqual([400, expect.stringContaining("is a claim, and no file on it")]);
    const output = service.output();
    expect((await service.run(into(`${output}/one.csv`))).properties).toMatchObject({ status: "Completed", output: { uri: output } });
    expect(service.read(output, "one.csv")).toBe(lines(2));
  });

  test("results for elsewhere are collected on the endpoint's claim, and nothing of them stays there but the summary", async () => {
    const bucket = scratch();
    const env = { PYTHONPATH: `${fixtures}elsewhere`, ELSEWHERE: bucket };
    const service = await ClusterService.start(fileOf({ it: inPods("lines.py", { ...quick, instanceCount: 2 }, env) }));
    const job = await service.run(overClaim(service.input(files(4)), "s3://bucket/out"));
    expect(job.properties).toMatchObject({ status: "Completed", output: { uri: "s3://bucket/out" }, progress: { done: 4 } });
    expect(readFileSync(join(bucket, "bucket/out/predictions.csv"), "utf8")).toBe(lines(4));
    expect(readdirSync(service.path(`pvc://jobs/it/${job.name}/output`))).toEqual(["summary.json"]);
    expect((await service.run(overClaim(service.input(files(1)), "s3://bucket/out"))).properties).toMatchObject({ status: "Failed", error: { message: "the output s3://bucket/out exists already: choose another" } });
  });

  test("a folder of https is refused by the call, since nobody has to look", async () => {
    const service = await ClusterService.start(fileOf({ it: inPods("lines.py", quick) }));
    expect(await refusals(service, overClaim("https://example.com/data"))).toEqual([400, expect.stringContaining("a folder cannot be listed over https")]);
  });
});

describe("objects", () => {
  test("a Job is valid, its pods have what the template says and what the job needs, and its record owns it", async () => {
    const service = await ClusterService.start(fileOf({ it: inPods("lines.py", quick) }, { queueName: "batch" }));
    const [input, output] = [service.input(files(1)), service.output()];
    const id = (await service.run(overClaim(input, output))).name;
    const [job] = service.cluster.all("jobs");
    const [record] = service.cluster.all("configmaps");
    const { status: _, ...written } = JSON.parse(JSON.stringify(job)) as Record<string, unknown>;
    expect(() => new Job({ ...written, done: undefined } as never).validate()).not.toThrow();
    expect(job?.["metadata"]).toMatchObject({ name: `job-${id}`, labels: { "kueue.x-k8s.io/queue-name": "batch", "inference-endpoints/job-id": id }, ownerReferences: [{ kind: "ConfigMap", name: `job-${id}`, uid: record?.["metadata"].uid }] });
    expect(record?.["metadata"]).toMatchObject({ ownerReferences: [OWNER], labels: { "app.kubernetes.io/part-of": "it", "app.kubernetes.io/instance": "it--it", "inference-endpoints/job": "ended" } });
    const { metadata, spec } = (job as Record<string, any>)["spec"].template as { metadata: object; spec: { containers: { args: string[]; volumeMounts: object[] }[]; volumes: object[] } };
    expect(metadata).toMatchObject({ labels: { team: "cellar", "inference-endpoints/job-id": id } });
    expect(spec.volumes).toEqual([
      { name: "job-input-0", persistentVolumeClaim: { claimName: "data" } },
      { name: "job-output-0", persistentVolumeClaim: { claimName: "data" } },
      { name: "job-record", configMap: { name: `job-${id}` } },
    ]);
    expect(spec.containers[0]?.volumeMounts).toEqual([
      { name: "job-input-0", mountPath: "/var/run/inference-endpoints/inputs/data", readOnly: true },
      { name: "job-output-0", mountPath: "/var/run/inference-endpoints/outputs/data", readOnly: false },
      { name: "job-record", mountPath: "/var/run/inference-endpoints/job", readOnly: true },
    ]);
    expect(spec.containers[0]?.args.slice(0, 3)).toEqual(["run-batch-job", "--entry-script", "lines.py"]);
  });

  test("the service does what its Role allows, and its Role allows nothing that it does not do", async () => {
    const file = fileOf({ it: inPods("lines.py", quick) });
    const service = await ClusterService.start(file);
    const input = service.input({ "a.txt": "sleep 60" });
    expect((await service.send("POST", "/jobs?dryRun=true", overClaim(input))).status).toBe(200);
    const id = await service.start(overClaim(input));
    await service.until(id, started);
    await service.send("GET", "/jobs");
    await service.send("POST", `/jobs/${id}/cancel`);
    await service.ended(id);
    const granted = JOB_PERMISSIONS.flatMap(({ resources, verbs }) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)));
    expect([...service.cluster.used].toSorted()).toEqual(granted.toSorted());
  });

  test("a cluster that refuses is told to callers as 503, and a service is not ready before it may look", async () => {
    const service = await ClusterService.start(fileOf({ it: inPods("lines.py", quick) }));
    service.cluster.fault = (verb) => (verb === "create" ? 403 : undefined);
    const { body, status } = await service.send<{ error: object }>("POST", "/jobs", overClaim("pvc://data/in"));
    expect([status, body.error]).toEqual([503, { code: "ServiceUnavailable", message: "a fault of the test's own" }]);
    service.cluster.fault = () => 403;
    const blind = await ClusterService.start(fileOf({ it: inPods("lines.py", quick) }), service.cluster);
    const probe = async (path: string): Promise<number> => (await fetch(new URL(path, blind.url))).status;
    expect([await probe("/startupz"), await probe("/readyz"), await probe("/livez")]).toEqual([503, 503, 200]);
  });

  test("a Job that the cluster does not take ends its job, with the cluster's words; one that it does not take now waits", async () => {
    const service = await ClusterService.start(fileOf({ it: inPods("lines.py", quick) }));
    const input = service.input(files(1));
    service.cluster.fault = (verb, resource) => (verb === "create" && resource === "jobs" ? 422 : undefined);
    expect((await service.run(overClaim(input))).properties).toMatchObject({ status: "Failed", error: { message: "the cluster does not take its Job: a fault of the test's own" } });
    service.cluster.fault = (verb, resource) => (verb === "create" && resource === "jobs" ? 403 : undefined); // a quota
    const id = await service.start(overClaim(input));
    await service.until(id, ({ properties }) => properties.status === "NotStarted");
    service.cluster.fault = undefined;
    expect((await service.ended(id)).properties.status).toBe("Completed");
  });

  test("records stay for their time and then go, with what they own; a question that nobody has answered goes too", async () => {
    const file = fileOf({ it: inPods("lines.py", quick) }, { recordRetentionDays: 1 });
    const service = await ClusterService.start(file);
    const input = service.input(files(1));
    const [old, young] = [(await service.run(overClaim(input))).name, (await service.run(overClaim(input))).name];
    service.stop();
    const record = service.cluster.all("configmaps").find(({ metadata }) => metadata.name === `job-${old}`) as { data: Record<string, string> };
    record.data["record.json"] = JSON.stringify({ ...(JSON.parse(record.data["record.json"] ?? "") as object), endedAt: new Date(Date.now() - 25 * 3_600_000).toISOString() });
    const next = await ClusterService.start(file, service.cluster);
    while (next.cluster.all("configmaps").length > 1) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(next.cluster.all("configmaps").map(({ metadata }) => metadata.name)).toEqual([`job-${young}`]);
    expect((await next.send("GET", `/jobs/${old}`)).status).toBe(404);
  });

  test("endpoints of one namespace know nothing of each other's jobs", async () => {
    const one = await ClusterService.start(fileOf({ it: inPods("lines.py", quick) }));
    const other = await ClusterService.start(fileOf({ it: inPods("lines.py", quick) }, { endpoint: "other" }), one.cluster);
    const job = await one.run(overClaim(one.input(files(1))));
    expect((await other.send("GET", `/jobs/${job.name}`)).status).toBe(404);
    expect((await other.send<{ value: unknown[] }>("GET", "/jobs")).body.value).toEqual([]);
  });
});

test("init() that raises ends the job with its own words, and no pod comes again", async () => {
  const service = await ClusterService.start(fileOf({ it: inPods("bad_init.py", { ...quick, instanceCount: 2 }) }));
  const { properties } = await service.run(overClaim(service.input(files(4))));
  expect(properties.error?.message).toMatch(/^the script cannot be run: .*bad_init\.py: RuntimeError: no model today$/);
  expect(service.cluster.all("pods").length).toBe(2);
  expect(readFileSync(service.path(properties.output.uri, "logs/user/error.txt"), "utf8")).toContain("no model today");
});
