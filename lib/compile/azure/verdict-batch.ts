/** What Azure Machine Learning cannot do of a batch endpoint, before anything is registered, and what it can but its author may not have meant. */
import type { BatchDeployment, ModelBatchDeployment } from "../../model/batch-deployment.ts";
import type { BatchOn } from "../../model/batch-endpoint.ts";
import type { Assets, DeploymentAssets } from "../../model/bundle.ts";
import { flavourOf, type Flavour } from "../../model/flavour.ts";
import { show, type At, type Problem, type Verdict } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { COMPUTE, settingsProblems, starterWarnings } from "./verdict-batch-parts.ts";
import { clusterWarnings, jobComputeProblems } from "./verdict-batch-compute.ts";
import { pipelineVerdict } from "./verdict-pipeline.ts";
import { elsewhereProblems, requirementProblems, shortFormProblems, sizeProblems, uploadProblems } from "./verdict-sources.ts";
import { versionProblems, writtenOf } from "./verdict.ts";
import { certain, judged, judgedEach } from "../../model/refused.ts";

type Endpoint<V> = BatchOn<V, AzureMlTarget<V>>;

export const batchVerdict = <V>(endpoint: Endpoint<V>, assets: Assets): Verdict =>
  judged(
    () => ({ problems: authProblems(endpoint) }),
    () => ({ problems: jobComputeProblems(endpoint) }),
    () => ({ problems: versionProblems(endpoint, assets) }),
    () => ({ warnings: clusterWarnings(endpoint) }),
    () => judgedEach(endpoint.deployments, (deployment, name) => deploymentVerdict(endpoint, name, deployment, assets)),
  );

const deploymentVerdict = <V>(endpoint: Endpoint<V>, name: string, deployment: BatchDeployment<V>, assets: Assets): Verdict => {
  const at: At = (path, message) => ({ path: `deployments.${name}${path}`, message });
  const files = assets[name] ?? {};
  if (deployment.type === "pipeline") return pipelineVerdict(endpoint, name, deployment, assets);
  return judged(
    () => ({ problems: modelProblems(endpoint, deployment, files, at) }),
    () => ({ warnings: starterWarnings(deployment, files, at) }),
  );
};

const authProblems = <V>(endpoint: Endpoint<V>): Problem[] =>
  certain(
    () => modeProblems(endpoint.authMode),
    () => writtenOf(endpoint.auth).map((key) => ({ path: `auth.${key}`, message: "a batch endpoint on Azure has no keys; leave it out" })),
  );

const modeProblems = (authMode: string | undefined): Problem[] =>
  authMode === undefined || authMode === "aad_token"
    ? []
    : [{ path: "authMode", message: `a batch endpoint on Azure takes tokens of Microsoft Entra alone: leave it out, or write "aad_token"; got ${show(authMode)}`, value: authMode }];

const modelProblems = <V>(endpoint: Endpoint<V>, deployment: ModelBatchDeployment<V>, files: DeploymentAssets, at: At): Problem[] =>
  certain(
    () => (deployment.azure.compute === undefined ? [at(".azure.compute", COMPUTE)] : []),
    () => elsewhereProblems(deployment, at),
    () => uploadProblems(endpoint.target, deployment, at),
    () => sourceProblems(deployment, files, at),
    () => requirementProblems(deployment, files, at),
    () => sizeProblems(files, at),
    () => settingsProblems(deployment, at),
    () => (endpoint.existing && endpoint.target.subscriptionId === undefined ? shortFormProblems(deployment, at) : []),
  );

const NO_SCRIPT = "Azure's batch driver runs Python scripts, and MLflow models without one: give codeConfiguration with a Python script";

const REFUSALS: Partial<Record<Flavour, readonly [path: string, message: string]>> = {
  javascript: [".codeConfiguration.scoringScript", "Azure's batch driver runs Python scripts alone"],
  onnx: ["", NO_SCRIPT],
  triton: [".model.type", NO_SCRIPT],
};

const sourceProblems = <V>(deployment: ModelBatchDeployment<V>, files: DeploymentAssets, at: At): Problem[] =>
  certain(
    () => flavourProblems(deployment, files, at),
    () => registryProblems(deployment.model, at),
    () => mlflowProblems(deployment, files, at),
    () => environmentProblems(deployment, files, at),
  );

const flavourProblems = <V>(deployment: ModelBatchDeployment<V>, files: DeploymentAssets, at: At): Problem[] => {
  const flavour = flavourOf(deployment, files);
  const refusal = REFUSALS[flavour] ?? (flavour === "unknown" && (deployment.model.kind !== "local" || files.model !== undefined) ? (["", NO_SCRIPT] as const) : undefined);
  return refusal === undefined ? [] : [at(...refusal)];
};

const registryProblems = <V>(model: ModelBatchDeployment<V>["model"], at: At): Problem[] =>
  model.kind === "id" && String(model.id).startsWith("azureml://registries/") ? [at(".model", "a batch deployment takes no model of a registry; register it in the workspace")] : [];

const mlflowProblems = <V>(deployment: ModelBatchDeployment<V>, files: DeploymentAssets, at: At): Problem[] =>
  flavourOf(deployment, files) === "mlflow" && (deployment.environment !== undefined || deployment.azure.environment !== undefined)
    ? [at(".environment", "an mlflow_model without a script brings its own environment; leave it out")]
    : [];

const environmentProblems = <V>(deployment: ModelBatchDeployment<V>, files: DeploymentAssets, at: At): Problem[] => {
  const { azure, environment } = deployment;
  if (azure.environment !== undefined) return [];
  if (environment !== undefined)
    return environment.image === undefined ? [at(".environment.image", "Azure builds on a base image: give environment.image, or a registered environment, azure.environment")] : [];
  return flavourOf(deployment, files) === "python"
    ? [at(".environment", "a scoring script needs an environment: give environment with image and condaFile or requirements, or a registered one, azure.environment")]
    : [];
};
