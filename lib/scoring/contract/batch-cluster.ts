/**
 * What compilers and the invocation service on a cluster agree on: the file that tells it of its deployments and their pods, what it may do in its
 * namespace, and where a job's pod finds its things. Nothing here but names: the service's own code is `batch/cluster/`.
 */
import type { BatchSettings, PlannedPipeline, PlannedStep } from "./batch.ts";

/** A core/v1 PodTemplateSpec, as JSON. */
export interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly containers: readonly (Readonly<Record<string, unknown>> & { readonly args?: readonly string[]; readonly volumeMounts?: readonly object[] })[];
    readonly volumes?: readonly object[];
  };
}

/** What has pods. The service adds the job's record and the claims that the job names. */
interface InPods {
  readonly pod: PodTemplate;
}

/** A model deployment as the service on a cluster knows it: its driver stands in the arguments and variables of its pods. */
export interface ClusterModel extends InPods {
  readonly kind: "model";
  readonly settings: BatchSettings;
}

/** A pipeline deployment, and each of its steps, the same way. Its own pod puts the outputs in their places when all steps have succeeded. */
export interface ClusterPipeline extends InPods, PlannedPipeline<PlannedStep & InPods> {
  readonly kind: "pipeline";
}

/** A deployment as the service on a cluster knows it. */
export type ClusterDeployment = ClusterModel | ClusterPipeline;

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

/** What it does besides where the endpoint has pipelines, whose jobs are Workflows of Argo. */
export const PIPELINE_PERMISSIONS: typeof JOB_PERMISSIONS = [{ apiGroups: ["argoproj.io"], resources: ["workflows"], verbs: ["create", "delete", "list"] }];

/** What Argo's executor does beside a step, as the step's account: it tells the controller that the step has ended. */
export const STEP_PERMISSIONS: typeof JOB_PERMISSIONS = [{ apiGroups: ["argoproj.io"], resources: ["workflowtaskresults"], verbs: ["create", "patch"] }];

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
  /** The job has failed, and no other pod could help. `EX_DATAERR` of sysexits; Argo's executor ends with 64 for troubles of its own. */
  failed: 65,
  /** It was stopped, or met something that passes. */
  again: 75,
} as const;

/** Variable that Kubernetes sets to the number of a pod of an Indexed Job, and the service to that of a pod of a step. */
export const INDEX_VARIABLE = "JOB_COMPLETION_INDEX";

/** How Argo starts a container of the scoring image: it looks nothing up in a registry. `-s`, because its executor is the first process there. */
export const STEP_COMMAND = ["/usr/bin/tini", "-s", "--", "inference-endpoints"] as const;

/** What Argo Workflows reads in every text of a Workflow as its own. */
export const ARGO_TAG = "{{";

/** Options of `inference-endpoints run-batch-job`, which runs one instance of a job in a pod. Its number is that of the pod, {@link INDEX_VARIABLE}. */
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
  /** The step of a pipeline that this is. Default: none, a job of a model deployment. */
  readonly step?: string;
  /** `true`: put the outputs of a pipeline in their places. Default `false`. */
  readonly publish?: boolean;
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
  ["step", "--step"],
  ["publish", "--publish"],
  ["entryScript", "--entry-script"],
  ["terminationLog", "--termination-log"],
];

/** The flags by their names. */
export const jobFlags: ReadonlyMap<string, keyof BatchJobOptions> = new Map(JOB_FLAGS.map(([key, flag]) => [flag, key]));

/** The flags of `run-batch-job` for these options, in a fixed order. */
export const batchJobArguments = (options: Partial<BatchJobOptions>): string[] => JOB_FLAGS.flatMap(([key, flag]) => (options[key] === undefined ? [] : [flag, String(options[key])]));

/** The verb of a pod that runs a job. */
export const JOB_VERB = "run-batch-job";
