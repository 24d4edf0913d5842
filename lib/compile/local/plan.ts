/** A local endpoint as plain data: what the supervisor starts and how the router shares requests. */
import type { Probe } from "../../model/probes.ts";
import type { DataCollectorFile, ServeOptions } from "../../scoring/contract.ts";

/** One endpoint on this machine. */
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

/** One deployment: a front process with its workers. */
export interface LocalDeployment<V> {
  readonly name: string;
  /** Options of `serve`, without those that the runner adds: host, port, keys, python, model folder. */
  readonly serve: ServeOptions;
  /** What stands below `AZUREML_MODEL_DIR`, laid out as on Azure: `<name>/<version>/<linkName>` leads to `source`. */
  readonly model?: LocalModel | undefined;
  /** Folder of the scoring script; it is `AML_APP_ROOT`. */
  readonly code?: string | undefined;
  readonly environment: Readonly<Record<string, V>>;
  /** Variables whose values stand in Secrets elsewhere; here the runner finds them beside the program. */
  readonly secrets: readonly string[];
  /** Whether Python runs it: a Python script, or an MLflow model. */
  readonly needsPython: boolean;
  readonly python?: LocalPython | undefined;
  readonly probes: LocalProbes;
  /** What the front collects. */
  readonly collector?: LocalCollector | undefined;
  /** Changes when files of the deployment do. */
  readonly filesHash: string;
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
