/** What runs the steps of a pipeline: files and an account each, what Argo's executor may do as any of them, and their pods as the service makes them. */
import type { PipelineBatchDeployment } from "../../model/batch-deployment.ts";
import type { BatchOn } from "../../model/batch-endpoint.ts";
import type { Assets } from "../../model/bundle.ts";
import { pairName } from "../../model/names.ts";
import { outputOf, type PipelineJob, type PipelineStep } from "../../model/pipeline.ts";
import type { PlannedResource } from "../../model/plan.ts";
import { listed, show } from "../../model/refusal.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { STEP_PERMISSIONS } from "../../scoring/contract/batch-cluster.ts";
import { compileRole, compileRoleBinding, ROLE, ROLE_BINDING } from "./access.ts";
import { compileAssets } from "./assets.ts";
import { compileJobPod, settingsOf, type CompiledBatchDeployment } from "./batch-deployment.ts";
import { idOf, ofDeployment } from "./ids.ts";
import { deploymentMetadata } from "./metadata.ts";
import { serviceAccount } from "./online-deployment.ts";
import { stepKey, type Owner } from "./owner.ts";
import { serviceAccountName } from "./pod.ts";

/** A deployment that passed `batchVerdict`, which knows no component of Azure's. */
export const compilePipeline = <V>(owner: Owner<V>, name: string, { job = NO_STEPS, settings }: PipelineBatchDeployment<V>, assets: Assets): CompiledBatchDeployment => {
  const steps = Object.entries(job.jobs).map(([step, each]) => compileStep(owner, name, step, job as PipelineJob<V>, each as PipelineStep<V>, assets));
  const last = compileAssets(owner, name, {});
  return {
    resources: [...steps.flatMap(({ resources }) => resources), ...serviceAccount(owner, name), ...compileStepAccess(owner, name, [name, ...Object.keys(job.jobs).map((step) => stepKey(name, step))])],
    entry: {
      kind: "pipeline",
      pod: compileJobPod(owner, name, last),
      inputs: job.inputs,
      outputs: job.outputs,
      steps: Object.fromEntries(steps.map(({ entry, step }) => [step, entry])),
      continueOnStepFailure: settings.continueOnStepFailure,
    },
  };
};

const NO_STEPS = { inputs: {}, outputs: {}, jobs: {} };

const compileStep = <V>(owner: Owner<V>, name: string, step: string, job: PipelineJob<V>, each: PipelineStep<V>, assets: Assets): CompiledBatchDeployment & { readonly step: string } => {
  const key = stepKey(name, step);
  const files = compileAssets(owner, key, assets[pairName(name, step)] ?? {});
  const outputs = Object.fromEntries(Object.entries(each.outputs).map(([output, target]) => [output, outputOf(job, target)]));
  const what = each.type === "parallel" ? { kind: "model", settings: settingsOf(each) } : { kind: "command", command: each.command };
  return {
    step,
    // Children of their deployment's component.
    resources: [...files.resources, ...serviceAccount(owner, key)].map((resource) => ({ ...resource, deployment: name })),
    entry: { ...what, inputs: each.inputs, outputs, pod: compileJobPod(owner, key, files) },
  };
};

/** The executor of Argo stands beside each step and is its account; so is an account that the program names. */
const compileStepAccess = <V>(owner: Owner<V>, name: string, keys: readonly string[]): PlannedResource[] => {
  const metadata = deploymentMetadata(owner, name);
  const binding = compileRoleBinding(metadata, keys.map((key) => serviceAccountName(owner, key)));
  const dependsOn = [idOf("stepRole", name), ...keys.flatMap((key) => serviceAccount(owner, key)).map(({ id }) => id)];
  return [
    ofDeployment(owner, name, "stepRole", { type: ROLE, inputs: compileRole(metadata, STEP_PERMISSIONS) }),
    ofDeployment(owner, name, "stepRoleBinding", { type: ROLE_BINDING, inputs: binding, options: { dependsOn } }),
  ];
};

/** No cluster is asked before something is made in it. */
export const pipelineNotes = <V>({ deployments }: BatchOn<V, KubernetesTarget<V>>): string[] => {
  const pipelines = Object.entries(deployments).filter(([, { type }]) => type === "pipeline");
  return pipelines.length === 0 ? [] : [`jobs of ${listed(pipelines.map(([name]) => show(name)))} are Workflows: Argo Workflows 3.7 must be in the cluster, and look after the namespace of the jobs; "inference-endpoints doctor" looks`];
};
