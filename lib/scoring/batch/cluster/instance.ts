/**
 * One instance of a job of a model deployment: of W instances, number i has the mini-batches i, i + W, i + 2W, … Instance 0 also plans before all and
 * finishes after all. They meet in the output's working folder, and nowhere else.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { BatchModelDeployment, JobStatus } from "../../contract/batch.ts";
import { claim, folderProblem } from "../claim.ts";
import { coordinate, refuseTooMany, Stopped } from "../coordinator.ts";
import { driverKind, type DriverKind } from "../driver-kind.ts";
import { mergeErrors } from "../finalise.ts";
import type { Input } from "../inputs.ts";
import { JobError } from "../job-error.ts";
import { JobLog } from "../job-log.ts";
import { Journal, type Tally } from "../journal.ts";
import type { Layout } from "../layout.ts";
import { readPlanned, type Planned } from "../manifest.ts";
import { finish, judge, plan, startWorker, wasFinished } from "../model-job.ts";
import { readIfThere } from "../read-if-there.ts";
import { journalOf, Tallies } from "./tallies.ts";

/** How often an instance that waits for others looks into the folder: it may be one of a network. */
const LOOK_MS = 500;

/** What an instance is given. */
export interface InstanceJob {
  readonly owner: string;
  readonly deployment: BatchModelDeployment;
  readonly input: Input;
  readonly layout: Layout;
  /** Whether the output folder must be empty: it is the job's own. */
  readonly wholeFolder: boolean;
  readonly index: number;
  readonly attempt: number;
  readonly signal: AbortSignal;
  status(status: JobStatus): void;
  /** Of the whole job, as far as this instance has heard. */
  progress(planned: Planned, tally: Tally): void;
}

/** Of an instance that works. */
interface Work {
  readonly job: InstanceJob;
  readonly kind: DriverKind;
  readonly planned: Planned;
  readonly journal: Journal;
  readonly log: JobLog;
  readonly tallies: Tallies;
}

/** Resolves when what is this instance's is done; of instance 0, when the job is. Rejects with JobError or Stopped. */
export async function runInstance(job: InstanceJob): Promise<void> {
  const { index, layout } = job;
  if (wasFinished(layout, job.owner)) return;
  const kind = driverKind(job.deployment.driver);
  const planned = index === 0 ? await prepare(job, kind) : await planOfAnother(job);
  if (planned === undefined) return;
  try {
    await runPlanned(job, kind, planned);
  } catch (error) {
    if (index !== 0 && wasFinished(layout, job.owner)) return; // it had settled before, and was started again while instance 0 finished
    throw error;
  }
}

async function prepare(job: InstanceJob, kind: DriverKind): Promise<Planned> {
  const { layout, owner, wholeFolder } = job;
  job.status("Preparing");
  const occupied = wholeFolder ? folderProblem(layout) : undefined;
  if (occupied !== undefined) throw new JobError(occupied);
  claim(layout, owner);
  return plan(job, kind);
}

/** Nothing when the job has been finished in the meantime. */
async function planOfAnother({ layout, owner, signal }: InstanceJob): Promise<Planned | undefined> {
  for (;;) {
    if (wasFinished(layout, owner)) return undefined;
    const isMine = readIfThere(layout.owner) === owner;
    const planned = isMine ? readPlanned(layout.planned) : undefined;
    if (planned !== undefined) return planned;
    await pause(signal);
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  await sleep(LOOK_MS, undefined, { signal }).catch(() => {
    throw new Stopped("the instance was stopped");
  });
}

async function runPlanned(job: InstanceJob, kind: DriverKind, planned: Planned): Promise<void> {
  const { attempt, deployment: { settings }, index } = job;
  const layout = { ...job.layout, journal: journalOf(job.layout, index) };
  if (attempt > 0) Journal.resume(layout, attempt);
  const journal = new Journal(layout, planned.miniBatches);
  const log = new JobLog(layout.logs, planned.miniBatches, nodeOf(index), index === 0 ? undefined : { system: `sys/node/${nodeOf(index)}/role.txt`, overview: `sys/node/${nodeOf(index)}/progress_overview.txt` });
  const tallies = new Tallies(layout, { index, count: settings.instanceCount, attempt });
  const work: Work = { job: { ...job, layout }, kind, planned, journal, log, tallies };
  try {
    await runOwn(work);
    if (index === 0) await finishAll(work);
  } catch (error) {
    if (error instanceof JobError) await mergeErrors(planned, layout).catch(() => {}); // a help for whoever looks into it, and no more
    throw error;
  } finally {
    journal.close();
  }
}

/** Runs the mini-batches of its own. */
async function runOwn({ job, journal, kind, log, planned, tallies }: Work): Promise<void> {
  const { deployment: { settings }, index, layout, signal } = job;
  const { instanceCount, maxConcurrencyPerInstance } = settings;
  const own = Math.max(0, Math.ceil((planned.miniBatches - index) / instanceCount));
  const tell = (): void => {
    tallies.tell(journal.tally);
    job.progress(planned, tallies.whole(journal.tally));
  };
  tell();
  tallies.look();
  const looking = setInterval(() => {
    try {
      tallies.look();
      tell();
    } catch {
      // Whoever settles the next mini-batch, or finishes the job, does the same and hears of it.
    }
  }, LOOK_MS);
  try {
    job.status("Running");
    log.system(`${planned.files} files in ${planned.miniBatches} mini-batches; ${journal.tally.done} are done${instanceCount === 1 ? "" : ` of the ${own} of instance ${index}`}`);
    await coordinate({
      layout, journal, log, settings, signal,
      workers: Math.min(maxConcurrencyPerInstance, own),
      start: (slot) => startWorker({ ...job, layout }, kind, planned, slot, nodeOf(index)),
      mine: (n) => n % instanceCount === index,
      failedElsewhere: () => tallies.failedElsewhere,
      settled: tell,
    });
  } finally {
    clearInterval(looking);
  }
  tallies.settle(journal.tally);
}

/** Waits for the others, and puts everything together. */
async function finishAll({ job, journal, log, planned, tallies }: Work): Promise<void> {
  const { deployment: { settings }, layout, signal } = job;
  for (tallies.look(); !tallies.allSettled; tallies.look()) {
    job.progress(planned, tallies.whole(journal.tally));
    refuseTooMany(tallies.whole(journal.tally).failedFiles, settings.errorThreshold);
    await pause(signal);
  }
  const tally = tallies.whole(journal.tally);
  job.progress(planned, tally);
  judge(tally, settings);
  job.status("Finalizing");
  log.progress(tally, true);
  await finish(job.owner, planned, layout, tally, settings);
}

/** Its name in the logs: that of the instance and not of the pod, so that a pod that takes its place writes on. */
const nodeOf = (index: number): string => `instance${String(index).padStart(3, "0")}`;
