/** Runs the steps of a pipeline in order, each in a folder of the job's own; what the caller asked for is published when every step has succeeded. */
import { existsSync, writeFileSync } from "node:fs";
import type { BatchPipelineDeployment, PipelineStep } from "../contract/batch.ts";
import { Stopped } from "./coordinator.ts";
import { progressOf, type Execution } from "./execute.ts";
import { JobError } from "./job-error.ts";
import { Journal } from "./journal.ts";
import { runModelJob } from "./model-job.ts";
import { failuresOf, hasFailed } from "./pipeline-failures.ts";
import { doneMark, layoutOfStep, type PipelineJob } from "./pipeline-files.ts";
import { commandStep, modelStep, resumeCommand } from "./pipeline-step.ts";
import { publish } from "./publish.ts";
import { HERE } from "./uri.ts";

type PipelineExecution = Execution & { readonly deployment: BatchPipelineDeployment };

/** Runs what has not ended well. Rejects with JobError or Stopped. */
export async function executePipeline(execution: PipelineExecution): Promise<void> {
  const { deployment, home, record, signal, status } = execution;
  const job: PipelineJob = { id: record.id, pipeline: deployment, request: record.request, home, addresses: HERE };
  status("Running");
  const failed = new Map<string, string>();
  for (const [name, step] of inOrder(deployment)) {
    if (signal.aborted) throw new Stopped("the job was stopped");
    const before = Object.values(step.inputs).flatMap((each) => ("step" in each && failed.has(each.step) ? [each.step] : []));
    if (before[0] !== undefined) {
      failed.set(name, hasFailed(before[0]));
      continue;
    }
    if (existsSync(doneMark(home, name))) continue;
    try {
      await runStep(execution, job, name, step);
      writeFileSync(doneMark(home, name), "");
    } catch (error) {
      if (error instanceof Stopped || !deployment.continueOnStepFailure) throw error instanceof JobError ? new JobError(`step ${name}: ${error.message}`) : error;
      failed.set(name, error instanceof Error ? error.message : String(error));
    }
  }
  if (failed.size > 0) throw new JobError(failuresOf(failed));
  status("Finalizing");
  publish(job);
}

/** Steps after those whose outputs they read. */
const inOrder = ({ steps }: BatchPipelineDeployment): [string, PipelineStep][] => {
  const sorted: [string, PipelineStep][] = [];
  const visit = (name: string, path: readonly string[]): void => {
    const step = steps[name];
    if (step === undefined) throw new JobError(`there is no step ${name}, which ${path.at(-1)} reads from`);
    if (path.includes(name)) throw new JobError(`the steps ${[...path, name].join(", ")} wait for each other`);
    if (sorted.some(([each]) => each === name)) return;
    for (const each of Object.values(step.inputs)) if ("step" in each) visit(each.step, [...path, name]);
    sorted.push([name, step]);
  };
  for (const name of Object.keys(steps)) visit(name, []);
  return sorted;
};

async function runStep({ progress, signal }: PipelineExecution, job: PipelineJob, name: string, step: PipelineStep): Promise<void> {
  if (step.kind === "command") return commandStep(job, name, step, { ...step, attempt: 0 }, signal);
  await runModelJob({
    owner: job.id,
    deployment: { kind: "model", driver: step.driver, settings: step.settings },
    ...modelStep(job, name, step),
    signal,
    status: () => {}, // the pipeline is running all the while
    progress: (planned, tally) => progress(() => progressOf(planned, tally)),
  });
}

/** Steps that failed may try anew. */
export function resumePipeline({ steps }: BatchPipelineDeployment, home: string): void {
  for (const [name, step] of Object.entries(steps)) {
    if (step.kind === "command") {
      resumeCommand(home, name);
      continue;
    }
    const [output] = Object.entries(step.outputs);
    if (output === undefined) continue;
    const layout = layoutOfStep(home, name, output, step.settings.outputFileName);
    if (existsSync(layout.journal)) Journal.resume(layout);
  }
}
