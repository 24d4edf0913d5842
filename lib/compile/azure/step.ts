/** A step of a pipeline: what it is by itself, a component, and how it stands in its pipeline. Keys are those of the YAML schema, which components keep. */
import type { DeploymentAssets } from "../../model/bundle.ts";
import { join, type Value } from "../../model/late.ts";
import type { StepSource, StepTarget } from "../../model/pipeline-graph.ts";
import { outputOf, type PipelineJob, type PipelineStep } from "../../model/pipeline.ts";
import type { ModelSource } from "../../model/sources.ts";
import type { DeploymentIds } from "./assets.ts";
import { some } from "./online-deployment.ts";
import { ENTRY_FILE } from "./step-entry.ts";

type Parallel<V> = Extract<PipelineStep<V>, { type: "parallel" }>;

/** The input of a parallel step that is its model, beside the one that the program names. */
const modelInput = <V>({ inputs }: Parallel<V>): string => ("model" in inputs ? "step_model" : "model");

/** One that only Azure has seen is refused before. */
const modelType = <V>({ model }: Parallel<V>): string => ("type" in model ? model.type : "custom_model");

/** What a component is made of. */
export type Spec = Readonly<Record<string, unknown>>;

/** The component of a step. */
export const stepSpec = <V>(job: PipelineJob<V>, step: PipelineStep<V>, ids: DeploymentIds<V>, files: DeploymentAssets): Spec => ({
  type: step.type,
  inputs: {
    ...Object.fromEntries(Object.entries(step.inputs).map(([name, source]) => [name, portOf(job, source)])),
    ...(step.type === "parallel" ? { [modelInput(step)]: { type: modelType(step) } } : {}),
  },
  outputs: Object.fromEntries(Object.entries(step.outputs).map(([name, target]) => [name, { type: outputType(job, target) }])),
  ...(step.type === "parallel" ? parallelSpec(step, ids, files) : { code: prefixed(ids.code), environment: prefixed(ids.environment), command: commandLine(job, step) }),
});

const prefixed = <V>(id: Value<V> | undefined): Value<V> | undefined => (id === undefined ? undefined : join<V>`azureml:${id}`);

/** What a step's input is. A literal is a text: what a command gets of it is that of localhost. */
const portOf = <V>(job: PipelineJob<V>, source: StepSource) => {
  if ("value" in source) return { type: "string" };
  if ("input" in source) return { type: job.inputs[source.input]?.type, ...(isOptional(job, source) ? { optional: true } : {}) };
  const target = job.jobs[source.step]?.outputs[source.output];
  return { type: target === undefined ? undefined : outputType(job, target) };
};

/** Whether a step's input is one of the job's that callers may leave out. */
const isOptional = <V>({ inputs }: PipelineJob<V>, source: StepSource | undefined): boolean => source !== undefined && "input" in source && inputs[source.input]?.optional === true;

/** What a step writes. */
export const outputType = <V>(job: PipelineJob<V>, target: StepTarget): "uri_folder" | "uri_file" => outputOf(job, target).type;

const LEVELS = { info: "INFO", warning: "WARNING", debug: "DEBUG" } as const;

const parallelSpec = <V>(step: Parallel<V>, ids: DeploymentIds<V>, files: DeploymentAssets): Spec => {
  const { codeConfiguration, inputs, model, outputs, resources, settings } = step;
  const [output = ""] = Object.keys(outputs);
  const appended = settings.outputAction === "append_row";
  const words = ["--step-script", word(codeConfiguration?.scoringScript ?? ""), "--step-model", `\${{inputs.${modelInput(step)}}}`, "--step-model-name", word(modelName(model, files) ?? "")];
  return {
    input_data: `\${{inputs.${Object.keys(inputs)[0] ?? ""}}}`,
    mini_batch_size: String(settings.miniBatchSize),
    resources: { instance_count: resources.instanceCount },
    max_concurrency_per_instance: settings.maxConcurrencyPerInstance,
    error_threshold: settings.errorThreshold,
    logging_level: LEVELS[settings.loggingLevel],
    retry_settings: { max_retries: settings.retrySettings.maxRetries, timeout: settings.retrySettings.timeout },
    task: {
      type: "run_function",
      code: prefixed(ids.code),
      entry_script: ENTRY_FILE,
      environment: prefixed(ids.environment),
      program_arguments: [...words, ...(appended ? [] : ["--step-output", `\${{outputs.${output}}}`])].join(" "),
      ...(appended ? { append_row_to: `\${{outputs.${output}}}` } : {}),
    },
  };
};

/** What the model's file or folder is called below `AZUREML_MODEL_DIR`; unknown of one that only Azure has seen. */
export const modelName = <V>(model: ModelSource<V>, files: DeploymentAssets): string | undefined => {
  if (model.kind === "local") return files.model?.name;
  return model.kind === "uri" ? model.path.split(/[?#]/)[0]?.split("/").findLast((part) => part !== "") : undefined;
};

/** Azure gives the line to a shell. What nobody gives of an optional input leaves an empty text, as on localhost. */
const commandLine = <V>(job: PipelineJob<V>, { command, inputs }: Extract<PipelineStep<V>, { type: "command" }>): string => {
  const filled = (text: string): string =>
    text.replaceAll(/\$\{\{\s*(inputs|outputs)\.(\w+)\s*\}\}/g, (_, kind: string, name: string) => (kind === "inputs" && isOptional(job, inputs[name]) ? `$[[\${{inputs.${name}}}]]` : `\${{${kind}.${name}}}`));
  return command.map((text) => word(filled(text))).join(" ");
};

/** A word of a shell's line. */
const word = (text: string): string => (/^[\w/:=.,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** How a step stands in its pipeline. */
export const stepNode = <V>(name: string, step: PipelineStep<V>, componentId: Value<V>, ids: DeploymentIds<V>): Spec => ({
  name,
  type: step.type,
  componentId,
  inputs: {
    ...Object.fromEntries(Object.entries(step.inputs).map(([key, source]) => [key, { job_input_type: "literal", value: bound(source) }])),
    ...(step.type === "parallel" ? { [modelInput(step)]: { job_input_type: modelType(step), mode: "Download", uri: ids.model } } : {}),
  },
  outputs: Object.fromEntries(Object.entries(step.outputs).map(([key, target]) => [key, "type" in target ? { job_output_type: target.type } : { type: "literal", value: `\${{parent.outputs.${target.output}}}` }])),
  environment_variables: some(step.type === "command" ? step.environmentVariables : step.settings.environmentVariables),
});

const bound = (source: StepSource): string => {
  if ("input" in source) return `\${{parent.inputs.${source.input}}}`;
  return "step" in source ? `\${{parent.jobs.${source.step}.outputs.${source.output}}}` : String(source.value);
};
