/** The jobs of one endpoint: made, run, cancelled, resumed. What is known of them stands in the store; here is only who runs now. */
import { join } from "node:path";
import type { BatchDeploymentFile, BatchServiceFile, JobStatus } from "../contract/batch.ts";
import { info, warn } from "../online/log.ts";
import { claim, folderProblem } from "./claim.ts";
import { Stopped } from "./coordinator.ts";
import { estimate, type Estimate } from "./estimate.ts";
import { executeModel, inputOf, modelLayout, settingsFor } from "./execute.ts";
import { isFinished } from "./finalise.ts";
import { inputProblem } from "./inputs.ts";
import { checkCancellable, checkResumable, checkSame, deploymentOf, identify, noSuchJob, type Invocation } from "./invocation.ts";
import { JobError, reasonOf } from "./job-error.ts";
import type { JobService } from "./job-service.ts";
import { Journal } from "./journal.ts";
import { pipelineProblem, targetsOf } from "./pipeline-files.ts";
import { executePipeline, resumePipeline } from "./pipeline.ts";
import type { JobRecord, JobStore, Progress } from "./record.ts";
import { Refused } from "./refused.ts";
import { parseRequest, type JobRequest } from "./request.ts";
import { hasEnded } from "./resource.ts";
import { HERE, UriError } from "./uri.ts";

/** Jobs of an endpoint that run at a time; others are queued. */
const RUNNING = 4;
/** How often jobs are looked for that another process has let go. */
const LOOK_MS = 500;
/** How long a job is let be whose record could not be written. */
const LATER_MS = 10_000;

export class Jobs implements JobService {
  readonly ready = true;
  readonly #file: BatchServiceFile;
  readonly #store: JobStore;
  readonly #running = new Map<string, { readonly abort: AbortController; readonly ended: Promise<void> }>();
  readonly #queue: string[] = [];
  readonly #progress = new Map<string, () => Progress>();
  readonly #notBefore = new Map<string, number>();
  readonly #look: NodeJS.Timeout;
  #closing = false;
  #last = 0;

  constructor(file: BatchServiceFile, store: JobStore) {
    this.#file = file;
    this.#store = store;
    this.#takeOver();
    this.#look = setInterval(() => this.#takeOver(), LOOK_MS).unref();
  }

  /** The job, and whether this call has made it. Throws {@link Refused}. */
  invoke(invocation: Invocation): { readonly record: JobRecord; readonly made: boolean } {
    const [name, deployment] = deploymentOf(this.#file, invocation.deployment);
    const { fingerprint, id } = identify(this.#file.endpoint, name, invocation);
    const before = invocation.idempotencyKey === undefined ? undefined : this.#store.read(id);
    if (before !== undefined) return { record: this.#same(before, fingerprint), made: false };
    const request = parseRequest(invocation.body, deployment);
    const record = this.#record(id, name, deployment, fingerprint, request);
    // Creating the record is the lock: of all calls with one key, one gets further.
    if (!this.#store.create(record)) return { record: this.#same(this.#store.read(id) as JobRecord, fingerprint), made: false };
    try {
      this.#claim(record, deployment);
    } catch (error) {
      this.#store.remove(id);
      throw error;
    }
    info(`job ${id} of deployment ${name} was made`);
    // Another service over this folder may have looked in between: then it runs the job.
    if (this.#store.take(id)) this.#enqueue(id);
    return { record: this.find(id), made: true };
  }

  /** What a job would do. */
  async dryRun({ body, deployment: named }: Invocation): Promise<Estimate & { readonly deployment: string }> {
    const [name, deployment] = deploymentOf(this.#file, named);
    const request = parseRequest(body, deployment);
    this.#record("dry-run", name, deployment, "", request);
    return { deployment: name, ...(await estimate(deployment, request).catch(refusing)) };
  }

  /** A job as it stands now. Throws {@link Refused}. */
  find(id: string): JobRecord {
    const record = this.#store.read(id) ?? noSuchJob(this.#file.endpoint, id);
    const progress = this.#progress.get(id);
    return progress === undefined ? record : { ...record, progress: progress() };
  }

  /** All of them, or those of a deployment; the newest first. */
  list(deployment: string | undefined): JobRecord[] {
    const listed = this.#store.list().filter((record) => deployment === undefined || record.deployment === deployment);
    return listed.map((record) => ({ ...record, ...(this.#progress.has(record.id) ? { progress: this.#progress.get(record.id)?.() as Progress } : {}) }));
  }

  /** Cancelling once more is no mistake. Throws {@link Refused} where there is nothing to cancel. */
  cancel(id: string): JobRecord {
    const record = this.find(id);
    if (record.status === "CancelRequested" || record.status === "Canceled") return record;
    checkCancellable(record);
    this.#change(id, { status: "CancelRequested" });
    const running = this.#running.get(id);
    running?.abort.abort();
    const waiting = this.#queue.indexOf(id);
    if (waiting >= 0) this.#queue.splice(waiting, 1);
    if (running === undefined && this.#store.take(id)) this.#end(id, { status: "Canceled" });
    return this.find(id);
  }

  /** Goes on with what is not finished. */
  resume(id: string): JobRecord {
    const record = this.find(id);
    checkResumable(record);
    const [, deployment] = deploymentOf(this.#file, record.deployment);
    this.#prepareResume(record, deployment);
    const { endedAt: _, reason: __, ...rest } = record;
    this.#store.write({ ...rest, status: "NotStarted" });
    if (this.#store.take(id)) this.#enqueue(id);
    return this.find(id);
  }

  /** Stops what runs; another process, or this one's next, goes on with it. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#look);
    const running = [...this.#running.values()];
    for (const { abort } of running) abort.abort();
    await Promise.all(running.map(({ ended }) => ended));
    for (const id of this.#queue.splice(0)) this.#store.release(id);
  }

  #same(record: JobRecord, fingerprint: string): JobRecord {
    checkSame(record, fingerprint);
    return this.find(record.id);
  }

  /** The record of a job that could be run. Throws {@link Refused}. */
  #record(id: string, name: string, deployment: BatchDeploymentFile, fingerprint: string, request: JobRequest): JobRecord {
    const base = { id, deployment: name, createdAt: this.#now(), fingerprint, request, status: "NotStarted" as const };
    return told(() => {
      if (deployment.kind === "pipeline") {
        const home = this.#store.folder(id);
        const problem = pipelineProblem({ pipeline: deployment, request, home, addresses: HERE });
        if (problem !== undefined) throw new Refused(400, problem);
        return { ...base, output: join(home, "outputs"), outputs: targetsOf(request, Object.keys(deployment.outputs), home) };
      }
      const settings = settingsFor(deployment, request);
      const problem = inputProblem(inputOf(request));
      if (problem !== undefined) throw new Refused(400, problem);
      const { layout, upload } = modelLayout(request, settings, this.#store.folder(id));
      const occupied = Object.values(request.outputs)[0]?.type === "UriFolder" && upload === undefined ? folderProblem(layout) : undefined;
      if (occupied !== undefined) throw new Refused(409, occupied);
      return { ...base, settings, output: upload?.uri ?? layout.folder };
    });
  }

  /** Two jobs never have the same time, so that a list has an order. */
  #now(): string {
    this.#last = Math.max(Date.now(), this.#last + 1);
    return new Date(this.#last).toISOString();
  }

  /** Takes the output at once, so that the second of two callers hears of it and not the second of two jobs. */
  #claim({ id, request, settings }: JobRecord, { kind }: BatchDeploymentFile): void {
    if (kind !== "model" || settings === undefined) return;
    taking(() => claim(modelLayout(request, settings, this.#store.folder(id)).layout, id));
  }

  #prepareResume({ id, request, settings }: JobRecord, deployment: BatchDeploymentFile): void {
    if (deployment.kind === "pipeline") return resumePipeline(deployment, this.#store.folder(id));
    const { layout } = modelLayout(request, settings ?? deployment.settings, this.#store.folder(id));
    if (isFinished(layout, id)) return; // what is left is to bring it elsewhere
    taking(() => claim(layout, id));
    Journal.resume(layout);
  }

  /** Jobs that nobody runs: after a restart, or when another process has let them go. Whatever stands in the way of one may be gone at a later look. */
  #takeOver(): void {
    if (this.#closing) return;
    for (const id of this.#store.open()) {
      if (this.#running.has(id) || this.#queue.includes(id) || performance.now() < (this.#notBefore.get(id) ?? 0)) continue;
      try {
        this.#take(id);
      } catch (error) {
        this.#later(id, error);
      }
    }
  }

  #take(id: string): void {
    const record = this.#store.read(id);
    if (record === undefined || hasEnded(record) || !this.#store.take(id)) return;
    info(`job ${id} goes on`);
    if (record.status === "CancelRequested") this.#end(id, { status: "Canceled" });
    else this.#enqueue(id);
  }

  #later(id: string, error: unknown): void {
    this.#notBefore.set(id, performance.now() + LATER_MS);
    warn(`job ${id}: its record cannot be written, and it goes on when there is room: ${reasonOf(error)}`);
  }

  #enqueue(id: string): void {
    this.#queue.push(id);
    if (this.#running.size >= RUNNING) this.#change(id, { status: "Queued" });
    this.#next();
  }

  #next(): void {
    while (!this.#closing && this.#running.size < RUNNING) {
      const id = this.#queue.shift();
      if (id === undefined) return;
      const record = this.#store.read(id);
      if (record === undefined || hasEnded(record)) continue;
      const abort = new AbortController();
      const ended = this.#run(record, abort.signal).finally(() => {
        this.#running.delete(id);
        this.#next();
      });
      this.#running.set(id, { abort, ended });
    }
  }

  async #run(record: JobRecord, signal: AbortSignal): Promise<void> {
    const { id } = record;
    try {
      this.#change(id, { status: "Starting", startedAt: record.startedAt ?? new Date().toISOString() });
      const deployment = this.#file.deployments[record.deployment];
      if (deployment === undefined) throw new JobError(`its deployment ${record.deployment} is gone`);
      const around = { record, home: this.#store.folder(id), signal, status: (status: JobStatus) => this.#status(id, status), progress: (read: () => Progress) => void this.#progress.set(id, read) };
      if (deployment.kind === "model") await executeModel({ ...around, deployment });
      else await executePipeline({ ...around, deployment });
      this.#end(id, { status: "Completed" });
    } catch (error) {
      const cancelled = this.#store.read(id)?.status === "CancelRequested";
      if (cancelled) return this.#end(id, { status: "Canceled" });
      if (error instanceof Stopped) return this.#store.release(id);
      this.#end(id, { status: "Failed", reason: reasonOf(error) });
    }
  }

  /** A request to cancel is not written over. */
  #status(id: string, status: JobStatus): void {
    if (this.#store.read(id)?.status !== "CancelRequested") this.#change(id, { status });
  }

  #change(id: string, change: Partial<JobRecord>): void {
    const record = this.#store.read(id);
    if (record !== undefined) this.#store.write({ ...record, ...change });
  }

  #end(id: string, change: Partial<JobRecord>): void {
    const progress = this.#progress.get(id);
    try {
      this.#change(id, { ...change, ...(progress === undefined ? {} : { progress: progress() }), endedAt: new Date().toISOString() });
    } catch (error) {
      this.#later(id, error); // a full disk: nobody can write down that the job has ended
    }
    this.#progress.delete(id);
    this.#store.release(id);
    info(`job ${id} is ${change.status}${change.reason === undefined ? "" : `: ${change.reason}`}`);
  }
}

const told = <T>(work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw error instanceof UriError || error instanceof JobError ? new Refused(400, error.message) : error;
  }
};

/** Takes an output. */
const taking = (work: () => void): void => {
  try {
    work();
  } catch (error) {
    throw error instanceof JobError ? new Refused(409, error.message) : new Refused(500, `the output cannot be made: ${reasonOf(error)}`);
  }
};

const refusing = (error: unknown): never => {
  throw error instanceof UriError || error instanceof JobError ? new Refused(400, error.message) : error;
};
