/** Pipelines that Azure Machine Learning would run otherwise than localhost, or not at all. */
import type { PipelineBatchDeployment } from "../../model/batch-deployment.ts";
import type { BatchOn } from "../../model/batch-endpoint.ts";
import type { Assets, DeploymentAssets } from "../../model/bundle.ts";
import { flavourOf } from "../../model/flavour.ts";
import { pairName } from "../../model/names.ts";
import type { PipelineJob, PipelineStep } from "../../model/pipeline.ts";
import type { At, Problem, Verdict } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { isAzureSecret } from "../../model/variables.ts";
import { outputType } from "./step.ts";
import { COMPUTE, settingsProblems, starterWarnings } from "./verdict-batch-parts.ts";
import { nodeProblems } from "./verdict-batch-compute.ts";
import { elsewhereProblems, requirementProblems, SHORT_FORM, sizeProblems, uploadProblems } from "./verdict-sources.ts";
import { certain, certainOfEach, judged, judgedEach } from "../../model/refused.ts";

type Endpoint<V> = BatchOn<V, AzureMlTarget<V>>;
type Parallel<V> = Extract<PipelineStep<V>, { type: "parallel" }>;
type Command<V> = Extract<PipelineStep<V>, { type: "command" }>;

export const pipelineVerdict = <V>(endpoint: Endpoint<V>, name: string, deployment: PipelineBatchDeployment<V>, assets: Assets): Verdict => {
  const { component } = deployment;
  const at: At = (path, message) => ({ path: `deployments.${name}${path}`, message });
  if (component !== undefined) return { problems: endpoint.existing && endpoint.target.subscriptionId === undefined && component.kind === "registered" ? [at(".component", SHORT_FORM)] : [], warnings: [] };
  const { job } = deployment;
  if (job === undefined) return { problems: [], warnings: [] };
  return judged(
    () => ({ problems: deployment.azure.compute === undefined ? [at(".azure.compute", COMPUTE)] : [] }),
    () =>
      judgedEach(job.jobs, (step, key) => {
        const inStep: At = (path, message) => at(`.job.jobs.${key}${path}`, message);
        return stepVerdict(endpoint, job, step, { at: inStep, compute: () => deployment.azure.compute, files: assets[pairName(name, key)] ?? {} });
      }),
  );
};

interface Around<V> {
  readonly at: At;
  readonly compute: () => PipelineBatchDeployment<V>["azure"]["compute"];
  readonly files: DeploymentAssets;
}

const stepVerdict = <V>({ target }: Endpoint<V>, job: PipelineJob<V>, step: PipelineStep<V>, around: Around<V>): Verdict => {
  const { at, files } = around;
  const common = certain(
    () => elsewhereProblems(step, at),
    () => uploadProblems(target, step, at),
    () => imageProblems(step, at),
    () => requirementProblems(step, files, at),
    () => sizeProblems(files, at),
  );
  return judged(
    () => ({ problems: common }),
    () => (step.type === "command" ? commandVerdict(job, step, at) : parallelVerdict(job, step, around)),
  );
};

const commandVerdict = <V>(job: PipelineJob<V>, step: Command<V>, at: At): Verdict =>
  judged(
    () => ({ problems: secretProblems(step, at) }),
    () => ({ warnings: pastedWarnings(job, step, at) }),
  );

const parallelVerdict = <V>(job: PipelineJob<V>, step: Parallel<V>, around: Around<V>): Verdict => {
  const { at, files } = around;
  return judged(
    () => ({ problems: scriptProblems(step, files, at) }),
    () => ({ problems: settingsProblems(step, at) }),
    () => ({ problems: portProblems(job, step, at) }),
    () => ({ problems: stepNodeProblems(step, around) }),
    () => ({ warnings: starterWarnings(step, files, at) }),
  );
};

const imageProblems = <V>({ environment }: PipelineStep<V>, at: At): Problem[] => {
  if (environment === undefined) return [at(".environment", "Azure runs a step in an environment of its own: give environment with image, and condaFile or requirements for what is installed on it")];
  return environment.image === undefined ? [at(".environment.image", "Azure builds on a base image: give environment.image")] : [];
};

const secretProblems = <V>({ environmentVariables }: Command<V>, at: At): Problem[] =>
  certainOfEach(environmentVariables, (value, key) =>
    isAzureSecret(value) ? [at(`.environmentVariables.${key}`, "Azure resolves references to secrets in online deployments alone: let the command read the secret, as the job's caller")] : [],
  );

const scriptProblems = <V>(step: Parallel<V>, files: DeploymentAssets, at: At): Problem[] => {
  const told = (isSo: boolean, path: string, message: string): Problem[] => (isSo ? [at(path, message)] : []);
  return certain(
    () => told(flavourOf(step, files) !== "python", ".codeConfiguration", "Azure's parallel steps run Python scripts alone, also over an mlflow_model: give codeConfiguration with a Python script"),
    () => told(step.codeConfiguration !== undefined && step.codeConfiguration.code.kind !== "local", ".codeConfiguration.code", "what starts the script is put beside it: write a folder of this machine"),
    () =>
      told(
        step.model.kind === "registered" || step.model.kind === "id",
        ".model",
        "a script finds its model by the name of a file or folder, and Azure gives a step a registered model without one: write { path }, a file or folder of this machine or a URI",
      ),
  );
};

const portProblems = <V>(job: PipelineJob<V>, step: Parallel<V>, at: At): Problem[] =>
  certain(
    () => certainOfEach(step.inputs, (source, name) => (isFile(job, source) ? [at(`.inputs.${name}`, FILES)] : [])),
    () =>
      certainOfEach(step.outputs, (target, name) =>
        step.settings.outputAction === "append_row" && outputType(job, target) === "uri_folder"
          ? [at(`.outputs.${name}`, "Azure's parallel steps put the rows into one file: make it a uri_file; or let the script write files of its own, outputAction summary_only")]
          : [],
      ),
  );

const FILES = "Azure's parallel steps run over the files of a folder: make it a uri_folder, with this file alone in it where there is one";

const isFile = <V>(job: PipelineJob<V>, source: Parallel<V>["inputs"][string]): boolean =>
  ("input" in source && job.inputs[source.input]?.type === "uri_file") || ("step" in source && stepOutput(job, source) === "uri_file");

const stepOutput = <V>(job: PipelineJob<V>, { output, step }: { readonly step: string; readonly output: string }): string | undefined => {
  const target = job.jobs[step]?.outputs[output];
  return target === undefined ? undefined : outputType(job, target);
};

const stepNodeProblems = <V>({ resources }: Parallel<V>, around: Around<V>): Problem[] => {
  const compute = around.compute();
  return compute?.kind === "new" ? nodeProblems(around.at, compute.create, () => resources.instanceCount, () => undefined) : [];
};

/** Azure pastes what a caller gives into the line before a shell reads it. */
const pastedWarnings = <V>(job: PipelineJob<V>, { command, inputs }: Command<V>, at: At): Problem[] =>
  command.flatMap((text, i) =>
    [...text.matchAll(/\$\{\{\s*inputs\.(\w+)\s*\}\}/g)].flatMap(([, name = ""]) => {
      const source = inputs[name];
      const pasted = source !== undefined && "input" in source && job.inputs[source.input]?.type === "string";
      return pasted ? [at(`.command.${i}`, `Azure pastes the text of input ${JSON.stringify(source.input)} into a shell's line, where a caller's quote ends the word: let who calls give a file where callers are not trusted`)] : [];
    }),
  );
