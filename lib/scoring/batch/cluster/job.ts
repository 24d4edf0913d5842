/** The Job of a job: an Indexed Job, a pod for each instance. */
import { JOB_EXIT, type BatchClusterFile, type ClusterDeployment } from "../../contract/batch-cluster.ts";
import type { JobRecord } from "../record.ts";
import type { KubernetesObject } from "./api.ts";
import { CONTAINER, podOf } from "./job-pod.ts";
import { jobLabels, queueLabel } from "./labels.ts";
import { ownedBy, type ConfigMap } from "./records.ts";

/** A batch/v1 Job, as much of it as is read. */
export interface Job extends KubernetesObject {
  readonly spec?: { readonly suspend?: boolean; readonly completions?: number };
  readonly status?: { readonly active?: number; readonly ready?: number; readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string }[] };
}

/** Pods of one instance that may die in turn. Mini-batches count their tries themselves; the controller's pause between two pods grows to ten minutes. */
export const DEATHS = 1000;
/** How long a job may be asked what it would do, in seconds. */
export const ESTIMATE_SECONDS = 60;

/** Resumed, a job is another Job: what ended stays as it ended. */
export const jobName = ({ attempt = 0, id }: Pick<JobRecord, "id" | "attempt">): string => `job-${id}${attempt === 0 ? "" : `-r${attempt}`}`;

/** The same for a job that only says what it would do; its record is of the same name. */
export const estimateName = (id: string): string => `${ESTIMATE}${id}`;

const ESTIMATE = "dry-run-";

export const isEstimate = ({ metadata }: KubernetesObject): boolean => metadata.name.startsWith(ESTIMATE);

/** What a Job is made of. */
export interface Made {
  readonly file: BatchClusterFile;
  readonly deployment: ClusterDeployment;
  readonly record: JobRecord;
  /** The record's object. */
  readonly owner: ConfigMap;
}

/** One that runs. */
export const jobOf = ({ deployment, file, owner, record }: Made): KubernetesObject => {
  const instances = record.settings?.instanceCount ?? 1;
  const pod = podOf(deployment.pod, { attempt: record.attempt ?? 0 }, record, owner, file);
  return job({ name: jobName(record), instances, deaths: DEATHS, file, owner, record, pod, ttl: file.ttlSecondsAfterFinished });
};

/** One that says what the other would do. */
export const estimateOf = ({ deployment, file, owner, record }: Made): KubernetesObject => {
  const pod = podOf(deployment.pod, { estimate: true }, record, owner, file);
  return job({ name: estimateName(record.id), instances: 1, deaths: 1, file, owner, record, pod, ttl: ESTIMATE_SECONDS, deadline: ESTIMATE_SECONDS });
};

interface Parts {
  readonly name: string;
  readonly instances: number;
  readonly deaths: number;
  readonly ttl: number;
  readonly deadline?: number;
  readonly file: BatchClusterFile;
  readonly owner: ConfigMap;
  readonly record: JobRecord;
  readonly pod: object;
}

const job = ({ deadline, deaths, file, instances, name, owner, pod, record, ttl }: Parts): KubernetesObject =>
  ({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      labels: { ...jobLabels(file.endpoint, record), ...(deadline === undefined ? queueLabel(file) : {}) },
      name,
      ownerReferences: [ownedBy(owner)],
    },
    spec: {
      ...(deadline === undefined ? {} : { activeDeadlineSeconds: deadline }),
      backoffLimitPerIndex: deaths,
      completionMode: "Indexed",
      completions: instances,
      maxFailedIndexes: 0,
      parallelism: instances,
      podFailurePolicy: {
        rules: [
          { action: "FailJob", onExitCodes: { containerName: CONTAINER, operator: "In", values: [JOB_EXIT.failed] } },
          { action: "Ignore", onPodConditions: [{ status: "True", type: "DisruptionTarget" }] },
        ],
      },
      podReplacementPolicy: "Failed", // never two pods of one instance
      template: pod,
      ttlSecondsAfterFinished: ttl,
    },
  }) as KubernetesObject;
