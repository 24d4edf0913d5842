/**
 * What everybody outside the scoring container may know about its batch half: the file that tells an invocation service of its deployments, its
 * flags, its routes and the words of its answers. Compilers write the file, the service reads it, so that one form serves Kubernetes and localhost.
 */
import type { LogFormat } from "../contract.ts";

/** Routes of the service. Under a path prefix they stand behind it; `/jobs/{id}/cancel` and `/jobs/{id}/resume` below one job. */
export const BATCH_ROUTES = { jobs: "/jobs" } as const;

/** Header names beyond those of `HEADERS`, lower case as Node gives them. */
export const BATCH_HEADERS = {
  /** A repeated invocation with the same value returns the first one's job. */
  idempotencyKey: "idempotency-key",
} as const;

/** Query parameter of `POST /jobs`: `true` says what a job would do, and starts none. */
export const DRY_RUN = "dryRun";

/** States of a job, in the words of Azure's data plane. */
export const JOB_STATUSES = [
  "NotStarted",
  "Starting",
  "Provisioning",
  "Preparing",
  "Queued",
  "Running",
  "Finalizing",
  "CancelRequested",
  "Completed",
  "Failed",
  "Canceled",
  "NotResponding",
  "Paused",
  "Unknown",
] as const;

/** One of {@link JOB_STATUSES}. */
export type JobStatus = (typeof JOB_STATUSES)[number];

/** States that a job does not leave by itself; `Failed` and `Canceled` may be resumed. */
export const ENDED: readonly JobStatus[] = ["Completed", "Failed", "Canceled"];

/** What becomes of the results of `run()`. */
export const OUTPUT_ACTIONS = ["append_row", "summary_only"] as const;
/** How much a job logs. */
export const LOGGING_LEVELS = ["info", "warning", "debug"] as const;

/** How a model deployment runs a job. All of them are settled: the schema of the model has filled in the defaults. */
export interface BatchSettings {
  /** Files of one call of `run()`, 1 or more. */
  readonly miniBatchSize: number;
  /** Worker processes on an instance, 1 or more. */
  readonly maxConcurrencyPerInstance: number;
  /** Instances of a job, 1 or more: pods on Kubernetes; on localhost its processes are multiplied by it. */
  readonly instanceCount: number;
  readonly outputAction: (typeof OUTPUT_ACTIONS)[number];
  /** Name of the merged file, with `append_row`. */
  readonly outputFileName: string;
  /** Failed files above which a job fails, 0 or more; -1: a job fails when no mini-batch succeeded. */
  readonly errorThreshold: number;
  readonly retrySettings: {
    /** Tries of a mini-batch after the first one, 0 or more. */
    readonly maxRetries: number;
    /** Seconds of one try, 1 or more. */
    readonly timeout: number;
  };
  readonly loggingLevel: (typeof LOGGING_LEVELS)[number];
  /**
   * Rows of one call of `run()`, 1 or more: each CSV or Parquet file of the input is split into files of so many rows. Absent: files are never split,
   * as on Azure.
   */
  readonly partitionRows?: number;
}

/** What runs a model deployment's mini-batches: a script, or what the model folder holds (MLflow, ONNX). */
export interface BatchDriver {
  /** Path of the Python, JavaScript or TypeScript script, below {@link appRoot}. Absent: the model folder decides. */
  readonly entryScript?: string;
  /** Folder of the code, `AML_APP_ROOT`. */
  readonly appRoot?: string;
  /** Folder of the model, `AZUREML_MODEL_DIR`. */
  readonly modelDir?: string;
  /** Python interpreter. Absent: `python3`. */
  readonly python?: string;
  /** The deployment's own variables. */
  readonly environmentVariables: Readonly<Record<string, string>>;
}

/** A deployment whose driver runs over the files of one input. */
export interface BatchModelDeployment {
  readonly kind: "model";
  readonly driver: BatchDriver;
  readonly settings: BatchSettings;
}

/** Types of a pipeline's inputs, in the words of the `az ml` YAML schema. */
export const PIPELINE_INPUT_TYPES = ["uri_folder", "uri_file", "string", "number", "integer", "boolean"] as const;
/** Types of a pipeline's outputs. */
export const PIPELINE_OUTPUT_TYPES = ["uri_folder", "uri_file"] as const;

/** An input of a pipeline: data, or a literal. */
export interface PipelineInput {
  readonly type: (typeof PIPELINE_INPUT_TYPES)[number];
  /** Of a literal that the caller leaves out. Absent: the caller must give it, unless it is optional. */
  readonly default?: string | number | boolean;
  readonly optional?: boolean;
}

/** Where a step's input comes from: an input of the pipeline, another step's output, or a value. */
export type StepInput = { readonly input: string } | { readonly step: string; readonly output: string } | { readonly value: string | number | boolean };

/** Where a step's output goes: to an output of the pipeline, or nowhere but to other steps. */
export type StepOutput = { readonly type: (typeof PIPELINE_OUTPUT_TYPES)[number]; readonly output?: string };

/** What a step reads and writes, by name, and what it does: all that is the same wherever it runs. */
export type PlannedStep = {
  readonly inputs: Readonly<Record<string, StepInput>>;
  readonly outputs: Readonly<Record<string, StepOutput>>;
} & (
  | { readonly kind: "model"; readonly settings: BatchSettings }
  | {
      readonly kind: "command";
      /** A program and its arguments. `${{inputs.<name>}}` and `${{outputs.<name>}}` in them stand for a literal, or for the path of a folder or file. */
      readonly command: readonly string[];
    }
);

/** Steps, which hand folders on to each other. They run as soon as the outputs that they read are there; a cycle is refused before it comes here. */
export interface PlannedPipeline<S extends PlannedStep = PlannedStep> {
  readonly inputs: Readonly<Record<string, PipelineInput>>;
  readonly outputs: Readonly<Record<string, { readonly type: (typeof PIPELINE_OUTPUT_TYPES)[number] }>>;
  readonly steps: Readonly<Record<string, S>>;
  /** Whether steps that do not read from a failed one still run; the job fails all the same. */
  readonly continueOnStepFailure: boolean;
}

/** A step of a pipeline on this machine. A command runs in {@link BatchDriver.appRoot}. */
export type PipelineStep = (Extract<PlannedStep, { kind: "model" }> & { readonly driver: BatchDriver }) | (Extract<PlannedStep, { kind: "command" }> & Pick<BatchDriver, "appRoot" | "environmentVariables">);

/** A deployment that runs the steps of a pipeline. */
export interface BatchPipelineDeployment extends PlannedPipeline<PipelineStep> {
  readonly kind: "pipeline";
}

/** One deployment of a batch endpoint. */
export type BatchDeploymentFile = BatchModelDeployment | BatchPipelineDeployment;

/** The file of `--service`: an endpoint and its deployments. */
export interface BatchServiceFile {
  readonly endpoint: string;
  /** Which deployment answers when the caller names none. Absent: the caller must name one. */
  readonly defaultDeployment?: string;
  readonly deployments: Readonly<Record<string, BatchDeploymentFile>>;
}

/** Options of `inference-endpoints serve-batch`, the invocation service. Absent means the default named here. */
export interface BatchServeOptions {
  /** A JSON file, {@link BatchServiceFile}: jobs run in processes of this machine. Needed without {@link cluster}. */
  readonly service?: string;
  /** Folder of the jobs' records, and of the outputs of jobs that name none; made where it is missing. Needed with {@link service}. */
  readonly jobs?: string;
  /** A JSON file, `BatchClusterFile`, instead of both: jobs run as Jobs and Workflows of the cluster and the namespace of this pod, whose service account may make them. */
  readonly cluster?: string;
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** 0 lets the system choose. Default 5001. */
  readonly port?: number;
  /** A prefix stripped from every path, such as `/endpoints/credit`. Default none. */
  readonly pathPrefix?: string;
  /** Where the two keys are: a JSON file or a folder with `primaryKey` and `secondaryKey`. Absent: no authentication by key. */
  readonly keys?: string;
  /** A JSON file that says which tokens are accepted. Default: no tokens. */
  readonly tokens?: string;
  /** How log lines are written. Default `text`. */
  readonly logFormat?: LogFormat;
}

/** Every flag of `serve-batch` with the option it sets, in the order of {@link batchServeArguments}. */
export const BATCH_FLAGS: readonly (readonly [keyof BatchServeOptions, string])[] = [
  ["service", "--service"],
  ["jobs", "--jobs"],
  ["cluster", "--cluster"],
  ["host", "--host"],
  ["port", "--port"],
  ["pathPrefix", "--path-prefix"],
  ["keys", "--keys"],
  ["tokens", "--tokens"],
  ["logFormat", "--log-format"],
];

/** The flags of `serve-batch` for these options, in a fixed order. */
export const batchServeArguments = (options: BatchServeOptions): string[] =>
  BATCH_FLAGS.flatMap(([key, flag]) => (options[key] === undefined ? [] : [flag, String(options[key])]));
