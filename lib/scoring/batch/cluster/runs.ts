/** What runs the jobs of an endpoint, of either kind: Jobs, and Workflows where it has pipelines. */
import type { BatchClusterFile } from "../../contract/batch-cluster.ts";
import type { JobStatus } from "../../contract/batch.ts";
import type { JobRecord } from "../record.ts";
import { Refused } from "../refused.ts";
import { ApiError, type Api, type Kind, type KubernetesObject } from "./api.ts";
import type { Saying } from "./ending.ts";
import { isEstimate, type Job } from "./job.ts";
import { podsOf, podsOfWorkflow } from "./labels.ts";
import { endOf, hasBegun, isOver, jobStatus, leaderOf, standingOf, type Pod, type Seen } from "./seen.ts";
import { isWorkflowOver, leaderOfSteps, workflowEnd, workflowStanding, workflowStatus } from "./seen-workflow.ts";
import { MAIN, type Workflow } from "./workflow.ts";

export interface Run {
  readonly kind: Kind;
  readonly metadata: KubernetesObject["metadata"];
  readonly isOver: boolean;
  /** A selector of its pods. */
  readonly pods: string;
  /** As the object alone says it. */
  statusAfter(before: JobStatus): JobStatus;
  /** The pod whose log says how far it is, and the container of it where there are several. */
  leaderOf(pods: readonly Pod[]): Pod | undefined;
  readonly container?: string;
  /** While it goes on; `log` is the end of its leader's. */
  standingOf(pods: readonly Pod[], log: Saying): Seen;
  /** When it is over. */
  endOf(pods: readonly Pod[], record: JobRecord): Seen;
}

const ofJob = (job: Job, queued: boolean): Run => ({
  kind: "jobs",
  metadata: job.metadata,
  isOver: isOver(job),
  pods: podsOf(job.metadata.name),
  statusAfter: () => jobStatus(job, queued),
  leaderOf: (pods) => {
    const leader = leaderOf(pods);
    return hasBegun(leader) ? leader : undefined;
  },
  standingOf: (pods, log) => standingOf(job, pods, log, queued),
  endOf: (pods) => endOf(job, pods),
});

const ofWorkflow = (workflow: Workflow): Run => ({
  kind: "workflows",
  metadata: workflow.metadata,
  isOver: isWorkflowOver(workflow),
  pods: podsOfWorkflow(workflow.metadata.name),
  statusAfter: (before) => workflowStatus(workflow, before),
  leaderOf: leaderOfSteps,
  container: MAIN,
  standingOf: (pods, log) => workflowStanding(workflow, pods, log),
  endOf: (pods, { pipeline }) => workflowEnd(workflow, pods, pipeline),
});

/** Those with these labels. Where Argo is not installed there are no Workflows. */
export const listRuns = async (api: Api, { deployments, queueName }: BatchClusterFile, labels: string): Promise<Run[]> => {
  const jobs = (await api.list<Job>("jobs", labels)).filter((job) => !isEstimate(job)).map((job) => ofJob(job, queueName !== undefined));
  if (Object.values(deployments).every(({ kind }) => kind === "model")) return jobs;
  const workflows = await api.list<Workflow>("workflows", labels).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return [...jobs, ...workflows.map(ofWorkflow)];
};

const isMissing = (error: unknown): boolean => error instanceof ApiError && error.answered === 404;

const NOT_INSTALLED =
  "jobs of pipelines are Workflows, which this cluster does not know: install Argo Workflows 3.7 (its CustomResourceDefinitions, and a workflow-controller that looks after this namespace), and call again";

/** Throws {@link Refused} where the cluster does not know Workflows. */
export const requireArgo = async (api: Api, labels: string): Promise<void> => {
  await api.list("workflows", labels).catch((error: unknown) => {
    throw isMissing(error) ? new Refused(503, NOT_INSTALLED, "ServiceUnavailable") : error;
  });
};
