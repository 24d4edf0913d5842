/** Batch endpoints on Kubernetes: what is made, what the service is told, and what is refused. */
import { Deployment } from "kubernetes-models/apps/v1";
import { Job } from "kubernetes-models/batch/v1";
import { Role, RoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1";
import { ConfigMap, Service, ServiceAccount } from "kubernetes-models/v1";
import { HTTPRoute } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileBatchEndpoint } from "../../../lib/compile/kubernetes/batch-endpoint.ts";
import { batchVerdict } from "../../../lib/compile/kubernetes/verdict-batch.ts";
import type { BatchOn } from "../../../lib/model/batch-endpoint.ts";
import type { Assets } from "../../../lib/model/bundle.ts";
import { parseBatch } from "../../../lib/model/parse.ts";
import type { Plan } from "../../../lib/model/plan.ts";
import type { KubernetesTarget } from "../../../lib/model/target.ts";
import { jobOf } from "../../../lib/scoring/batch/cluster/job.ts";
import { planJob } from "../../../lib/scoring/batch/cluster/plan-job.ts";
import { parseRequest } from "../../../lib/scoring/batch/request.ts";
import { readClusterFile } from "../../../lib/scoring/batch/service-file.ts";
import { JOB_PERMISSIONS, type BatchClusterFile } from "../../../lib/scoring/contract/batch-cluster.ts";
import { scratch } from "../../batch/service.ts";
import { bundle, GATEWAY, inputs, MODEL, onnxFor, sha256, TARGET } from "./support.ts";

const JOBS = { ...TARGET, jobsNamespace: "jobs" };
const SCRIPT = { model: { path: "./model" }, codeConfiguration: { code: "./scoring", scoringScript: "score.py" } };
const FILES: Assets = { blue: { model: bundle("model", { a: "1" }), code: bundle("scoring", { "score.py": "" }) } };

const args = (over: object = {}): object => ({ kind: "batch", target: JOBS, deployments: { blue: MODEL }, defaults: { deploymentName: "blue" }, ...over });

const parse = (given: object): BatchOn<string, KubernetesTarget<string>> => {
  const { endpoint, problems } = parseBatch<string>("credit", given, { stack: "o/p/s", sha256 });
  if (problems.length > 0) throw new Error(problems.map(({ message, path }) => `${path}: ${message}`).join("\n"));
  return endpoint as BatchOn<string, KubernetesTarget<string>>;
};

const plan = (given: object = args(), assets?: Assets): Plan => {
  const endpoint = parse(given);
  return compileBatchEndpoint(endpoint, assets ?? onnxFor(endpoint));
};

const problems = (given: object, assets?: Assets): string[] => {
  const endpoint = parse(given);
  return batchVerdict(endpoint, assets ?? onnxFor(endpoint)).problems.map(({ message, path }) => `${path}: ${message}`);
};

const fileOf = (made: Plan): BatchClusterFile => {
  const path = join(scratch(), "service.json");
  writeFileSync(path, inputs(made, "invokerFile").data["service.json"]);
  return readClusterFile(path);
};

describe("what is made", () => {
  it("is in the namespace of the jobs, all of it, and valid", () => {
    const made = plan(args({ deployments: { blue: { ...SCRIPT, kubernetes: { volumes: [{ name: "data", emptyDir: {} }] } } } }), FILES);
    const KINDS: Readonly<Record<string, new (data: any) => { validate(): void }>> = { ConfigMap, Deployment, HTTPRoute, Role, RoleBinding, Service, ServiceAccount };
    const objects = made.resources.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(objects.map(({ id }) => id)).toEqual(["keys", "files:blue:model", "files:blue:code", "serviceAccount:blue", "invokerFile", "invokerAccount", "invokerRole", "invokerRoleBinding", "invoker", "invokerService", "route"]);
    for (const { id } of objects) {
      const object = inputs(made, id);
      expect(object.metadata.namespace).toBe("jobs");
      if (object.kind !== "Secret") expect(() => new (KINDS[object.kind] as (typeof KINDS)[string])(object).validate()).not.toThrow();
    }
  });

  it("has addresses of jobs, below a path of its own namespace", () => {
    const made = plan();
    expect((made.outputs["scoringUri"] as { parts: unknown[] }).parts.flat()).toContain("/jobs");
    expect(inputs(made, "route").spec.rules[0]).toMatchObject({ backendRefs: [{ name: "credit", port: 80 }], matches: [{ path: { type: "PathPrefix", value: "/endpoints/jobs/credit" } }], timeouts: { request: "90000ms" } });
    expect(inputs(plan(args({ target: { ...JOBS, gateway: { ...GATEWAY, implementation: "gke" } } })), "route").spec.rules[0].timeouts).toBeUndefined();
  });

  it("lets the service do what the client asks for, and gives jobs no token", () => {
    const made = plan();
    expect(inputs(made, "invokerRole").rules).toEqual(JOB_PERMISSIONS);
    expect(inputs(made, "invokerRoleBinding")).toMatchObject({ roleRef: { kind: "Role", name: "credit" }, subjects: [{ kind: "ServiceAccount", name: "credit", namespace: "jobs" }] });
    expect(inputs(made, "invoker").spec.template.spec).toMatchObject({ automountServiceAccountToken: true, serviceAccountName: "credit" });
    expect(fileOf(made).deployments["blue"]?.pod.spec).toMatchObject({ automountServiceAccountToken: false, serviceAccountName: "credit--blue" });
    expect(inputs(made, "serviceAccount:blue").automountServiceAccountToken).toBe(false);
  });

  it("rolls the service when its file changes, and by another name, so that a pod reads one file for as long as it lives", () => {
    const name = (given: object): string => inputs(plan(given), "invokerFile").metadata.name;
    const file = name(args());
    expect(inputs(plan(), "invoker").spec.template.spec.volumes).toContainEqual({ configMap: { name: file }, name: "batch" });
    expect(name(args({ kubernetes: { maxConcurrentJobs: 1 } }))).not.toBe(file);
    expect(name(args({ deployments: { blue: { ...MODEL, kubernetes: { scoringImage: "other" } } } }))).not.toBe(file);
    expect(name(args({ tags: { a: "b" } }))).toBe(file);
  });

  it("takes tokens in place of keys, by the service alone", () => {
    const made = plan(args({ authMode: "aml_token", auth: { callers: [{ namespace: "shop", serviceAccount: "cart" }] } }));
    expect(made.resources.map(({ id }) => id)).not.toContain("keys");
    const { containers, volumes } = inputs(made, "invoker").spec.template.spec;
    expect(containers[0].args.join(" ")).toContain("--tokens /var/run/inference-endpoints/tokens/tokens.json");
    expect(containers[0].args).not.toContain("--keys");
    const mounted: string[] = containers[0].volumeMounts.map(({ name }: { name: string }) => name);
    expect(volumes.map(({ name }: { name: string }) => name).toSorted()).toEqual(mounted.toSorted());
    expect(inputs(made, "tokens").data["tokens.json"]).toContain("system:serviceaccount:shop:cart");
    expect(made.outputs["keysSecretName"]).toBeUndefined();
    expect(made.outputs["tokenAudience"]).toBeDefined();
    expect(fileOf(made).deployments["blue"]?.pod.spec).not.toMatchObject({ volumes: expect.arrayContaining([expect.objectContaining({ name: "tokens" })]) });
  });

  it("has Envoy Gateway check keys too, where it is told to", () => {
    expect(inputs(plan(args({ auth: { enforce: "gateway" } })), "securityPolicy").spec.targetRefs).toEqual([{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", name: "credit" }]);
    expect(plan().resources.map(({ id }) => id)).not.toContain("securityPolicy");
  });

  it("is told to the service as it is written, with the defaults", () => {
    const file = fileOf(plan());
    expect(file).toMatchObject({ endpoint: "credit", defaultDeployment: "blue", maxConcurrentJobs: 10, recordRetentionDays: 30, ttlSecondsAfterFinished: 600 });
    expect(file.deployments["blue"]).toHaveProperty("settings", { miniBatchSize: 10, maxConcurrencyPerInstance: 1, instanceCount: 1, outputAction: "append_row", outputFileName: "predictions.csv", errorThreshold: -1, retrySettings: { maxRetries: 3, timeout: 30 }, loggingLevel: "info" });
    const own = fileOf(plan(args({ kubernetes: { jobsClaim: "outputs", queueName: "nightly", maxConcurrentJobs: 1, recordRetentionDays: 1, ttlSecondsAfterFinished: 5 } })));
    expect(own).toMatchObject({ jobsClaim: "outputs", queueName: "nightly", maxConcurrentJobs: 1, recordRetentionDays: 1, ttlSecondsAfterFinished: 5 });
  });
});

it("the service makes valid Jobs of it", () => {
  const model = { model: { image: "wine:1", path: "/models/wine", mount: "copy" }, codeConfiguration: SCRIPT.codeConfiguration, kubernetes: { nodeSelector: { a: "b" }, tolerations: [{ key: "gpu", operator: "Exists" }], resources: { limits: { "nvidia.com/gpu": "1" } }, imagePullSecrets: ["r"] }, resources: { instanceCount: 3 } };
  const file = fileOf(plan(args({ deployments: { blue: model }, kubernetes: { jobsClaim: "outputs" } }), { blue: { code: bundle("scoring", { "score.py": "" }) } }));
  const deployment = file.deployments["blue"] as BatchClusterFile["deployments"][string];
  const request = parseRequest(JSON.stringify({ properties: { InputData: { x: { JobInputType: "UriFolder", Uri: "pvc://data/in" } } } }), deployment);
  const record = planJob(file, deployment, { id: "9e1b", deployment: "blue", createdAt: "", fingerprint: "", request });
  const job = jobOf({ file, deployment, record, owner: { metadata: { name: "job-9e1b", uid: "u" } } }) as unknown as { spec: { template: { spec: { containers: { args: string[] }[]; initContainers: object[]; volumes: { name: string }[] } } } };
  expect(() => new Job(job as never).validate()).not.toThrow();
  expect(job.spec).toMatchObject({ completions: 3, parallelism: 3, backoffLimitPerIndex: 1000, maxFailedIndexes: 0, completionMode: "Indexed" });
  expect(job.spec).toMatchObject({
    podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { containerName: "scoring", operator: "In", values: [65] } }, { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }] },
  });
  const { containers, initContainers, volumes } = job.spec.template.spec;
  expect(containers[0]?.args.join(" ")).toBe("run-batch-job --entry-script score.py --record /var/run/inference-endpoints/job/record.json --inputs /var/run/inference-endpoints/inputs --outputs /var/run/inference-endpoints/outputs --attempt 0");
  expect(initContainers.length).toBe(1);
  expect(volumes.map(({ name }) => name)).toEqual(["tmp", "model", "code", "job-input-0", "job-output-0", "job-record"]);
});

describe("what is refused", () => {
  it.each([
    ["no namespace of jobs", args({ target: TARGET }), /^target\.jobsNamespace: a batch endpoint needs a namespace for its jobs/],
    ["that of online endpoints", args({ target: { ...JOBS, jobsNamespace: "ml" } }), /^target\.jobsNamespace: expected another namespace than that of online endpoints.*got "ml"/],
    ["a name that is none", args({ target: { ...JOBS, jobsNamespace: "My_Jobs" } }), /^target\.jobsNamespace: expected a namespace/],
    ["no image for the service", args({ target: { ...JOBS, scoringImage: undefined }, deployments: { blue: { ...MODEL, kubernetes: { scoringImage: "own" } } } }), /^target\.scoringImage: expected the image of the scoring container/],
    ["tokens of any caller of the cluster", args({ authMode: "aml_token" }), /^auth\.callers: authMode "aml_token" needs the service accounts that may call/],
    ["callers, where keys open", args({ auth: { callers: [{ namespace: "shop", serviceAccount: "cart" }] } }), /^auth\.callers: it is for authMode "aml_token"/],
    ["ways out of pods that are not closed", args({ deployments: { blue: { ...MODEL, kubernetes: { egressAllow: [{ cidr: "10.0.0.0/8" }] } } } }), /^deployments\.blue\.kubernetes\.egressAllow: no NetworkPolicy is made for the pods of jobs/],
    ["another program's deployment", args({ deployments: { blue: MODEL, green: "external" } }), /^deployments\.green: on Kubernetes all deployments of a batch endpoint are in its service's one file/],
    ["collected data", args({ deployments: { blue: { ...MODEL, kubernetes: { collectedData: { claim: "c" } } } } }), /^deployments\.blue\.kubernetes\.collectedData: it is for online deployments/],
    ["rolling updates", args({ deployments: { blue: { ...MODEL, kubernetes: { rollingUpdate: { maxSurge: 1 } } } } }), /^deployments\.blue\.kubernetes\.rollingUpdate: jobs are not rolled over/],
    ["a volume of the jobs' own", args({ deployments: { blue: { ...MODEL, kubernetes: { volumes: [{ name: "job-input-0", emptyDir: {} }] } } } }), /^deployments\.blue\.kubernetes\.volumes\.0\.name: jobs have volumes of their own/],
    ["a mount over the claims", args({ deployments: { blue: { ...MODEL, kubernetes: { volumes: [{ name: "d", emptyDir: {} }], volumeMounts: [{ name: "d", mountPath: "/var/run/inference-endpoints/inputs/x" }] } } } }), /^deployments\.blue\.kubernetes\.volumeMounts\.0\.mountPath: the container keeps its own files/],
    ["an environment without its image", args({ deployments: { blue: { ...MODEL, environment: { image: "base" } } } }), /^deployments\.blue\.environment\.image: nothing is installed in a cluster/],
    ["a secret of Azure", args({ deployments: { blue: { ...MODEL, settings: { environmentVariables: { A: "${{azureml://connections/x/credentials/y}}" } } } } }), /^deployments\.blue\.settings\.environmentVariables\.A: a secret of Azure cannot be read here: mount a Secret/],
    ["a claim by a name that is none", args({ kubernetes: { jobsClaim: "Out_1" } }), /^kubernetes\.jobsClaim: expected a name of Kubernetes/],
  ])("%s", (_, given, message) => {
    const told = problems(given);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(message);
  });

  it("nothing of what works", () => expect(problems(args({ authMode: "key" }))).toEqual([]));
});
