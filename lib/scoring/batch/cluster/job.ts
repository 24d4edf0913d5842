/** The Job of a job: an Indexed Job, a pod for each instance. */
import { batchJobArguments, JOB_EXIT, JOB_PATHS, JOB_VOLUMES, RECORD_FILE, type BatchClusterFile, type ClusterDeployment, type PodTemplate } from "../../contract/batch-cluster.ts";
import type { JobRecord } from "../record.ts";
import { claimOf } from "./addresses.ts";
import type { KubernetesObject } from "./api.ts";
import { jobLabels, queueLabel } from "./labels.ts";
import type { ConfigMap } from "./records.ts";

/** A batch/v1 Job, as much of it as is read. */
export interface Job extends KubernetesObject {
  readonly spec?: { readonly suspend?: boolean; readonly completions?: number };
  readonly status?: { readonly active?: number; readonly ready?: number; readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string }[] };
}

/** Pods of one instance that may die in turn. Mini-batches count their tries themselves; the controller's pause between two pods grows to ten minutes. */
const DEATHS = 1000;
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
  const args = batchJobArguments({ record: `${JOB_PATHS.record}/${RECORD_FILE}`, inputs: JOB_PATHS.inputs, outputs: JOB_PATHS.outputs, attempt: record.attempt ?? 0 });
  return job({ name: jobName(record), instances, deaths: DEATHS, file, owner, record, pod: podOf(deployment.pod, args, record, owner, file), ttl: file.ttlSecondsAfterFinished });
};

/** One that says what the other would do. */
export const estimateOf = ({ deployment, file, owner, record }: Made): KubernetesObject => {
  const args = batchJobArguments({ record: `${JOB_PATHS.record}/${RECORD_FILE}`, inputs: JOB_PATHS.inputs, outputs: JOB_PATHS.outputs, estimate: true });
  return job({ name: estimateName(record.id), instances: 1, deaths: 1, file, owner, record, pod: podOf(deployment.pod, args, record, owner, file), ttl: ESTIMATE_SECONDS, deadline: ESTIMATE_SECONDS });
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
      ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: owner.metadata.name, uid: owner.metadata.uid }],
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

/** Of the pods' one container that counts; compilers name it so. */
const CONTAINER = "scoring";

const podOf = ({ metadata = {}, spec }: PodTemplate, args: readonly string[], record: JobRecord, owner: ConfigMap, { endpoint }: BatchClusterFile): object => {
  const mounts = [...claimMounts(record), { volume: { configMap: { name: owner.metadata.name }, name: `${JOB_VOLUMES}record` }, path: JOB_PATHS.record, readOnly: true }];
  return {
    metadata: { ...metadata, labels: { ...metadata.labels, ...jobLabels(endpoint, record) } },
    spec: {
      ...spec,
      containers: spec.containers.map((container) =>
        container["name"] !== CONTAINER ? container : { ...container, args: [...(container.args ?? []), ...args], volumeMounts: [...(container.volumeMounts ?? []), ...mounts.map(({ path, readOnly, volume }) => ({ mountPath: path, name: volume.name, readOnly }))] },
      ),
      restartPolicy: "Never",
      volumes: [...(spec.volumes ?? []), ...mounts.map(({ volume }) => volume)],
    },
  };
};

interface Mount {
  readonly volume: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly path: string;
  readonly readOnly: boolean;
}

/** The claims that a job reads and writes: a claim that it does both with is mounted twice, and what it reads is read-only. */
const claimMounts = ({ home, request }: JobRecord): Mount[] => {
  const read = claims(Object.values(request.inputs).map((input) => (input.type === "Literal" ? undefined : input.uri)));
  const written = claims([home, ...Object.values(request.outputs).map(({ uri }) => uri)]);
  const mount = (kind: "input" | "output", folder: string) => (claim: string, at: number): Mount => ({
    volume: { name: `${JOB_VOLUMES}${kind}-${at}`, persistentVolumeClaim: { claimName: claim } },
    path: `${folder}/${claim}`,
    readOnly: kind === "input",
  });
  return [...read.map(mount("input", JOB_PATHS.inputs)), ...written.map(mount("output", JOB_PATHS.outputs))];
};

const claims = (uris: readonly (string | undefined)[]): string[] => [...new Set(uris.flatMap((uri) => (uri === undefined ? [] : (claimOf(uri)?.claim ?? []))))];
