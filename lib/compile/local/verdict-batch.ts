/** What cannot be done of a batch endpoint on this machine, and what is done otherwise than its author may think. */
import type { BatchDeployment, ModelBatchDeployment } from "../../model/batch-deployment.ts";
import type { BatchEndpoint } from "../../model/batch-endpoint.ts";
import type { Assets, DeploymentAssets } from "../../model/bundle.ts";
import { pairName } from "../../model/names.ts";
import type { PipelineStep } from "../../model/pipeline.ts";
import { show, type At, type Problem, type Verdict } from "../../model/refusal.ts";
import { isAzureSecret } from "../../model/variables.ts";
import { authProblems, authWarnings, modelProblems, SET_HERE, sourceProblems } from "./verdict.ts";
import { certainOfEach, judged, judgedEach } from "../../model/refused.ts";

export const batchVerdict = <V>(endpoint: BatchEndpoint<V>, assets: Assets): Verdict =>
  judged(
    () => ({ problems: authProblems(endpoint) }),
    () => ({ problems: defaultProblems(endpoint) }),
    () => ({ warnings: [...authWarnings(endpoint), ...externalWarnings(endpoint)] }),
    () => judgedEach(endpoint.deployments, (deployment, name) => deploymentVerdict(name, deployment, assets)),
  );

const deploymentVerdict = <V>(name: string, deployment: BatchDeployment<V>, assets: Assets): Partial<Verdict> => {
  const at: At = (path, message) => ({ path: `deployments.${name}${path}`, message });
  if (deployment.type === "model") return driverVerdict(deployment, assets[name] ?? {}, at);
  const { job } = deployment;
  if (job === undefined) return { problems: [at(".component", "a pipeline component that is registered in Azure runs there alone: write its steps, job, and they run here too")] };
  return judgedEach(job.jobs, (each, step) => stepVerdict(each, assets[pairName(name, step)] ?? {}, (path, message) => at(`.job.jobs.${step}${path}`, message)));
};

type Driven<V> = Pick<ModelBatchDeployment<V>, "codeConfiguration" | "environment" | "model" | "settings">;

const driverVerdict = <V>(driven: Driven<V>, files: DeploymentAssets, at: At): Verdict =>
  judged(
    () => ({ problems: sourceProblems(driven, at) }),
    () => ({ problems: modelProblems(driven, files, at) }),
    () => ({ problems: secretProblems(driven.settings.environmentVariables, (path, message) => at(`.settings${path}`, message)) }),
    () => ({ warnings: unusedWarnings(driven, driven.settings.environmentVariables, at) }),
  );

const stepVerdict = <V>(step: PipelineStep<V>, files: DeploymentAssets, at: At): Verdict =>
  step.type === "parallel"
    ? driverVerdict(step, files, at)
    : judged(
        () => ({ problems: secretProblems(step.environmentVariables, at) }),
        () => ({ warnings: step.environment?.image === undefined ? [] : [at(".environment.image", "not used here: the command runs as a process of this machine")] }),
      );

/** Another program's deployment does not run with this one: its callers would wait for nobody. */
const defaultProblems = <V>({ defaults, external }: BatchEndpoint<V>): Problem[] =>
  defaults === undefined || !external.includes(defaults.deploymentName)
    ? []
    : [{ path: "defaults.deploymentName", message: `deployment ${show(defaults.deploymentName)} is another program's, and does not run here: name another one on localhost, by configuration` }];

const externalWarnings = <V>({ external }: BatchEndpoint<V>): Problem[] =>
  external.map((name) => ({ path: `deployments.${name}`, message: "another program's deployment does not run here" }));

/** Values of jobs are written out: no other form of theirs is read elsewhere. */
const AZURE_SECRET = "a secret of Azure cannot be read here: set the value for localhost by configuration";

const secretProblems = (variables: Readonly<Record<string, unknown>>, at: At): Problem[] =>
  certainOfEach(variables, (value, key) => (isAzureSecret(value) ? [at(`.environmentVariables.${key}`, AZURE_SECRET)] : []));

const unusedWarnings = <V>({ codeConfiguration, environment }: Driven<V>, variables: Readonly<Record<string, V>>, at: At): Problem[] => [
  ...(environment?.image === undefined ? [] : [at(".environment.image", `not used here: ${codeConfiguration === undefined ? "the model is served by" : "the script runs in"} a process of this machine`)]),
  ...Object.keys(variables)
    .filter((name) => SET_HERE.includes(name))
    .map((name) => at(`.settings.environmentVariables.${name}`, "not used here: dev sets it itself, as Azure does")),
];
