/** A deployment of a batch endpoint on this machine: as many worker processes as the instances of a job would have in all, or steps in their order. */
import type { BatchDeployment, ModelBatchDeployment } from "../../model/batch-deployment.ts";
import type { Assets, DeploymentAssets } from "../../model/bundle.ts";
import { pairName } from "../../model/names.ts";
import { outputOf, type PipelineJob, type PipelineStep } from "../../model/pipeline.ts";
import type { LocalBatchDeployment, LocalDriver, LocalStep } from "./plan.ts";
import { compileSources } from "./sources.ts";

export const compileBatchDeployment = <V>(endpoint: string, name: string, deployment: BatchDeployment<V>, assets: Assets): LocalBatchDeployment<V>[] => {
  if (deployment.type === "model") return [{ name, type: "model", ...driver(endpoint, deployment, assets[name] ?? {}) }];
  const { job, settings } = deployment;
  if (job === undefined) return [];
  const steps = Object.entries(job.jobs).map(([step, each]) => compileStep(endpoint, job, step, each, assets[pairName(name, step)] ?? {}));
  const { inputs, outputs } = job;
  return [{ name, type: "pipeline", inputs, outputs, steps, continueOnStepFailure: settings.continueOnStepFailure, filesHash: steps.map(({ filesHash }) => filesHash).join(" ") }];
};

type Driven<V> = Pick<ModelBatchDeployment<V>, "codeConfiguration" | "environment" | "model" | "resources" | "settings">;

const driver = <V>(endpoint: string, deployment: Driven<V>, files: DeploymentAssets): LocalDriver<V> => {
  const { environmentVariables, partitionRows, ...settings } = deployment.settings;
  return {
    settings: { ...settings, instanceCount: deployment.resources.instanceCount, ...(partitionRows === undefined ? {} : { partitionRows }) },
    entryScript: deployment.codeConfiguration?.scoringScript,
    ...compileSources(endpoint, deployment, environmentVariables, files),
  };
};

const compileStep = <V>(endpoint: string, job: PipelineJob<V>, name: string, step: PipelineStep<V>, files: DeploymentAssets): LocalStep<V> => {
  const outputs = Object.fromEntries(Object.entries(step.outputs).map(([key, target]) => [key, outputOf(job, target)]));
  const ports = { name, inputs: step.inputs, outputs };
  if (step.type === "parallel") return { ...ports, type: "parallel", ...driver(endpoint, step, files) };
  return { ...ports, type: "command", command: step.command, ...compileSources(endpoint, step, step.environmentVariables, files) };
};
