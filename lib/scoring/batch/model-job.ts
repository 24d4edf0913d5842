/** A job of a model deployment, from the input's files to the merged results. What stands on the disk already is not done again. */
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BatchModelDeployment, BatchSettings, JobStatus } from "../contract/batch.ts";
import { claim } from "./claim.ts";
import { coordinate, refuseTooMany } from "./coordinator.ts";
import { driverKind, type DriverKind } from "./driver-kind.ts";
import { isFinished, mergeErrors, mergeResults, writeSummary } from "./finalise.ts";
import { filesOf, inputProblem, miniBatches, type Input } from "./inputs.ts";
import { JobError } from "./job-error.ts";
import { JobLog } from "./job-log.ts";
import { Journal, type Tally } from "./journal.ts";
import { JsBatchWorker } from "./js-worker.ts";
import type { Layout } from "./layout.ts";
import { readPlanned, writeManifest, type Planned } from "./manifest.ts";
import { processName } from "./process-log.ts";
import { PythonBatchWorker } from "./python-worker.ts";
import type { BatchWorker, Setting } from "./worker.ts";

/** What a run of a job is given. */
export interface ModelJob {
  /** Who may use the output folder. */
  readonly owner: string;
  readonly deployment: BatchModelDeployment;
  readonly input: Input;
  readonly layout: Layout;
  readonly signal: AbortSignal;
  /** Heard at each step, and as the job goes on. */
  status(status: JobStatus): void;
  progress(planned: Planned, tally: Tally): void;
}

/** Workers of a job, all instances together. */
export const workersFor = ({ instanceCount, maxConcurrencyPerInstance }: BatchModelDeployment["settings"], count: number): number =>
  Math.max(1, Math.min(instanceCount * maxConcurrencyPerInstance, count));

/** Rejects with JobError or Stopped; what was done until then stays. */
export async function runModelJob(job: ModelJob): Promise<void> {
  const { deployment, layout, status } = job;
  if (wasFinished(layout, job.owner)) return;
  status("Preparing");
  claim(layout, job.owner);
  const kind = driverKind(deployment.driver);
  const planned = await plan(job, kind);
  const journal = new Journal(layout, planned.miniBatches);
  const log = new JobLog(layout.logs, planned.miniBatches, NODE);
  job.progress(planned, journal.tally);
  try {
    status("Running");
    log.system(`${planned.files} files in ${planned.miniBatches} mini-batches; ${journal.tally.done} are done`);
    await coordinate({
      layout, journal, log,
      settings: deployment.settings,
      workers: workersFor(deployment.settings, planned.miniBatches),
      start: (slot) => startWorker(job, kind, planned, slot),
      mine: () => true,
      signal: job.signal,
    });
    judge(journal.tally, deployment.settings);
    status("Finalizing");
    log.progress(journal.tally, true);
    await finish(job.owner, planned, layout, journal.tally, deployment.settings);
  } catch (error) {
    await mergeErrors(planned, layout).catch(() => {}); // a help for whoever looks into it, and no more
    throw error;
  } finally {
    journal.close();
  }
}

/** The job's mini-batches, written down once. Rejects with JobError where there are none. */
export async function plan({ deployment, input, layout }: Pick<ModelJob, "deployment" | "input" | "layout">, kind: DriverKind): Promise<Planned> {
  const found = readPlanned(layout.planned);
  if (found !== undefined && found.miniBatches > 0) return found;
  const problem = inputProblem(input);
  if (problem !== undefined) throw new JobError(problem);
  const files = filesOf(input, deployment.driver, kind);
  const planned = await writeManifest(layout, { root: files.root, ...(files.query === undefined ? {} : { query: files.query }) }, miniBatches(files, deployment, kind));
  if (planned.miniBatches === 0) throw new JobError(`the input ${files.root} holds no files`);
  return planned;
}

/** Lets the results appear, and goes: what the job needed until then is removed. */
export async function finish(job: string, planned: Planned, layout: Layout, tally: Tally, { outputAction }: BatchSettings): Promise<void> {
  if (outputAction === "append_row") await mergeResults(planned, layout);
  await mergeErrors(planned, layout);
  writeSummary(job, planned, layout, tally);
  renameSync(layout.work, gone(layout)); // one step: whoever comes later sees a finished job, and no half of one
  tidy(layout);
}

const gone = ({ work }: Layout): string => `${work}.done`;

/** Over a network a file that another machine has just closed may stay for a moment. */
const tidy = (layout: Layout): void => rmSync(gone(layout), { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });

/** Whether there is nothing left to do but to say so. */
export const wasFinished = (layout: Layout, job: string): boolean => {
  if (!isFinished(layout, job)) return false;
  tidy(layout);
  return true;
};

/** This machine in the logs of a job that has no other. */
const NODE = "127.0.0.1";

/** `node`: this machine's name in the logs. */
export function startWorker({ deployment: { driver, settings }, layout }: Pick<ModelJob, "deployment" | "layout">, kind: DriverKind, { query, root }: Planned, slot: number, node = NODE): BatchWorker {
  const setting: Setting = {
    manifest: layout.manifest,
    root,
    ...(query === undefined ? {} : { query }),
    append: settings.outputAction === "append_row",
    logs: layout.logs,
    scratch: join(layout.scratch, String(slot)),
    level: settings.loggingLevel,
    node,
    name: processName(slot),
  };
  rmSync(setting.scratch, { recursive: true, force: true }); // what a worker before it has left
  return kind === "python" || kind === "mlflow" ? new PythonBatchWorker(driver, kind === "mlflow", setting, layout.folder) : new JsBatchWorker(driver, setting, layout.folder);
}

/** Whatever the threshold: a job that gave nothing at all is none. Throws JobError. */
export function judge(tally: Tally, { errorThreshold }: BatchSettings): void {
  refuseTooMany(tally.failedFiles, errorThreshold);
  if (tally.succeeded === 0) throw new JobError("No succeeded mini batch item returned from run(). Please check logs/user/error.txt of the job's output");
}
