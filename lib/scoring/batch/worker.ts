/** A process that runs mini-batches one after another, as the coordinator sees it. */

/** What every worker of a job is told. */
export interface Setting {
  readonly manifest: string;
  /** Folder or address below which the files stand. */
  readonly root: string;
  /** What stands behind the name in the address of the one file. */
  readonly query?: string;
  /** Whether results are written to parts. */
  readonly append: boolean;
  readonly logs: string;
  /** Folder for slices and fetched files. */
  readonly scratch: string;
  readonly level: string;
  /** Names of this machine and of the process in the logs. */
  readonly node: string;
  readonly name: string;
}

/** One try of a mini-batch. */
export interface Task {
  readonly n: number;
  /** Where its line stands in the manifest. */
  readonly offset: number;
  readonly length: number;
  /** Files that the worker writes; the coordinator gives them their names. */
  readonly part: string;
  readonly errors: string;
}

/** What became of it. */
export type Done =
  | { readonly items: number; readonly failed: number; readonly succeeded: boolean; readonly bytes: number; readonly listed: number }
  /** `fatal`: no other try would help, and no other mini-batch. */
  | { readonly error: string; readonly fatal: boolean };

/** The worker has died; the text says how. */
export class WorkerDied extends Error {
  override readonly name = "WorkerDied";
}

/** A worker. */
export interface BatchWorker {
  /** Undefined where none could be started. */
  readonly pid: number | undefined;
  /** Resolves when `init()` has ended. Rejects with JobError when it raised, with {@link WorkerDied} when the process ended. */
  readonly ready: Promise<void>;
  /** Runs one mini-batch. Rejects with {@link WorkerDied}. */
  run(task: Task): Promise<Done>;
  /** Ends it and what it has started; resolves when it is gone. `polite`: it may run its `shutdown()` first. */
  end(polite: boolean): Promise<void>;
}
