/** From a call to the record of a pipeline's job. It has the steps as they were, so that nobody gets others than were there when the job was made. */
import type { BatchClusterFile, ClusterPipeline } from "../../contract/batch-cluster.ts";
import type { PlannedPipeline, PlannedStep } from "../../contract/batch.ts";
import { JobError } from "../job-error.ts";
import { addressProblem, targetsOf } from "../pipeline-files.ts";
import type { JobRecord } from "../record.ts";
import { onCluster } from "./addresses.ts";
import type { Asked } from "./asked.ts";

/** Throws JobError or UriError. */
export const planPipeline = ({ endpoint, jobsClaim }: BatchClusterFile, deployment: ClusterPipeline, asked: Asked): JobRecord => {
  const { id, request } = asked;
  if (jobsClaim === undefined) throw new JobError("steps of a pipeline hand files on by a claim, and the endpoint has none: give it kubernetes: { jobsClaim }");
  const pipeline = plannedOf(deployment);
  // Its folders stand for nothing: only the forms of addresses are asked about.
  const addresses = onCluster("", "");
  const names = Object.keys(pipeline.outputs);
  const problem = addressProblem({ addresses, pipeline, request });
  if (problem !== undefined) throw new JobError(problem);
  targetsOf(request, names, "", addresses);
  const home = `pvc://${jobsClaim}/${endpoint}/${id}`;
  const outputs = Object.fromEntries(names.map((name) => [name, request.outputs[name]?.uri.replace(/\/+$/, "") ?? `${home}/outputs/${name}`]));
  return { ...asked, pipeline, status: "NotStarted", home, output: `${home}/outputs`, outputs };
};

/**
 * All but the pods, which are those of the deployment as it is. A step that a job has had `before` keeps its settings, as a job of a model does: what its
 * instances have written down stands under their numbers, and of another number of instances each would look elsewhere.
 */
export const plannedOf = ({ continueOnStepFailure, inputs, outputs, steps }: ClusterPipeline, before?: PlannedPipeline): PlannedPipeline => ({
  inputs,
  outputs,
  steps: Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, plannedStep(step, before?.steps[name])])),
  continueOnStepFailure,
});

const plannedStep = (step: PlannedStep, before: PlannedStep | undefined): PlannedStep => {
  const { inputs, outputs } = step;
  if (step.kind === "command") return { kind: "command", command: step.command, inputs, outputs };
  return { kind: "model", settings: before?.kind === "model" ? before.settings : step.settings, inputs, outputs };
};
