/** A local endpoint as plain data: what the supervisor starts and how the router shares requests. */
import type { Probe } from "../../model/probes.ts";
import type { BatchPipelineDeployment, BatchSettings, PipelineStep } from "../../scoring/contract/batch.ts";
import type { DataCollectorFile, ServeOptions } from "../../scoring/contract.ts";

/** One online endpoint on this machine. */
export interface LocalPlan<V> {
  readonly name: string;
  /** Path under which the router answers: `/endpoints/<name>`. */
  readonly path: string;
  readonly deployments: readonly LocalDeployment<V>[];
  /** Percent by deployment, the positive ones alone; they sum to 100, or there is no traffic. */
  readonly traffic: readonly LocalShare[];
  /** The shadow, if one gets a copy. */
  readonly mirror?: LocalShare | undefined;
}

export interface LocalShare {
  readonly deployment: string;
  readonly percent: number;
}

/** What a deployment of either kind of endpoint is made of. */
export interface LocalSources<V> {
  /** What stands below `AZUREML_MODEL_DIR`, laid out as on Azure: `<name>/<version>/<linkName>` leads to `source`. */
  readonly model?: LocalModel | undefined;
  /** Folder of the scoring script; it is `AML_APP_ROOT`. */
  readonly code?: string | undefined;
  readonly environment: Readonly<Record<string, V>>;
  /** Whether Python runs it: a Python script, or an MLflow model. */
  readonly needsPython: boolean;
  readonly python?: LocalPython | undefined;
  /** Changes when files of the deployment do. */
  readonly filesHash: string;
}

/** One deployment: a front process with its workers. */
export interface LocalDeployment<V> extends LocalSources<V> {
  readonly name: string;
  /** Options of `serve`, without those that the runner adds: host, port, keys, python, model folder. */
  readonly serve: ServeOptions;
  /** Variables whose values stand in Secrets elsewhere; here the runner finds them beside the program. */
  readonly secrets: readonly string[];
  readonly probes: LocalProbes;
  /** What the front collects. */
  readonly collector?: LocalCollector | undefined;
}

/** How the runner asks the front how it is. Without startup, liveness decides about a front that does not get ready. */
export interface LocalProbes {
  readonly startup?: Probe;
  readonly liveness: Probe;
  readonly readiness: Probe;
}

export interface LocalModel {
  readonly name: string;
  readonly version: string;
  readonly linkName: string;
  readonly source: string;
}

/** All that the front's file says, but for the place: the runner knows it. */
export type LocalCollector = Omit<DataCollectorFile, "sink">;

/** The file that says which Python packages a script or a model needs. */
export type LocalPython = (LocalRequirements | { readonly condaFile: string }) & {
  /** Requirements of the server itself; a package that the file names stays as the file wants it. */
  readonly also?: readonly string[];
};

export interface LocalRequirements {
  readonly requirements: string;
  /** MLflow's `python_env.yaml`, or its conda file: names the version of Python that the model was made with. */
  readonly pythonFile?: string | undefined;
}

/** One batch endpoint on this machine: a service that takes jobs, and runs them in worker processes. */
export interface LocalBatchPlan<V> {
  readonly kind: "batch";
  readonly name: string;
  /** Path under which it answers: `/endpoints/<name>`. */
  readonly path: string;
  /** Which deployment answers who names none. */
  readonly defaultDeployment?: string | undefined;
  readonly deployments: readonly LocalBatchDeployment<V>[];
}

/** A deployment that runs a model over files, or a pipeline. */
export type LocalBatchDeployment<V> = LocalModelDeployment<V> | LocalPipelineDeployment<V>;

/** What runs a model over files. What the runner adds: the model's folder, and the Python that runs the script. */
export interface LocalDriver<V> extends LocalSources<V> {
  readonly settings: BatchSettings;
  /** Below `code`. */
  readonly entryScript?: string | undefined;
}

export interface LocalModelDeployment<V> extends LocalDriver<V> {
  readonly name: string;
  readonly type: "model";
}

export interface LocalPipelineDeployment<V> extends Pick<BatchPipelineDeployment, "inputs" | "outputs" | "continueOnStepFailure"> {
  readonly name: string;
  readonly type: "pipeline";
  readonly steps: readonly LocalStep<V>[];
  /** Changes when files of a step do. */
  readonly filesHash: string;
}

/** A step: a model over files, or a command that runs in its folder of code. */
export type LocalStep<V> = Pick<PipelineStep, "inputs" | "outputs"> & { readonly name: string } & (
    | ({ readonly type: "parallel" } & LocalDriver<V>)
    | ({ readonly type: "command"; readonly command: readonly string[] } & LocalSources<V>)
  );
