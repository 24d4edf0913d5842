/** The Workflow of a pipeline's job: a template for each step, and one that puts the outputs in their places when all of them have succeeded. */
import { INDEX_VARIABLE, JOB_EXIT, JOB_VOLUMES, STEP_COMMAND, type BatchJobOptions, type ClusterPipeline, type PodTemplate } from "../../contract/batch-cluster.ts";
import type { PlannedPipeline, PlannedStep } from "../../contract/batch.ts";
import type { KubernetesObject } from "./api.ts";
import { DEATHS, jobName, type Made } from "./job.ts";
import { CONTAINER, podOf } from "./job-pod.ts";
import { INSTANCE, jobLabels, POD_GROUP, PUBLISHING, queueLabel, STEP } from "./labels.ts";
import { ownedBy } from "./records.ts";

/** An argoproj.io/v1alpha1 Workflow, as much of it as is read. */
export interface Workflow extends KubernetesObject {
  readonly spec?: { readonly suspend?: boolean };
  readonly status?: {
    readonly phase?: string;
    readonly message?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    /** Absent where there are so many that the controller has packed them. */
    readonly nodes?: Readonly<Record<string, WorkflowNode>>;
  };
}

export interface WorkflowNode {
  readonly type: string;
  readonly templateName?: string;
  readonly phase?: string;
  readonly message?: string;
  readonly finishedAt?: string;
}

/** What a step is called in a Workflow, which has no underscores in names. */
export const taskOf = (step: string): string => `step-${step.replaceAll("_", "-")}`;

/** What Argo calls the container of a step. */
export const MAIN = "main";

const ENTRY = "pipeline";
const INDEX = "{{inputs.parameters.index}}";

export interface MadeOfPipeline extends Made {
  readonly deployment: ClusterPipeline;
  readonly pipeline: PlannedPipeline;
}

export const workflowOf = (made: MadeOfPipeline): KubernetesObject => {
  const { file, owner, pipeline, record } = made;
  const steps = Object.entries(pipeline.steps);
  const publishes = Object.keys(pipeline.outputs).length > 0;
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { labels: jobLabels(file.endpoint, record), name: jobName(record), ownerReferences: [ownedBy(owner)] },
    spec: {
      entrypoint: ENTRY,
      templates: [
        { name: ENTRY, dag: { failFast: !pipeline.continueOnStepFailure, tasks: [...steps.map(([name, step]) => task(name, step)), ...(publishes ? [publishing(steps.map(([name]) => name))] : [])] } },
        ...steps.map(([name, step], at) => stepTemplate(made, name, step, at)),
        ...(publishes ? [template(made, { name: PUBLISHING, step: PUBLISHING, pod: made.deployment.pod, options: { publish: true } })] : []),
      ],
      ttlStrategy: { secondsAfterCompletion: file.ttlSecondsAfterFinished },
    },
  } as KubernetesObject;
};

const task = (name: string, step: PlannedStep): object => {
  const before = [...new Set(Object.values(step.inputs).flatMap((from) => ("step" in from ? [taskOf(from.step)] : [])))];
  return {
    name: taskOf(name),
    template: taskOf(name),
    ...(before.length === 0 ? {} : { dependencies: before }),
    ...(step.kind === "model" ? { arguments: { parameters: [{ name: "index", value: "{{item}}" }] }, withSequence: { count: String(step.settings.instanceCount) } } : {}),
  };
};

const publishing = (steps: readonly string[]): object => ({ name: PUBLISHING, template: PUBLISHING, dependencies: steps.map(taskOf) });

const stepTemplate = (made: MadeOfPipeline, name: string, step: PlannedStep, at: number): object =>
  template(made, {
    name: taskOf(name),
    step: name,
    pod: (made.deployment.steps[name] as ClusterPipeline["steps"][string]).pod,
    options: { step: name },
    ...(step.kind === "model" ? { instances: step.settings.instanceCount, group: `${jobName(made.record)}-${at}` } : {}),
  });

interface Parts {
  readonly name: string;
  readonly step: string;
  readonly pod: PodTemplate;
  readonly options: Partial<BatchJobOptions>;
  /** Of a model. */
  readonly instances?: number;
  /** Of its pods, which need each other. */
  readonly group?: string;
}

/**
 * As the pod failure policy of a Job: nobody helps a step that has failed, and whatever else happens, another pod tries. Argo counts disruptions too. The
 * pause stays the same: one that doubles overflows after some sixty deaths, and is none then.
 */
const RETRY = { backoff: { duration: "10" }, expression: `asInt(lastRetry.exitCode) != ${JOB_EXIT.failed}`, limit: DEATHS, retryPolicy: "Always" };

const template = ({ file, owner, record }: MadeOfPipeline, { group, instances, name, options, pod, step }: Parts): object => {
  const { metadata, spec } = podOf(pod, { ...options, attempt: record.attempt ?? 0 }, record, owner, file);
  const grouped = file.queueName !== undefined && (instances ?? 1) > 1;
  const { automountServiceAccountToken: _, containers, initContainers, restartPolicy: __, serviceAccountName, volumes = [], ...rest } = spec;
  return {
    name,
    ...(instances === undefined ? {} : { inputs: { parameters: [{ name: "index" }] } }),
    metadata: {
      annotations: { ...metadata?.annotations, ...(grouped ? { [POD_GROUP.count]: String(instances) } : {}) },
      labels: { ...metadata?.labels, ...queueLabel(file), ...(grouped ? { [POD_GROUP.name]: group } : {}), [STEP]: step, ...(instances === undefined ? {} : { [INSTANCE]: INDEX }) },
    },
    container: containerOf(containers.find((each) => each["name"] === CONTAINER) as Container, instances !== undefined),
    ...(initContainers === undefined ? {} : { initContainers }),
    podSpecPatch: JSON.stringify({ ...rest, ...EXECUTOR }),
    retryStrategy: RETRY,
    serviceAccountName,
    volumes: [...volumes, TOKEN],
  };
};

type Container = PodTemplate["spec"]["containers"][number];

const containerOf = (container: Container, isIndexed: boolean): object => {
  const env = [...((container["env"] ?? []) as object[]), ...(isIndexed ? [{ name: INDEX_VARIABLE, value: INDEX }] : [])];
  return { ...container, command: STEP_COMMAND, ...(env.length === 0 ? {} : { env }), name: MAIN };
};

/** Argo's executor speaks to the API server from containers of its own, and only they have a token; Argo itself would give the step one that never ends. */
const TOKEN = {
  name: `${JOB_VOLUMES}token`,
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
      { configMap: { items: [{ key: "ca.crt", path: "ca.crt" }], name: "kube-root-ca.crt" } },
      { downwardAPI: { items: [{ fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" }, path: "namespace" }] } },
    ],
  },
};

/** What the `restricted` level asks of them, whatever the controller's own configuration says. */
const OF_EXECUTOR = {
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  volumeMounts: [{ mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", name: TOKEN.name, readOnly: true }],
};

const EXECUTOR = { automountServiceAccountToken: false, containers: [{ name: "wait", ...OF_EXECUTOR }], initContainers: [{ name: "init", ...OF_EXECUTOR }] };
