/**
 * Runs a step of a pipeline in its pod, or one instance of it. What has ended well has a mark in the folder of the job, so that it is not done again
 * when the job is resumed; what has failed has one too, for the other instances of the step, none of which can end alone.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Stopped } from "../coordinator.ts";
import { progressOf } from "../execute.ts";
import { JobError, mayPass, reasonOf } from "../job-error.ts";
import { commandStep, modelStep } from "../pipeline-step.ts";
import { doneMark, pipelineProblem, stepFolder, type PipelineJob } from "../pipeline-files.ts";
import { hasFailed } from "../pipeline-failures.ts";
import { publish } from "../publish.ts";
import type { Instance } from "./execute.ts";
import { runInstance } from "./instance.ts";
import { pipelineJobOf } from "./pipeline-job.ts";

/** How often an instance looks whether another one has failed. */
const LOOK_MS = 500;

/** Rejects with JobError, UriError or Stopped. */
export async function executeStep(instance: Instance, name: string): Promise<void> {
  const job = pipelineJobOf(instance.record, instance.addresses);
  if (existsSync(doneMark(job.home, name))) return;
  const attempt = instance.record.attempt ?? 0;
  const failed = job.pipeline.continueOnStepFailure ? undefined : Object.keys(job.pipeline.steps).find((step) => step !== name && existsSync(failedMark(job.home, step, attempt)));
  if (failed !== undefined) throw new JobError(hasFailed(failed));
  mkdirSync(stepFolder(job.home, name), { recursive: true });
  instance.status("Running");
  await amongOthers(failedMark(job.home, name, attempt), instance, (among) => runStep(job, among, name));
  if (instance.index === 0) writeFileSync(doneMark(job.home, name), "");
}

/** Argo begins a step whose inputs are there, whatever else has failed: one task waits for all of them, and `failFast` looks at that alone. */
const failedMark = (home: string, step: string, attempt: number): string => join(stepFolder(home, step), `failed-${attempt}`);

/** Each output of the pipeline comes to its place. */
export const publishOutputs = ({ addresses, record, status }: Pick<Instance, "addresses" | "record" | "status">): void => {
  status("Finalizing");
  publish(pipelineJobOf(record, addresses));
};

async function runStep(job: PipelineJob, { driver, index, progress, record, scratch, signal }: Instance, name: string): Promise<void> {
  const step = job.pipeline.steps[name];
  const problem = step === undefined ? `the pipeline has no step ${name}` : pipelineProblem(job);
  if (step === undefined || problem !== undefined) throw new JobError(problem ?? "");
  if (step.kind === "command") return commandStep(job, name, step, { ...driver, attempt: record.attempt ?? 0 }, signal);
  const { input, layout } = modelStep(job, name, step);
  await runInstance({
    owner: job.id,
    deployment: { kind: "model", driver, settings: step.settings },
    input,
    layout: { ...layout, scratch },
    wholeFolder: false,
    index,
    attempt: record.attempt ?? 0,
    signal,
    status: () => {}, // the step is running all the while
    progress: (planned, tally) => progress(progressOf(planned, tally)),
  });
}

/** Ends the work as soon as another instance has failed, with its reason; a failure of its own it tells the others. */
async function amongOthers(mark: string, instance: Instance, work: (among: Instance) => Promise<void>): Promise<void> {
  const others = new AbortController();
  const looking = setInterval(() => existsSync(mark) && others.abort(), LOOK_MS);
  try {
    await work({ ...instance, signal: AbortSignal.any([instance.signal, others.signal]) });
  } catch (error) {
    if (error instanceof Stopped && others.signal.aborted) throw new JobError(readFileSync(mark, "utf8"));
    if (!(error instanceof Stopped) && !mayPass(error)) tell(mark, reasonOf(error));
    throw error;
  } finally {
    clearInterval(looking);
  }
}

const tell = (mark: string, reason: string): void => {
  try {
    writeFileSync(mark, reason);
  } catch {
    // A disk that is full, or nobody may write to: the others meet the same.
  }
};
