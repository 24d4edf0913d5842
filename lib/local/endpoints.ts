/** What the runner is given: endpoints with their deployments ready to start, and what it tells about them. */
import type { BatchServeOptions } from "../scoring/contract/batch.ts";
import type { ServeOptions } from "../scoring/contract.ts";
import type { Probes } from "./probes.ts";

/** What is started for a batch endpoint. */
export interface BatchService {
  /** The script that is forked, with the flags of `serve-batch`. */
  readonly entry: string;
  /** Host and port are the runner's. */
  readonly options: BatchServeOptions;
}

/** A deployment to run: one front process, restarted when it dies. */
export interface RunDeployment {
  readonly name: string;
  /** Changes whenever something changes that needs a new process: code, model, environment, options, probes. */
  readonly hash: string;
  /** Options of the front; host and port are the runner's. */
  readonly serve: ServeOptions;
  /** In place of a front: the invocation service of a batch endpoint, which answers for all its deployments. */
  readonly batch?: BatchService;
  /** The whole environment of the process. Nothing of this process's own is added, so a secret in the shell stays there. */
  readonly env: Readonly<Record<string, string>>;
  /** Working directory. Default: this process's. */
  readonly cwd?: string;
  /** @default - nobody asks; a front that ends is started again all the same */
  readonly probes?: Probes;
}

/** A share of an endpoint's requests, in percent. */
export interface Share {
  readonly deployment: string;
  readonly percent: number;
}

/** An endpoint to run. */
export interface RunEndpoint {
  readonly name: string;
  /** Two segments, `/endpoints/<name>`. It goes on to the front unchanged; the front strips it. */
  readonly path: string;
  /** Sums to 100, or no traffic: then only requests that name a deployment are answered. */
  readonly traffic: readonly Share[];
  /** The deployment that gets copies of requests; its answers are thrown away. */
  readonly mirror?: Share;
  readonly deployments: readonly RunDeployment[];
}

/** Names a deployment of an endpoint. */
export interface DeploymentName {
  readonly endpoint: string;
  readonly deployment: string;
}

/** Why a front ended. */
export interface Ending {
  /** The script's own error with file and reason, or how the process ended. */
  readonly reason: string;
  /** The Python module that is not installed, when that is what is wrong. */
  readonly missingModule?: string | undefined;
}

/**
 * What a deployment is doing.
 *
 * - `starting`: the process runs, the model is not loaded yet; requests get 503.
 * - `ready`: it answers.
 * - `unready`: it lives, but its readiness probe fails; requests get 503 until it succeeds.
 * - `failed`: the process ended before it was ready, by itself or because a probe had it killed; it is tried again after `retryInMs`.
 * - `restarting`: it was ready and died, or was killed; a new process comes after `retryInMs`.
 * - `draining`: it gets no new requests and ends its last ones.
 * - `stopped`: its process is gone for good.
 */
export type DeploymentState =
  | { readonly state: "starting" | "ready"; readonly pid: number }
  | { readonly state: "unready"; readonly pid: number; readonly reason: string }
  | ({ readonly state: "failed" | "restarting"; readonly retryInMs: number } & Ending)
  | { readonly state: "draining" | "stopped" };

/** A deployment and what it is doing. */
export type DeploymentStatus = DeploymentName & DeploymentState;

/** A deployment that did not become ready, and why. */
export interface DeploymentFailure extends DeploymentName, Ending {
  /** True when the version before it is still there and goes on answering. */
  readonly keptPrevious: boolean;
}
