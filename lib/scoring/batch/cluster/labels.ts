/** Labels by which the service finds its objects again. */
import type { BatchClusterFile } from "../../contract/batch-cluster.ts";
import type { JobRecord } from "../record.ts";

const PREFIX = "app.kubernetes.io/";
const OWN = "inference-endpoints/";

/** What a ConfigMap of the service is: the record of a job that goes on, of one that has ended, or the question what a job would do. */
export type Standing = "open" | "ended" | "dry-run";

const STANDING = `${OWN}job`;
const ID = `${OWN}job-id`;

/** Of everything that belongs to a job. */
export const jobLabels = (endpoint: string, { deployment, id }: Pick<JobRecord, "deployment" | "id">): Record<string, string> => ({
  [`${PREFIX}name`]: "batch-job",
  [`${PREFIX}instance`]: `${endpoint}--${deployment}`,
  [`${PREFIX}component`]: "batch-job",
  [`${PREFIX}part-of`]: endpoint,
  [`${PREFIX}managed-by`]: "inference-endpoints",
  [ID]: id,
});

/** Of a record. */
export const recordLabels = (endpoint: string, record: Pick<JobRecord, "deployment" | "id">, standing: Standing): Record<string, string> => ({ ...jobLabels(endpoint, record), [STANDING]: standing });

/** Whether an object is one of an endpoint's. */
export const isOf = (endpoint: string, labels: Readonly<Record<string, string>> = {}): boolean => labels[`${PREFIX}part-of`] === endpoint && labels[`${PREFIX}component`] === "batch-job";

export const idOf = (labels: Readonly<Record<string, string>> = {}): string => labels[ID] ?? "";

/** A selector of records. */
export const recordsOf = (endpoint: string, standings: readonly Standing[]): string => `${jobsOf(endpoint)},${STANDING} in (${standings.join(",")})`;

/** A selector of everything of an endpoint's jobs. */
export const jobsOf = (endpoint: string): string => `${PREFIX}part-of=${endpoint},${PREFIX}component=batch-job`;

/** A selector of what belongs to one of them. */
export const jobOfId = (endpoint: string, id: string): string => `${jobsOf(endpoint)},${ID}=${id}`;

/** Of the pods of a step: its name, and the number of an instance of it. */
export const STEP = `${OWN}step`;
export const INSTANCE = `${OWN}instance`;

/** The step of a pod that puts outputs in their places; no step of a pipeline is called so. */
export const PUBLISHING = "publish-outputs";

/** Kueue admits a group of pods together. */
export const POD_GROUP = { name: "kueue.x-k8s.io/pod-group-name", count: "kueue.x-k8s.io/pod-group-total-count" } as const;

/** Label of Kueue on a Job, or on the pods of a Workflow: the queue that it waits in. */
export const queueLabel = ({ queueName }: BatchClusterFile): Record<string, string> => (queueName === undefined ? {} : { "kueue.x-k8s.io/queue-name": queueName });

/** The pods of a Job. */
export const podsOf = (job: string): string => `batch.kubernetes.io/job-name=${job}`;

/** The pods of a Workflow. */
export const podsOfWorkflow = (workflow: string): string => `workflows.argoproj.io/workflow=${workflow}`;
