/**
 * What compilers and the invocation service on a cluster agree on: the file that tells it of its deployments and their pods, what it may do in its
 * namespace, and where a job's pod finds its things. Nothing here but names: the service's own code is `batch/cluster/`.
 */
import type { BatchSettings } from "./batch.ts";

/** A core/v1 PodTemplateSpec, as JSON. */
export interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly containers: readonly (Readonly<Record<string, unknown>> & { readonly args?: readonly string[]; readonly volumeMounts?: readonly object[] })[];
    readonly volumes?: readonly object[];
  };
}

/** A deployment as the service on a cluster knows it: its driver stands in the arguments and variables of its pods. */
export interface ClusterDeployment {
  readonly kind: "model";
  readonly settings: BatchSettings;
  /** Of its jobs' pods. The service adds the job's record and the claims that the job names. */
  readonly pod: PodTemplate;
}

/** The file of `--cluster`: an endpoint, its deployments, and how jobs are kept. */
export interface BatchClusterFile {
  readonly endpoint: string;
  /** Which deployment answers when the caller names none. Absent: the caller must name one. */
  readonly defaultDeployment?: string;
  readonly deployments: Readonly<Record<string, ClusterDeployment>>;
  /** Claim for outputs that nobody has named, and for what is on its way elsewhere. Absent: such jobs are refused. */
  readonly jobsClaim?: string;
  /** Queue of Kueue that jobs wait in. Absent: they start at once. */
  readonly queueName?: string;
  /** Jobs of the endpoint that have pods at a time, 1 or more; others are `Queued`. */
  readonly maxConcurrentJobs: number;
  /** Days that the record of a job stays after its end, 1 or more. */
  readonly recordRetentionDays: number;
  /** Seconds that a Job and its pods stay after their end, 0 or more. */
  readonly ttlSecondsAfterFinished: number;
}

/** Everything that the service does in its namespace, as rules of an RBAC Role. The client asks for nothing else. */
export const JOB_PERMISSIONS: readonly { readonly apiGroups: readonly string[]; readonly resources: readonly string[]; readonly verbs: readonly string[] }[] = [
  { apiGroups: [""], resources: ["configmaps"], verbs: ["create", "delete", "get", "list", "update"] },
  { apiGroups: ["batch"], resources: ["jobs"], verbs: ["create", "delete", "list"] },
  { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
];

/** Where things are in the service's pod and in those of jobs. */
export const JOB_PATHS = {
  /** Folder of the service's file. */
  service: "/var/run/inference-endpoints/batch",
  /** Folder of the job's record. */
  record: "/var/run/inference-endpoints/job",
  /** Folders of claims that are read, and of claims that are written, each by the claim's name. */
  inputs: "/var/run/inference-endpoints/inputs",
  outputs: "/var/run/inference-endpoints/outputs",
} as const;

/** Name of the service's file, and key of the ConfigMap that holds it. */
export const SERVICE_FILE = "service.json";
/** The same of a job's record. */
export const RECORD_FILE = "record.json";

/** Names of volumes that the service adds to a job's pods begin so. */
export const JOB_VOLUMES = "job-";

/** How a job's pod ends. Any other code, and any death, is no end: the pod is made again. */
export const JOB_EXIT = {
  done: 0,
  /** The job has failed, and no other pod could help. */
  failed: 64,
  /** It was stopped, or met something that passes. */
  again: 75,
} as const;

/** Options of `inference-endpoints run-batch-job`, which runs one instance of a job in a pod. Its number is that of the pod, `JOB_COMPLETION_INDEX`. */
export interface BatchJobOptions {
  /** The job's record. */
  readonly record: string;
  /** Folders of the claims, by the claims' names. */
  readonly inputs: string;
  readonly outputs: string;
  /** Which attempt this is: 0, and one more each time the job is resumed. Default 0. */
  readonly attempt?: number;
  /** `true`: say what the job would do, and do nothing. Default `false`. */
  readonly estimate?: boolean;
  /** Path of the script below `AML_APP_ROOT`. Default: the model folder decides (MLflow, ONNX). */
  readonly entryScript?: string;
  /** Where the end is written. Default `/dev/termination-log`. */
  readonly terminationLog?: string;
}

const JOB_FLAGS: readonly (readonly [keyof BatchJobOptions, string])[] = [
  ["record", "--record"],
  ["inputs", "--inputs"],
  ["outputs", "--outputs"],
  ["attempt", "--attempt"],
  ["estimate", "--estimate"],
  ["entryScript", "--entry-script"],
  ["terminationLog", "--termination-log"],
];

/** The flags by their names. */
export const jobFlags: ReadonlyMap<string, keyof BatchJobOptions> = new Map(JOB_FLAGS.map(([key, flag]) => [flag, key]));

/** The flags of `run-batch-job` for these options, in a fixed order. */
export const batchJobArguments = (options: Partial<BatchJobOptions>): string[] => JOB_FLAGS.flatMap(([key, flag]) => (options[key] === undefined ? [] : [flag, String(options[key])]));

/** The verb of a pod that runs a job. */
export const JOB_VERB = "run-batch-job";
