/** What a front serves: the workers of one kind, and the routes that this kind has beyond the contract's. */
import type { Call } from "./call.ts";
import type { Pool } from "./pool.ts";
import type { WorkerKind } from "./worker.ts";

/** Answers a route in the front itself. */
export type OwnAnswer = (call: Call, pool: Pool) => void;

/** What a front serves. */
export interface Model {
  readonly kind: WorkerKind;
  /** Who answers a route that the contract does not have: a worker, or the front. Undefined: the model has no such route. */
  readonly find?: (method: string, path: string) => "worker" | OwnAnswer | undefined;
  /** Methods of `/score`. Default: what the workers say. */
  readonly methods?: readonly string[];
  /** Makes of a request what a worker is to see of it; `path` as the routes have understood it. */
  readonly prepare?: (call: Call, path: string, query: string) => void;
  /** Why a restart would help; undefined when it would not. */
  readonly liveness?: () => string | undefined;
}
