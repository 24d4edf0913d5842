/** Who keeps the jobs of an endpoint, as the server sees it: processes of this machine, or the Jobs of a cluster. */
import type { Estimate } from "./estimate.ts";
import type { Invocation } from "./invocation.ts";
import type { JobRecord } from "./record.ts";

type Soon<T> = T | Promise<T>;

/** What is refused is thrown as {@link Refused}. */
export interface JobService {
  /** Whether jobs can be taken. */
  readonly ready: boolean;
  /** The job, and whether this call has made it. */
  invoke(invocation: Invocation): Soon<{ readonly record: JobRecord; readonly made: boolean }>;
  /** What a job would do. */
  dryRun(invocation: Invocation): Soon<Estimate & { readonly deployment: string }>;
  /** A job as it stands now. */
  find(id: string): Soon<JobRecord>;
  /** All of them, or those of a deployment; the newest first. */
  list(deployment: string | undefined): Soon<JobRecord[]>;
  /** Cancelling once more is no mistake. Refused where there is nothing to cancel. */
  cancel(id: string): Soon<JobRecord>;
  /** Goes on with what is not finished, and tries anew what has failed. */
  resume(id: string): Soon<JobRecord>;
  /** Lets go of everything; jobs stay as they are, and the next service goes on with them. */
  close(): Promise<void>;
}
