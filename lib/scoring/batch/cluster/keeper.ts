/**
 * Brings records and what runs them together, again and again: a record without its Job or Workflow gets one, one whose Job is over ends, and a Job that
 * no record wants goes.
 * Each step can be done twice and by two services at once, so that a service may end anywhere.
 */
import type { BatchClusterFile } from "../../contract/batch-cluster.ts";
import { info, warn } from "../../online/log.ts";
import { reasonOf } from "../job-error.ts";
import type { JobRecord } from "../record.ts";
import { hasEnded } from "../resource.ts";
import { ApiError, type Api } from "./api.ts";
import { lastSaying } from "./ending.ts";
import { jobName } from "./job.ts";
import { idOf, jobOfId, jobsOf } from "./labels.ts";
import { recordIn, type ConfigMap, type Records } from "./records.ts";
import { CHANGED, runOf } from "./make-run.ts";
import { listRuns, type Run } from "./runs.ts";
import type { Pod, Seen } from "./seen.ts";

/** Between two looks while a job goes on, and while none does: then somebody may have called another service. */
const LOOK_MS = 2000;
const IDLE_MS = 10_000;
/** Between two looks for records that have been kept long enough. */
const SWEEP_MS = 600_000;
/** A question that was never answered, because its service has died. */
const FORGOTTEN_MS = 600_000;
const DAY_MS = 86_400_000;
/**
 * How long a record waits whose steps or deployment this service does not know: while an endpoint is updated, the service that goes sees the jobs of the
 * one that comes, for less than a minute (`preStop`, and the time to end).
 */
const UNKNOWN_MS = 60_000;
/** Lines of a log among which the latest words are. */
const LINES = 20;

export class Keeper {
  readonly #file: BatchClusterFile;
  readonly #api: Api;
  readonly #records: Records;
  readonly #unknownMs: number;
  /** When a job of that kind was first seen, by its id. */
  readonly #unknown = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #wanted = false;
  #closing = false;
  #swept = -Infinity;
  #looked = false;

  constructor(file: BatchClusterFile, api: Api, records: Records, unknownMs = UNKNOWN_MS) {
    this.#file = file;
    this.#api = api;
    this.#records = records;
    this.#unknownMs = unknownMs;
    this.lookSoon();
  }

  /** Whether the cluster has let it look once: what it may not do, it learns before it takes jobs. */
  get hasLooked(): boolean {
    return this.#looked;
  }

  /** Looks at once, or once more after the look that goes on. */
  lookSoon(): void {
    if (this.#closing || this.#wanted) return;
    this.#wanted = true;
    clearTimeout(this.#timer);
    this.#looking = this.#looking.then(() => this.#look());
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  /** A record that has not ended, as its Job and pods stand now. */
  async lookAt(record: JobRecord): Promise<JobRecord> {
    const runs = await listRuns(this.#api, this.#file, jobOfId(this.#file.endpoint, record.id));
    const run = runs.find(({ metadata }) => metadata.name === jobName(record));
    if (run === undefined) return record;
    const pods = await this.#api.list<Pod>("pods", run.pods);
    if (hasRun(record, run)) return this.#end(record, run.endOf(pods, record));
    if (record.status === "CancelRequested") return record;
    const leader = run.leaderOf(pods);
    const log = leader === undefined ? {} : lastSaying(await this.#api.log(leader.metadata.name, LINES, run.container));
    return { ...record, ...run.standingOf(pods, log) };
  }

  async #look(): Promise<void> {
    this.#wanted = false;
    let open = 0;
    try {
      open = await this.#compare();
      this.#looked = true;
      if (performance.now() - this.#swept > SWEEP_MS) await this.#sweep();
    } catch (error) {
      warn(`jobs cannot be looked after: ${reasonOf(error)}`);
    }
    if (!this.#closing && !this.#wanted) this.#timer = setTimeout(() => this.lookSoon(), open > 0 ? LOOK_MS : IDLE_MS).unref();
  }

  /** How many jobs are open. What runs is listed first: whatever is there then has had its record before. */
  async #compare(): Promise<number> {
    const runs = await listRuns(this.#api, this.#file, jobsOf(this.#file.endpoint));
    const open = (await this.#records.objects(["open"])).toSorted((a, b) => (recordIn(a).createdAt < recordIn(b).createdAt ? -1 : 1));
    const known = new Set(open.map((object) => recordIn(object).id));
    for (const id of this.#unknown.keys()) if (!known.has(id)) this.#unknown.delete(id);
    const going = runs.filter(({ isOver }) => !isOver);
    for (const run of going) if (!known.has(idOf(run.metadata.labels))) await this.#unwanted(run);
    let free = this.#file.maxConcurrentJobs - going.length;
    for (const object of open) {
      try {
        if (await this.#care(object, runs, free > 0)) free -= 1;
      } catch (error) {
        warn(`job ${recordIn(object).id}: ${reasonOf(error)}`); // the others go on
      }
    }
    return open.length;
  }

  /** True when it has made what runs the job. */
  async #care(object: ConfigMap, runs: readonly Run[], isFree: boolean): Promise<boolean> {
    const record = recordIn(object);
    const own = runs.filter(({ metadata }) => idOf(metadata.labels) === record.id);
    const run = own.find(({ metadata }) => metadata.name === jobName(record));
    if (run !== undefined && hasRun(record, run)) {
      await this.#end(record, run.endOf(await this.#api.list<Pod>("pods", run.pods), record));
      return false;
    }
    if (record.status === "CancelRequested") {
      for (const each of own) await this.#remove(each);
      if (own.length === 0) await this.#end(record, { status: "Canceled" });
      return false;
    }
    if (run !== undefined) {
      await this.#note(record, run);
      return false;
    }
    // Pods of an attempt before this one may still be writing.
    for (const each of own) await this.#remove(each);
    if (own.length > 0) return false;
    if (isFree) return this.#make(object, record);
    await this.#set(record, { status: "Queued" });
    return false;
  }

  async #make(owner: ConfigMap, record: JobRecord): Promise<boolean> {
    const deployment = this.#file.deployments[record.deployment];
    if (deployment === undefined) return this.#giveUp(record, `its deployment ${record.deployment} is gone`);
    const { kind, object, what } = runOf({ file: this.#file, deployment, record, owner });
    if (object === undefined) return this.#giveUp(record, CHANGED);
    try {
      await this.#api.create(kind, object);
    } catch (error) {
      if (!(error instanceof ApiError) || ![400, 422].includes(error.answered)) throw error; // a quota, or a server that is away: it may pass
      await this.#end(record, { status: "Failed", reason: `the cluster does not take its ${what}: ${error.message}` });
      return false;
    }
    info(`job ${record.id} has its ${what} ${jobName(record)}`);
    await this.#set(record, { status: "Provisioning" });
    return true;
  }

  /** What this service cannot run, another may that takes its place. */
  async #giveUp(record: JobRecord, reason: string): Promise<false> {
    const first = this.#unknown.get(record.id) ?? performance.now();
    this.#unknown.set(record.id, first);
    if (performance.now() - first < this.#unknownMs) return false;
    await this.#end(record, { status: "Failed", reason });
    return false;
  }

  /** What a list says of it, from the object alone. */
  async #note(record: JobRecord, run: Run): Promise<void> {
    const status = run.statusAfter(record.status);
    if (status !== record.status) await this.#set(record, { status, ...(status === "Running" && record.startedAt === undefined ? { startedAt: new Date().toISOString() } : {}) });
  }

  async #remove({ kind, metadata }: Run): Promise<void> {
    if (metadata.deletionTimestamp === undefined) await this.#api.remove(kind, metadata.name, "Foreground");
  }

  /** What runs for a record that has ended, or is gone: made by a service that did not know yet. */
  async #unwanted(run: Run): Promise<void> {
    const record = await this.#records.read(idOf(run.metadata.labels));
    if (record !== undefined && !hasEnded(record)) return;
    warn(`${run.metadata.name} of ${run.kind} belongs to no job that goes on, and is removed`);
    await this.#remove(run);
  }

  /** A change of what is open; a request to cancel is not written over, and neither is another attempt. */
  async #set(record: JobRecord, change: Partial<JobRecord>): Promise<void> {
    await this.#records.change(record.id, (before) => {
      const same = (before.attempt ?? 0) === (record.attempt ?? 0);
      return !same || hasEnded(before) || before.status === "CancelRequested" || before.status === change.status ? undefined : { ...before, ...change };
    });
  }

  async #end(record: JobRecord, { progress, reason, status }: Seen): Promise<JobRecord> {
    const ended = await this.#records.change(record.id, (before) => {
      if (hasEnded(before) || (before.attempt ?? 0) !== (record.attempt ?? 0)) return undefined;
      info(`job ${record.id} is ${status}${reason === undefined ? "" : `: ${reason}`}`);
      return { ...before, status, endedAt: new Date().toISOString(), ...(reason === undefined ? {} : { reason }), ...(progress === undefined ? {} : { progress }) };
    });
    return ended ?? record;
  }

  async #sweep(): Promise<void> {
    const oldest = Date.now() - this.#file.recordRetentionDays * DAY_MS;
    for (const object of await this.#records.objects(["ended"])) {
      if (Date.parse(recordIn(object).endedAt ?? "") < oldest) await this.#records.remove(object.metadata.name);
    }
    for (const object of await this.#records.objects(["dry-run"])) {
      if (Date.parse(object.metadata.creationTimestamp ?? "") < Date.now() - FORGOTTEN_MS) await this.#records.remove(object.metadata.name);
    }
    this.#swept = performance.now();
  }
}

/** Whether what has run says how its job has ended: what is removed to cancel a job may fail on its way. */
const hasRun = ({ status }: JobRecord, { isOver, metadata }: Run): boolean => isOver && (status !== "CancelRequested" || metadata.deletionTimestamp === undefined);
