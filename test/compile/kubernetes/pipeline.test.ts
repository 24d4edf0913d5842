/** Pipelines on Kubernetes: what is made for their steps, who may do what, and what is refused. */
import { ConfigMap, Pod, ServiceAccount } from "kubernetes-models/v1";
import { Role, RoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileBatchEndpoint } from "../../../lib/compile/kubernetes/batch-endpoint.ts";
import { batchVerdict } from "../../../lib/compile/kubernetes/verdict-batch.ts";
import type { BatchOn } from "../../../lib/model/batch-endpoint.ts";
import type { Assets } from "../../../lib/model/bundle.ts";
import { parseBatch } from "../../../lib/model/parse.ts";
import type { Plan } from "../../../lib/model/plan.ts";
import type { KubernetesTarget } from "../../../lib/model/target.ts";
import { readClusterFile } from "../../../lib/scoring/batch/service-file.ts";
import { JOB_PERMISSIONS, PIPELINE_PERMISSIONS, STEP_COMMAND, STEP_PERMISSIONS, type ClusterPipeline } from "../../../lib/scoring/contract/batch-cluster.ts";
import { scratch } from "../../batch/service.ts";
import { podsOf, workflowsOf } from "../../cluster/workflows.ts";
import { byPath } from "../../model/declare.ts";
import { bundle, inputs, ONNX, sha256, TARGET } from "./support.ts";

const prepare = { type: "command", command: ["cp", "${{inputs.raw}}", "${{outputs.kept}}"], code: "./prepare", inputs: { raw: "${{parent.inputs.raw}}" }, outputs: { kept: { type: "uri_folder" } } };
const score = { type: "parallel", model: { path: "./model.onnx" }, resources: { instanceCount: 2 }, inputs: { files: "${{parent.jobs.prepare_all.outputs.kept}}" }, outputs: { scores: "${{parent.outputs.scores}}" } };
const sound = { inputs: { raw: { type: "uri_folder" } }, outputs: { scores: { type: "uri_folder" } }, jobs: { prepare_all: prepare, score } };
const ASSETS: Assets = { "steps--prepare_all": { code: bundle("prepare", { "p.py": "1" }) }, "steps--score": { model: ONNX } };

const args = (job: object = sound, more: object = {}, own: object = {}): object => ({
  kind: "batch",
  target: { ...TARGET, jobsNamespace: "jobs" },
  deployments: { steps: { type: "pipeline", job, ...own } },
  kubernetes: { jobsClaim: "outputs" },
  ...more,
});

const steps = (changes: { readonly prepare?: object; readonly score?: object }): object => ({ ...sound, jobs: { prepare_all: { ...prepare, ...changes.prepare }, score: { ...score, ...changes.score } } });

const parse = (given: object): BatchOn<string, KubernetesTarget<string>> => {
  const { endpoint, problems } = parseBatch<string>("credit", given, { stack: "o/p/s", sha256 });
  if (problems.length > 0) throw new Error(problems.map(({ message, path }) => `${path}: ${message}`).join("\n"));
  return endpoint as BatchOn<string, KubernetesTarget<string>>;
};

const plan = (given: object = args(), assets = ASSETS): Plan => compileBatchEndpoint(parse(given), assets);

const fileOf = (made: Plan): ClusterPipeline => {
  const path = join(scratch(), "service.json");
  writeFileSync(path, inputs(made, "invokerFile").data["service.json"]);
  return readClusterFile(path).deployments["steps"] as ClusterPipeline;
};

describe("what is made", () => {
  it("is files and an account for each step, children of the deployment, and valid", () => {
    const made = plan();
    const own = made.resources.filter(({ deployment }) => deployment === "steps");
    expect(own.map(({ id, logicalName }) => `${id} ${logicalName}`)).toEqual([
      expect.stringMatching(/^files:steps--prepare-all:code credit--steps--prepare-all-code-/),
      "serviceAccount:steps--prepare-all credit--steps--prepare-all-service-account",
      expect.stringMatching(/^files:steps--score:model credit--steps--score-model-/),
      "serviceAccount:steps--score credit--steps--score-service-account",
      "serviceAccount:steps credit--steps-service-account",
      "stepRole:steps credit--steps-step-role",
      "stepRoleBinding:steps credit--steps-step-role-binding",
    ]);
    const KINDS: Readonly<Record<string, new (data: any) => { validate(): void }>> = { ConfigMap, Role, RoleBinding, ServiceAccount };
    for (const { id } of own) {
      const object = inputs(made, id);
      expect(object.metadata.namespace).toBe("jobs");
      expect(() => new (KINDS[object.kind] as (typeof KINDS)[string])(object).validate()).not.toThrow();
    }
  });

  it("lets steps do what Argo's executor does as their account, and the service what it does with Workflows, and nobody more", () => {
    const made = plan(args(steps({ score: { kubernetes: { serviceAccount: { name: "reader" } } } })));
    expect(inputs(made, "stepRole:steps").rules).toEqual([{ apiGroups: ["argoproj.io"], resources: ["workflowtaskresults"], verbs: ["create", "patch"] }]);
    expect(STEP_PERMISSIONS).toEqual(inputs(made, "stepRole:steps").rules);
    const { metadata, roleRef, subjects } = inputs(made, "stepRoleBinding:steps");
    expect([metadata.name, roleRef.name, subjects.map(({ name }: { name: string }) => name)]).toEqual(["credit--steps", "credit--steps", ["credit--steps", "credit--steps--prepare-all", "reader"]]);
    const { dependsOn = [] } = made.resources.find(({ id }) => id === "stepRoleBinding:steps")?.options ?? {};
    expect(dependsOn).toEqual(["stepRole:steps", "serviceAccount:steps", "serviceAccount:steps--prepare-all"]);
    expect(inputs(made, "invokerRole").rules).toEqual([...JOB_PERMISSIONS, ...PIPELINE_PERMISSIONS]);
    const without = compileBatchEndpoint(parse(args(sound, { deployments: { blue: { model: { path: "./model.onnx" } } } })), { blue: { model: ONNX } });
    expect(inputs(without, "invokerRole").rules).toEqual(JOB_PERMISSIONS);
    expect(without.notes).toEqual([]);
  });

  it("is told to the service: the steps as they hang together, each with its pod", () => {
    const file = fileOf(plan(args(sound, {}, { kubernetes: { imagePullSecrets: ["registry"] } })));
    expect(file).toMatchObject({
      kind: "pipeline",
      inputs: { raw: { type: "uri_folder" } },
      outputs: { scores: { type: "uri_folder" } },
      continueOnStepFailure: false,
      pod: { spec: { serviceAccountName: "credit--steps", imagePullSecrets: [{ name: "registry" }] } },
      steps: {
        prepare_all: { kind: "command", command: prepare.command, inputs: { raw: { input: "raw" } }, outputs: { kept: { type: "uri_folder" } }, pod: { spec: { serviceAccountName: "credit--steps--prepare-all", automountServiceAccountToken: false } } },
        score: { kind: "model", settings: { instanceCount: 2 }, inputs: { files: { step: "prepare_all", output: "kept" } }, outputs: { scores: { type: "uri_folder", output: "scores" } } },
      },
    });
    expect(file.steps["prepare_all"]?.pod.spec.containers[0]).toMatchObject({ args: ["run-batch-job"], env: [{ name: "AML_APP_ROOT", value: "/var/azureml-app/prepare" }] });
  });

  it("says before anything is made what must be in the cluster", () => expect(plan().notes).toEqual([expect.stringMatching(/^jobs of "steps" are Workflows: Argo Workflows 3\.7 must be in the cluster.*doctor/)]));
});

it("the service makes pods of it that are valid, at the restricted level whatever the controller adds, and only what Argo adds has a token", () => {
  const block = { nodeSelector: { a: "b" }, tolerations: [{ key: "gpu", operator: "Exists" }], priorityClassName: "low", imagePullSecrets: ["r"], affinity: { nodeAffinity: {} } };
  const made = plan(args(steps({ score: { kubernetes: block } })));
  const [workflow = {}, ...others] = workflowsOf([inputs(made, "invokerFile")]);
  expect([workflow["apiVersion"], workflow["kind"], others]).toEqual(["argoproj.io/v1alpha1", "Workflow", []]);
  const pods = podsOf(workflow);
  expect(pods.map(({ metadata, spec }) => [metadata.labels["inference-endpoints/step"], spec.serviceAccountName])).toEqual([["prepare_all", "credit--steps--prepare-all"], ["score", "credit--steps--score"], ["publish-outputs", "credit--steps"]]);
  for (const pod of pods) {
    expect(() => new Pod(pod as never).validate()).not.toThrow();
    const { automountServiceAccountToken, containers, initContainers, securityContext, volumes } = pod["spec"];
    expect([automountServiceAccountToken, securityContext.runAsNonRoot, securityContext.seccompProfile]).toEqual([false, true, { type: "RuntimeDefault" }]);
    for (const { securityContext: own } of [...containers, ...initContainers]) expect(own).toMatchObject({ allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } });
    const withToken = [...containers, ...initContainers].filter(({ volumeMounts }) => volumeMounts.some(({ name }: { name: string }) => name === "job-token"));
    expect(withToken.map(({ name }) => name)).toEqual(["wait", "init"]);
    const names: string[] = volumes.map(({ name }: { name: string }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { volumeMounts } of [...containers, ...initContainers]) for (const { name } of volumeMounts) expect(names).toContain(name);
  }
  expect(pods[1]?.["spec"]).toMatchObject({ nodeSelector: { a: "b" }, tolerations: block.tolerations, priorityClassName: "low", imagePullSecrets: [{ name: "r" }], affinity: block.affinity, enableServiceLinks: false });
});

it("Argo starts a step as the image starts by itself, but that tini is not the first process there", () => {
  const [, entrypoint = "[]"] = /^ENTRYPOINT (.*)$/m.exec(readFileSync(new URL("../../../lib/scoring/Dockerfile", import.meta.url), "utf8")) ?? [];
  const [tini, ...rest] = JSON.parse(entrypoint) as string[];
  expect(STEP_COMMAND).toEqual([tini, "-s", ...rest]);
});

const UNDER = "deployments.steps.job.jobs";

describe("what is refused", () => {
  it("nothing of what works", () => expect(batchVerdict(parse(args()), ASSETS)).toEqual({ problems: [], warnings: [] }));

  it.each([
    ["a component of Azure's", args(undefined, {}, { job: undefined, component: "azureml:c:1" }), { "deployments.steps.component": /^a pipeline component that Azure knows runs there alone: write its steps/ }],
    ["no claim", args(sound, { kubernetes: {} }), { "kubernetes.jobsClaim": /^steps of a pipeline hand files on by a claim/ }],
    ["packages that nobody installs", args(steps({ prepare: { environment: { requirements: "r.txt" } } })), { [`${UNDER}.prepare_all.environment.requirements`]: /^nothing is installed in a cluster/ }],
    ["a registered model", args(steps({ score: { model: "azureml:wine:1" } })), { [`${UNDER}.score.model`]: /^a model registered in Azure cannot be read here/ }],
    ["a secret of Azure in a command", args(steps({ prepare: { environmentVariables: { A: "${{keyvault:https://v}}" } } })), { [`${UNDER}.prepare_all.environmentVariables.A`]: /^a secret of Azure cannot be read here: mount/ }],
    ["the same in a model", args(steps({ score: { settings: { environmentVariables: { A: "${{keyvault:https://v}}" } } } })), { [`${UNDER}.score.settings.environmentVariables.A`]: /^a secret of Azure cannot be read here: mount/ }],
    ["a text that Argo would read", args(steps({ prepare: { environmentVariables: { PROMPT: "Dear {{name}}" } } })), { [`${UNDER}.prepare_all.environmentVariables.PROMPT`]: /^Argo Workflows reads \{\{…\}\} as a template of its own/ }],
    ["the same in an annotation", args(steps({ score: { kubernetes: { podAnnotations: { note: "{{x}}" } } } })), { [`${UNDER}.score.kubernetes.podAnnotations.note`]: /^Argo Workflows reads/ }],
    ["a volume of Argo's", args(steps({ score: { kubernetes: { volumes: [{ name: "var-run-argo", emptyDir: {} }] } } })), { [`${UNDER}.score.kubernetes.volumes.0.name`]: /^Argo Workflows has a volume of this name/ }],
    ["a volume of the jobs' own", args(sound, {}, { kubernetes: { volumes: [{ name: "job-record", emptyDir: {} }] } }), { "deployments.steps.kubernetes.volumes.0.name": /^jobs have volumes of their own/ }],
    ["a rolling update", args(steps({ score: { kubernetes: { rollingUpdate: { maxSurge: 1 } } } })), { [`${UNDER}.score.kubernetes.rollingUpdate`]: /^jobs are not rolled over/ }],
    ["names that are too long together", args(sound, { name: "a23456789012345678901234567890ab", deployments: { "steps-of-a-long-name": { type: "pipeline", job: sound } } }), { "deployments.steps-of-a-long-name.job.jobs.prepare_all": /59 characters together; got 63/ }],
    ["a name that Kubernetes does not end so", args({ ...sound, jobs: { prepare_all: prepare, score, last_: { type: "command", command: ["true"] } } }), { [`${UNDER}.last_`]: /^Kubernetes ends no name like this/ }],
    ["no image at all", args(sound, { target: { ...TARGET, jobsNamespace: "jobs", scoringImage: undefined } }), { "target.scoringImage": /./, "deployments.steps.kubernetes.scoringImage": /^expected the image/, [`${UNDER}.prepare_all.kubernetes.scoringImage`]: /^expected the image/, [`${UNDER}.score.kubernetes.scoringImage`]: /^expected the image/ }],
  ])("is refused with %s", (_what, given, expected: Readonly<Record<string, RegExp>>) => {
    const found = byPath(batchVerdict(parse(given), ASSETS).problems);
    expect(Object.keys(found).toSorted()).toEqual(Object.keys(expected).toSorted());
    for (const [path, message] of Object.entries(expected)) expect(found[path]).toMatch(message);
  });

  it("a late text that Argo would read is refused by the service, by its place", () => {
    const made = plan(args(steps({ prepare: { environmentVariables: { PROMPT: "Dear {{name}}" } } })));
    expect(() => fileOf(made)).toThrow(/deployments\.steps\.steps\.prepare_all\.pod: one of its texts holds \{\{, which Argo Workflows reads as a template/);
  });

  it("code that is too large is told by the step's own path", () => {
    const large = { kind: "folder", name: "prepare", root: "/src/prepare", files: [], bytes: 2_000_000, hash: "0" } as const;
    const { problems } = batchVerdict(parse(args()), { ...ASSETS, "steps--prepare_all": { code: large } });
    expect(problems.map(({ path }) => path)).toEqual([`${UNDER}.prepare_all.code`]);
  });
});
