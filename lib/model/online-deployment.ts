import type { z } from "zod";
import { autoscale, type AutoscaleArgs } from "./autoscale.ts";
import { azureDeployment, localDeployment, type AzureDeploymentArgs, type LocalDeploymentArgs } from "./compute.ts";
import { dataCollector, type DataCollectorArgs } from "./collector.ts";
import { late, lateMap, oneOf, strict, text, whole } from "./fields.ts";
import { withMore } from "./refused.ts";
import { kubernetesDeployment, type KubernetesDeploymentArgs } from "./pod.ts";
import { MISPLACED_IN_ONLINE_DEPLOYMENT } from "./misplaced.ts";
import type { ModelClaimArgs, ModelImageArgs } from "./mounted-model.ts";
import { probe, type ProbeArgs } from "./probes.ts";
import { plainOf, secretsOf, variables, type SecretVariableArgs } from "./variables.ts";
import { codeConfiguration, environment, model, type CodeConfigurationArgs, type EnvironmentArgs, type ModelArgs } from "./sources.ts";

/** How many requests one instance takes, and how long they may last. */
export interface RequestSettingsArgs {
  /**
   * Milliseconds until the caller gets 408, 1 to 300 000; on managed compute 180 000 at most, but for prompt flows (how-to-manage-quotas): more is refused
   * there of what is no custom container, and warned of what is. @default 5000
   */
  readonly requestTimeoutMs?: number;
  /**
   * Requests that one instance runs at once, 1 or more; twice as many are held, one more is 429. Set it to the number of workers
   * (`WORKER_COUNT`). @default 1
   */
  readonly maxConcurrentRequestsPerInstance?: number;
  /** Milliseconds that a request may wait for a free worker, 0 or more; then 429. Managed compute has deprecated it. @default 500 */
  readonly maxQueueWaitMs?: number;
}

/**
 * A deployment of an online endpoint: a model, the code that asks it, and the compute that runs both. Names are those of the `az ml` YAML schema.
 * Except where said otherwise, a change rolls through the instances in place.
 */
export interface OnlineDeploymentArgs<V> {
  /** A sentence for people. @default - none */
  readonly description?: V;
  /**
   * Tags (Azure) and annotations (Kubernetes), besides the endpoint's. Models and code are registered once for all deployments of an endpoint, and have
   * the endpoint's alone; where another program owns that, they have these. @default - none
   */
  readonly tags?: Readonly<Record<string, V>>;
  /** `{ path }`; `{ image }` or `{ claim }` (Kubernetes); or a reference to a registered model (Azure), of which an Output must be the full id. @default - none: for custom containers alone */
  readonly model?: V | ModelArgs | ModelImageArgs<V> | ModelClaimArgs<V>;
  /** Absolute path at which a custom container finds the model, on Azure and on Kubernetes. @default - `/var/azureml-app/azureml-models/<name>/<version>` */
  readonly modelMountPath?: string;
  /** The scoring script. @default - none: MLflow and Triton models, ONNX files and custom containers need none */
  readonly codeConfiguration?: CodeConfigurationArgs<V>;
  /** What the script runs in. @default - none: the bundled container alone */
  readonly environment?: EnvironmentArgs<V>;
  /**
   * Environment of the container. Azure and Kubernetes keep written values where whoever may read the deployment reads them too, secret or not;
   * `{ secret, key }` is a value that stands in a Secret. @default - none
   */
  readonly environmentVariables?: Readonly<Record<string, V | SecretVariableArgs<V>>>;
  /**
   * Instances, 1 or more; 50 at most on managed compute (how-to-manage-quotas). On localhost: worker processes. With `autoscale` those that it begins
   * with, and a later change has no effect. On managed compute another change of the deployment then puts the number that the state knows: that is the
   * autoscaler's after `pulumi up --refresh`, and a preview says so. @default - 1; with `autoscale` its `defaultInstances`
   */
  readonly instanceCount?: number;
  /**
   * Who decides on the number of instances while it runs: an autoscale setting of Azure Monitor on managed compute, the service's own scaling on
   * Kubernetes compute; on Kubernetes a HorizontalPodAutoscaler for `cpu` and `memory`, else a ScaledObject of KEDA. Not used on localhost.
   * @default - none: `instanceCount` stays
   */
  readonly autoscale?: AutoscaleArgs;
  /** @default - the defaults of its fields */
  readonly requestSettings?: RequestSettingsArgs;
  /** Restarts a container that hangs. @default - the defaults of its fields */
  readonly livenessProbe?: ProbeArgs;
  /** Keeps requests from a container that is not ready. @default - the defaults of its fields */
  readonly readinessProbe?: ProbeArgs;
  /** Gives a slow start its time before liveness counts. @default - none on Azure; on Kubernetes 10 s between, 30 tries */
  readonly startupProbe?: ProbeArgs;
  /** Keeps inputs and outputs for monitoring: on Azure in data assets, on localhost in a folder, on Kubernetes in `kubernetes.collectedData`. @default - none */
  readonly dataCollector?: DataCollectorArgs<V>;
  /**
   * Whether the containers may call out. A change replaces the deployment on Azure. @default - unset: Azure and Kubernetes leave it enabled, and a
   * workspace with a managed network decides itself
   */
  readonly egressPublicNetworkAccess?: "enabled" | "disabled";
  /** What only Azure Machine Learning understands. @default - the defaults of its fields */
  readonly azure?: AzureDeploymentArgs<V>;
  /** What only Kubernetes understands. @default - the defaults of its fields */
  readonly kubernetes?: KubernetesDeploymentArgs<V>;
  /** What only this machine understands. @default - the defaults of its fields */
  readonly local?: LocalDeploymentArgs;
}

const requestSettings = () =>
  strict({
    requestTimeoutMs: whole("milliseconds", 1, 300_000).default(5000),
    maxConcurrentRequestsPerInstance: whole("requests", 1).default(1),
    maxQueueWaitMs: whole("milliseconds", 0).default(500),
  });

/** The schema of a deployment; every default stands here. @internal */
export const onlineDeployment = <V>() =>
  strict({
    description: late<V>().optional(),
    tags: lateMap<V>().default({}),
    model: model<V>().optional(),
    modelMountPath: text("a path").regex(/^\//, { error: 'expected an absolute path, beginning with "/"' }).optional(),
    codeConfiguration: codeConfiguration<V>().optional(),
    environment: environment<V>().optional(),
    environmentVariables: variables<V>().default({}),
    instanceCount: whole("instances", 1).optional(),
    autoscale: autoscale().optional(),
    requestSettings: requestSettings().prefault({}),
    livenessProbe: probe(1).prefault({}),
    readinessProbe: probe().prefault({}),
    startupProbe: probe(1).optional(),
    dataCollector: dataCollector<V>().optional(),
    egressPublicNetworkAccess: oneOf("enabled", "disabled").optional(),
    azure: azureDeployment<V>().prefault({}),
    kubernetes: kubernetesDeployment<V>().prefault({}),
    local: localDeployment().prefault({}),
  }, "a deployment", MISPLACED_IN_ONLINE_DEPLOYMENT).transform((deployment) =>
    withMore(deployment, {
      environmentVariables: (given) => plainOf<V>(given.environmentVariables),
      secretVariables: (given) => secretsOf<V>(given.environmentVariables),
      instanceCount: (given) => given.instanceCount ?? given.autoscale?.defaultInstances ?? 1,
    }),
  );

/** A deployment, parsed: every default filled in. @internal */
export type OnlineDeployment<V> = Readonly<z.output<ReturnType<typeof onlineDeployment<V>>>>;
