/** A pipeline that a program writes itself: steps that hand folders on to each other, under the names of the `az ml` YAML schema. */
import { z } from "zod";
import { PIPELINE_INPUT_TYPES, PIPELINE_OUTPUT_TYPES } from "../scoring/contract/batch.ts";
import { batchEnvironment, batchResources, type BatchEnvironmentArgs, type BatchResourcesArgs } from "./batch-environment.ts";
import { batchSettings, type BatchSettingsArgs } from "./batch-settings.ts";
import { either, flag, list, ofKind, oneOf, record, refusing, strict, text, under } from "./fields.ts";
import { pipelineProblems, type StepSource, type StepTarget } from "./pipeline-graph.ts";
import { kubernetesDeployment, type KubernetesDeploymentArgs } from "./pod.ts";
import { codeConfiguration, folder, plainModel, type CodeConfigurationArgs, type ModelArgs } from "./sources.ts";
import { plainVariables } from "./variables.ts";

/** An input of a pipeline: data by its URI, or a literal. */
export interface PipelineInputArgs {
  /** `uri_folder` and `uri_file` are data, the others literals. */
  readonly type: "uri_folder" | "uri_file" | "string" | "number" | "integer" | "boolean";
  /** Of a literal that the caller leaves out. @default - none: the caller must give it, unless it is optional */
  readonly default?: string | number | boolean;
  /** Whether the caller may leave it out; a step then gets an empty text. @default false */
  readonly optional?: boolean;
}

/** An output of a pipeline or of a step. */
export interface PipelineOutputArgs {
  /** What is written: a folder, or one file. */
  readonly type: "uri_folder" | "uri_file";
}

/** What a step reads and writes. */
export interface StepPortsArgs {
  /** By name: `"${{parent.inputs.raw}}"`, `"${{parent.jobs.prepare.outputs.kept}}"`, or a literal. @default - none */
  readonly inputs?: Readonly<Record<string, string | number | boolean>>;
  /** By name: `"${{parent.outputs.scores}}"`, or `{ type }` for what only other steps read. @default - none */
  readonly outputs?: Readonly<Record<string, string | PipelineOutputArgs>>;
}

/** A step that runs a command. It reads and writes files by their paths, and has succeeded when it exits with 0. */
export interface CommandStepArgs<V> extends StepPortsArgs {
  /** A program and its arguments. */
  readonly type: "command";
  /** A program and its arguments. `${{inputs.<name>}}` and `${{outputs.<name>}}` in them stand for literals and for paths. */
  readonly command: readonly string[];
  /** Folder of this machine, in which it runs. @default - none */
  readonly code?: string;
  /** What it runs in; required on Azure, with an image. @default - none */
  readonly environment?: BatchEnvironmentArgs<V>;
  /** @default - none */
  readonly environmentVariables?: Readonly<Record<string, V>>;
  /** What only Kubernetes understands: of the pod that runs it, in an image that stands on the scoring container. @default - the defaults of its fields */
  readonly kubernetes?: KubernetesDeploymentArgs<V>;
}

/**
 * A step that runs a model over the files of its one data input, and writes one output. On Azure: with a Python script, over a `uri_folder`, into a
 * `uri_file`, or into a `uri_folder` with `outputAction` `summary_only`.
 */
export interface ParallelStepArgs<V> extends StepPortsArgs {
  /** A model over files. */
  readonly type: "parallel";
  /** `{ path }`. */
  readonly model: V | ModelArgs;
  /** As of a model deployment. @default - none */
  readonly codeConfiguration?: CodeConfigurationArgs<V>;
  /** What the script runs in; required on Azure, with an image. @default - none */
  readonly environment?: BatchEnvironmentArgs<V>;
  /** @default - the defaults of its fields */
  readonly resources?: BatchResourcesArgs;
  /** @default - the defaults of its fields */
  readonly settings?: BatchSettingsArgs<V>;
  /** What only Kubernetes understands: of the pods that run it, as many as it has instances. @default - the defaults of its fields */
  readonly kubernetes?: KubernetesDeploymentArgs<V>;
}

/** A step, by `type`. */
export type PipelineStepArgs<V> = CommandStepArgs<V> | ParallelStepArgs<V>;

/** A pipeline: steps run as soon as what they read is there. Names of inputs, outputs and steps are lower-case letters, digits and underscores. */
export interface PipelineJobArgs<V> {
  /** What a caller gives. @default - none */
  readonly inputs?: Readonly<Record<string, PipelineInputArgs>>;
  /** What a caller gets; each is written by one step. @default - none */
  readonly outputs?: Readonly<Record<string, PipelineOutputArgs>>;
  /** The steps by name, one or more. */
  readonly jobs: Readonly<Record<string, PipelineStepArgs<V>>>;
}

const literal = () => z.union([z.string(), z.number(), z.boolean()], { error: "expected a text, a number, true or false" });

const output = () => strict({ type: oneOf(...PIPELINE_OUTPUT_TYPES) }, "an output: { type }");

const PARENT_INPUT = /^\$\{\{\s*parent\.inputs\.(\w+)\s*\}\}$/;
const STEP_OUTPUT = /^\$\{\{\s*parent\.jobs\.(\w+)\.outputs\.(\w+)\s*\}\}$/;
const PARENT_OUTPUT = /^\$\{\{\s*parent\.outputs\.(\w+)\s*\}\}$/;

const source = () =>
  literal().transform((value, context): StepSource => {
    const [given, made] = typeof value === "string" ? [PARENT_INPUT.exec(value), STEP_OUTPUT.exec(value)] : [];
    if (given?.[1] !== undefined) return { input: given[1] };
    if (made?.[1] !== undefined && made[2] !== undefined) return { step: made[1], output: made[2] };
    if (typeof value !== "string" || !value.includes("${{")) return { value };
    context.addIssue({ code: "custom", message: "expected ${{parent.inputs.<name>}}, ${{parent.jobs.<step>.outputs.<name>}} or a literal" });
    return z.NEVER;
  }) as z.ZodType<StepSource, string | number | boolean>;

const boundOutput = () =>
  text("an output").transform((value, context): StepTarget => {
    const name = PARENT_OUTPUT.exec(value)?.[1];
    if (name !== undefined) return { output: name };
    context.addIssue({ code: "custom", message: "expected ${{parent.outputs.<name>}}, or { type }" });
    return z.NEVER;
  }) as z.ZodType<StepTarget, string>;

const ports = () => ({
  inputs: record(source(), "an object of inputs by name").default({}),
  outputs: record(either((value) => typeof value === "string", boundOutput(), output()), "an object of outputs by name").default({}),
});

const commandStep = <V>() =>
  strict(
    {
      type: oneOf("command"),
      ...ports(),
      command: list(text("a program or an argument"), "a list: a program and its arguments", "a program"),
      code: folder<V>().optional(),
      environment: batchEnvironment<V>().optional(),
      environmentVariables: plainVariables<V>().default({}),
      kubernetes: kubernetesDeployment<V>().prefault({}),
    },
    "a step",
  );

const parallelStep = <V>() =>
  strict(
    {
      type: oneOf("command", "parallel").pipe(oneOf("parallel")),
      ...ports(),
      model: plainModel<V>(),
      codeConfiguration: codeConfiguration<V>().optional(),
      environment: batchEnvironment<V>().optional(),
      resources: batchResources(),
      settings: batchSettings<V>().prefault({}),
      kubernetes: kubernetesDeployment<V>().prefault({}),
    },
    "a step",
  );

const step = <V>() => ofKind("type", "command", commandStep<V>(), parallelStep<V>());

const input = () => strict({ type: oneOf(...PIPELINE_INPUT_TYPES), default: literal().optional(), optional: flag().default(false) }, "an input: { type }");

/** @internal */
export const pipelineJob = <V>() =>
  under(
    strict(
      {
        inputs: record(input(), "an object of inputs by name").default({}),
        outputs: record(output(), "an object of outputs by name").default({}),
        jobs: under(record(step<V>(), "an object of steps by name"), (steps) => refusing([], Object.keys(steps).length > 0 ? undefined : "expected one step or more")),
      },
      "a pipeline: { inputs, outputs, jobs }",
    ),
    pipelineProblems,
  );

/** A step, parsed. @internal */
export type PipelineStep<V> = Readonly<z.output<ReturnType<typeof step<V>>>>;

/** A pipeline, parsed. @internal */
export interface PipelineJob<V> {
  readonly inputs: Readonly<Record<string, z.output<ReturnType<typeof input>>>>;
  readonly outputs: Readonly<Record<string, z.output<ReturnType<typeof output>>>>;
  readonly jobs: Readonly<Record<string, PipelineStep<V>>>;
}

/** What a step's output is: one of the pipeline's says it there, one between steps says it itself. @internal */
export const outputOf = <V>({ outputs }: PipelineJob<V>, target: StepTarget) => ("output" in target ? { type: outputs[target.output]?.type ?? ("uri_folder" as const), output: target.output } : target);
