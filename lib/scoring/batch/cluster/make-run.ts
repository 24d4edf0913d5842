/** From a record to what runs its job. */
import type { Kind, KubernetesObject } from "./api.ts";
import { jobOf, type Made } from "./job.ts";
import { plannedOf } from "./plan-pipeline.ts";
import { workflowOf } from "./workflow.ts";

/** An object to make, and what it is called; none for steps that are others by now. */
export interface MadeRun {
  readonly kind: Kind;
  readonly what: "Job" | "Workflow";
  readonly object: KubernetesObject | undefined;
}

export const runOf = (made: Made): MadeRun => {
  const { deployment, record } = made;
  if (deployment.kind === "model") return { kind: "jobs", what: "Job", object: jobOf(made) };
  const pipeline = plannedOf(deployment, record.pipeline);
  const isSame = JSON.stringify(pipeline) === JSON.stringify(record.pipeline);
  return { kind: "workflows", what: "Workflow", object: isSame ? workflowOf({ ...made, deployment, pipeline }) : undefined };
};

/** What is said where there is none. */
export const CHANGED = "its pipeline was changed before the job could begin: resume the job, which then runs the pipeline as it is now";
