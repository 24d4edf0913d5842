/** A job as it is remembered. */
import type { BatchSettings, JobStatus, PlannedPipeline } from "../contract/batch.ts";
import type { JobRequest } from "./request.ts";

/** What a job has done so far. */
export interface Progress {
  readonly miniBatches: number;
  readonly files: number;
  readonly done: number;
  readonly failedMiniBatches: number;
  readonly results: number;
  readonly failedFiles: number;
}

/** All that is known of a job. Everything about it can be done again from here. */
export interface JobRecord {
  readonly id: string;
  readonly deployment: string;
  readonly createdAt: string;
  /** Of the body and the deployment's name: the same idempotency key with another one is refused. */
  readonly fingerprint: string;
  readonly request: JobRequest;
  /** Settings that hold for this job: the deployment's as they were, with the caller's. Absent for pipelines. */
  readonly settings?: BatchSettings;
  /** The steps of a pipeline on a cluster, as they were when the job was made or resumed. */
  readonly pipeline?: PlannedPipeline;
  readonly status: JobStatus;
  /** Why it failed. */
  readonly reason?: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly progress?: Progress;
  /** Folder of the output; of a pipeline, that of outputs which nobody has named. */
  readonly output: string;
  /** Where a job on a cluster keeps what nobody has named a place for: an address on a claim. */
  readonly home?: string;
  /** How often a job on a cluster was resumed. */
  readonly attempt?: number;
  /** Places of a pipeline's outputs, by name. */
  readonly outputs?: Readonly<Record<string, string>>;
}

/** Where jobs are remembered: a folder on localhost. Nothing is kept anywhere else. */
export interface JobStore {
  /** False when there is one of this id; then nothing has changed. */
  create(record: JobRecord): boolean;
  read(id: string): JobRecord | undefined;
  /** Forgets a job that was never started. */
  remove(id: string): void;
  /** Replaces a record as a whole. */
  write(record: JobRecord): void;
  /** Every job, the newest first. */
  list(): JobRecord[];
  /** Ids of those that have not ended. */
  open(): string[];
  /** Takes a job for this process; false when another process that lives has it. */
  take(id: string): boolean;
  release(id: string): void;
  /** Folder of a job's own, for outputs that nobody has named. */
  folder(id: string): string;
}
