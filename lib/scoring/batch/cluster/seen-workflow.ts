/** What a Workflow and its pods say of a pipeline's job. */
import type { JobStatus, PlannedPipeline } from "../../contract/batch.ts";
import { failuresOf, hasFailed } from "../pipeline-failures.ts";
import { readEnding, type Saying } from "./ending.ts";
import { INSTANCE, PUBLISHING, STEP } from "./labels.ts";
import { endingsOf, hasBegun, waitOf, type Pod, type Seen } from "./seen.ts";
import { taskOf, type Workflow, type WorkflowNode } from "./workflow.ts";

const OVER: readonly (string | undefined)[] = ["Succeeded", "Failed", "Error"];

/** How long a Workflow may lie there before somebody should look why. */
const UNSEEN_MS = 60_000;

export const isWorkflowOver = ({ status }: Workflow): boolean => OVER.includes(status?.phase);

/** As a list says it. Between two steps it runs, though no pod does. */
export const workflowStatus = ({ spec, status }: Workflow, before: JobStatus): JobStatus => {
  if (spec?.suspend === true) return "Paused";
  const hasPods = status?.conditions?.some((each) => each.type === "PodRunning" && each.status === "True") === true;
  return hasPods || before === "Running" ? "Running" : "Provisioning";
};

/** The pod whose log says how far the latest model has come. */
export const leaderOfSteps = (pods: readonly Pod[]): Pod | undefined =>
  pods.filter((pod) => pod.metadata.labels?.[INSTANCE] === "0" && hasBegun(pod)).toSorted((a, b) => ((a.metadata.creationTimestamp ?? "") < (b.metadata.creationTimestamp ?? "") ? 1 : -1))[0];

/** How one that goes on stands; `log` is the end of its leader's. */
export const workflowStanding = ({ metadata, spec, status }: Workflow, pods: readonly Pod[], log: Saying, now = Date.now()): Seen => {
  if (spec?.suspend === true) return { status: "Paused" };
  const progress = log.progress === undefined ? {} : { progress: log.progress };
  const begun = pods.filter(hasBegun);
  if (begun.length > 0) return { status: begun.some((pod) => stepOf(pod) === PUBLISHING) ? "Finalizing" : "Running", ...progress };
  if (pods.some(isGated)) return { status: "Queued" };
  const unseen = status?.phase === undefined && now - Date.parse(metadata.creationTimestamp ?? "") > UNSEEN_MS;
  const reason = unseen ? UNSEEN : (waitOf(pods) ?? troubleOf(status));
  return { status: "Provisioning", ...(reason === undefined ? {} : { reason }) };
};

const UNSEEN = "no controller of Argo Workflows has taken its Workflow: is workflow-controller running, does it look after this namespace, and has it no instanceID?";

/** Why there is no pod: what was said when one was to be made, or why the Workflow itself waits. */
const troubleOf = (status: Workflow["status"]): string | undefined => {
  const waiting = Object.values(status?.nodes ?? {}).filter(({ message, phase, type }) => type === "Pod" && (phase === "Pending" || phase === "Error") && message !== undefined && message !== "");
  return waiting.at(-1)?.message ?? (status?.phase === "Pending" ? status.message : undefined);
};

/** Held back by Kueue. */
const isGated = ({ status }: Pod): boolean => status?.conditions?.some(({ reason, type }) => type === "PodScheduled" && reason === "SchedulingGated") === true;

const stepOf = ({ metadata }: Pod): string | undefined => metadata.labels?.[STEP];

/** How one that is over has ended. */
export const workflowEnd = (workflow: Workflow, pods: readonly Pod[], pipeline: PlannedPipeline | undefined): Seen => {
  const progress = pods.flatMap((pod) => (pod.metadata.labels?.[INSTANCE] === "0" ? endingsOf(pod) : [])).toSorted(byTime).findLast(({ ending }) => ending.progress !== undefined)?.ending.progress;
  const said = progress === undefined ? {} : { progress };
  if (workflow.status?.phase === "Succeeded") return { status: "Completed", ...said };
  const failed = failedSteps(workflow, pods, pipeline);
  const reason = failed.size > 0 ? failuresOf(failed) : (failureOf(workflow, pods, PUBLISHING) ?? workflow.status?.message ?? "its Workflow has failed");
  return { status: "Failed", reason, ...said };
};

interface At {
  readonly at: string;
}

const byTime = (a: At, b: At): number => (a.at < b.at ? -1 : 1);

/** Why each of them has, in the order of the pipeline; with `continueOnStepFailure` those too whose input never came. */
const failedSteps = (workflow: Workflow, pods: readonly Pod[], pipeline: PlannedPipeline | undefined): Map<string, string> => {
  const failed = new Map<string, string>();
  for (const step of Object.keys(pipeline?.steps ?? {})) {
    const why = failureOf(workflow, pods, step);
    if (why !== undefined) failed.set(step, why);
  }
  if (pipeline?.continueOnStepFailure !== true) return failed;
  for (let more = true; more; ) {
    const next = Object.entries(pipeline.steps).flatMap(([step, { inputs }]) => (failed.has(step) ? [] : Object.values(inputs).flatMap((from) => ("step" in from && failed.has(from.step) ? [[step, from.step] as const] : []))));
    for (const [step, before] of next) failed.set(step, hasFailed(before));
    more = next.length > 0;
  }
  return failed;
};

/** What the first of its pods said that failed; of pods that are gone Argo remembers it, behind the exit code. */
const failureOf = ({ status }: Workflow, pods: readonly Pod[], step: string): string | undefined => {
  const said = pods.filter((pod) => stepOf(pod) === step).flatMap(endingsOf).filter(({ ending }) => ending.status === "Failed").toSorted(byTime)[0];
  if (said?.ending.reason !== undefined) return said.ending.reason;
  const template = step === PUBLISHING ? PUBLISHING : taskOf(step);
  const nodes = Object.values(status?.nodes ?? {}).filter((node) => node.templateName === template && (node.phase === "Failed" || node.phase === "Error"));
  // A try that failed is none of the step where another one succeeded.
  if (nodes.every(({ type }) => type === "Pod")) return undefined;
  const pod = nodes.filter(({ type }) => type === "Pod").toSorted((a, b) => ((a.finishedAt ?? "") < (b.finishedAt ?? "") ? -1 : 1));
  const remembered = pod.flatMap(({ message = "" }) => readEnding(message.slice(Math.max(0, message.indexOf("{"))))?.reason ?? [])[0];
  const last = pod.at(-1) ?? nodes.at(-1);
  return remembered ?? (last === undefined ? undefined : saidOf(last));
};

const saidOf = ({ message = "" }: WorkflowNode): string => (message === "" ? "it has failed" : message);
