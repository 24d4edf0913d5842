/** Does what a record asks for, as one instance of the job. */
import { readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { BatchDriver, JobStatus } from "../../contract/batch.ts";
import { estimate, type Estimate } from "../estimate.ts";
import { inputOf, modelLayout, progressOf, refuseExisting, send, type Target } from "../execute.ts";
import { readSummary } from "../finalise.ts";
import { inputProblem } from "../inputs.ts";
import { JobError } from "../job-error.ts";
import type { Layout } from "../layout.ts";
import { pipelineProblem } from "../pipeline-files.ts";
import type { JobRecord, Progress } from "../record.ts";
import type { Addresses } from "../uri.ts";
import { runInstance } from "./instance.ts";
import { pipelineJobOf } from "./pipeline-job.ts";

/** An instance of a job. */
export interface Instance {
  readonly record: JobRecord;
  readonly driver: BatchDriver;
  readonly addresses: Addresses;
  readonly index: number;
  /** Folder of this machine for what does not outlive it. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  status(status: JobStatus): void;
  progress(progress: Progress): void;
}

const settingsOf = ({ id, settings }: JobRecord): NonNullable<JobRecord["settings"]> => {
  if (settings === undefined) throw new JobError(`job ${id} is none of a model deployment`);
  return settings;
};

/** Runs it. Rejects with JobError, UriError or Stopped. */
export async function executeInstance({ addresses, driver, index, progress, record, scratch, signal, status }: Instance): Promise<void> {
  const settings = settingsOf(record);
  const target = targetOf(record, addresses);
  if (index === 0) await refuseExisting(driver, target, record.id);
  let heard = false;
  const tell = (each: Progress): void => {
    heard = true;
    progress(each);
  };
  await runInstance({
    owner: record.id,
    deployment: { kind: "model", driver, settings },
    input: inputOf(record.request, addresses),
    layout: { ...target.layout, scratch },
    wholeFolder: Object.values(record.request.outputs)[0]?.type === "UriFolder" && target.upload === undefined,
    index,
    attempt: record.attempt ?? 0,
    signal,
    status,
    progress: (planned, tally) => tell(progressOf(planned, tally)),
  });
  if (index !== 0) return;
  if (!heard) progress(summarised(target.layout)); // a pod before this one has finished the job, and not lived to say so
  await bring(driver, target);
}

/** What the job would do. Rejects with JobError or UriError. */
export async function estimateJob({ addresses, driver, record }: Pick<Instance, "addresses" | "driver" | "record">): Promise<Estimate> {
  const { pipeline, request } = record;
  const problem = pipeline === undefined ? inputProblem(inputOf(request, addresses)) : pipelineProblem(pipelineJobOf(record, addresses));
  if (problem !== undefined) throw new JobError(problem);
  if (pipeline !== undefined) return { steps: Object.keys(pipeline.steps) };
  const settings = settingsOf(record);
  return estimate({ kind: "model", driver, settings }, record.request, addresses);
}

const targetOf = ({ home, request, settings }: JobRecord, addresses: Addresses): Target => {
  const place = home === undefined ? undefined : addresses.output(home);
  return modelLayout(request, { outputFileName: settings?.outputFileName ?? "" }, place?.kind === "local" ? place.path : "", addresses);
};

const summarised = (layout: Layout): Progress => {
  const { job: _, ...rest } = readSummary(layout);
  return { ...rest, done: rest.miniBatches - rest.failedMiniBatches };
};

/** To where it goes. On the claim only its summary stays, which says that all is done: never without it, whoever is killed. */
async function bring(driver: BatchDriver, target: Target): Promise<void> {
  if (target.upload === undefined) return;
  await send(driver, target);
  const { folder, summary } = target.layout;
  for (const name of readdirSync(folder)) if (name !== basename(summary)) rmSync(join(folder, name), { recursive: true, force: true });
}
