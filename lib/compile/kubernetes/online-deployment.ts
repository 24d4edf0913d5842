/** What runs a deployment: files, account, pods, their Service, the budget of their disruptions, and who reaches them. */
import type { IDeployment } from "kubernetes-models/apps/v1/Deployment";
import type { IPodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
import type { IService } from "kubernetes-models/v1/Service";
import type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import type { DeploymentAssets } from "../../model/bundle.ts";
import type { On } from "../../model/endpoint.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import { settleRollingUpdate } from "../../model/pod.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { compileAssets, type MountedFiles } from "./assets.ts";
import { compileAutoscale } from "./autoscale.ts";
import { PROVIDER_PREFIX } from "./await.ts";
import { compileCollector } from "./collector.ts";
import { configOf, frontPort } from "./custom-container.ts";
import { idOf, ofDeployment } from "./ids.ts";
import type { With } from "./manifest.ts";
import type { Owner } from "./owner.ts";
import { deploymentMetadata, selector } from "./metadata.ts";
import { compileNetworkPolicy } from "./network-policy.ts";
import { compilePod } from "./pod.ts";
import { PORT_NAME, startSeconds, STARTUP } from "./probes.ts";

/** Port of a deployment's Service. */
export const SERVICE_PORT = 80;

/** Every object of a deployment. `keys` are the ids of what its pods' keys come from. */
export const compileOnlineDeployment = <V>(
  endpoint: On<V, KubernetesTarget<V>>,
  name: string,
  assets: DeploymentAssets,
  keys: readonly string[],
): PlannedResource[] => {
  const files = compileAssets(endpoint, name, assets);
  const before = [...files.resources, ...(compileCollector(endpoint, name)?.resources ?? []), ...serviceAccount(endpoint, name), ...compileNetworkPolicy(endpoint, name)];
  return [
    ...before,
    workload(endpoint, name, files, [...before.map(({ id }) => id), ...keys]),
    service(endpoint, name),
    podDisruptionBudget(endpoint, name),
    ...compileAutoscale(endpoint, name),
  ];
};

/** The account of a deployment's pods, where none is named. */
export const serviceAccount = <V>(endpoint: Owner<V>, name: string): PlannedResource[] => {
  const given = endpoint.deployments[name]?.kubernetes.serviceAccount;
  if (given?.name !== undefined) return [];
  const inputs: With<IServiceAccount, V> = {
    apiVersion: "v1",
    automountServiceAccountToken: false,
    kind: "ServiceAccount",
    metadata: deploymentMetadata(endpoint, name, "", given?.annotations),
  };
  return [ofDeployment(endpoint, name, "serviceAccount", { type: "kubernetes:core/v1:ServiceAccount", inputs })];
};

const workload = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, files: MountedFiles<V>, dependsOn: readonly string[]): PlannedResource => {
  const deployment = endpoint.deployments[name] as OnlineDeployment<V>;
  const deadline = deadlineSeconds(deployment, files);
  const inputs: With<IDeployment, V> = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: deploymentMetadata(endpoint, name, "", deadline > AWAIT_SECONDS ? { [AWAIT]: `${deadline}` } : {}),
    spec: {
      progressDeadlineSeconds: deadline,
      replicas: deployment.instanceCount,
      selector: { matchLabels: selector(endpoint.name, name) },
      strategy: { rollingUpdate: settleRollingUpdate(deployment.kubernetes.rollingUpdate), type: "RollingUpdate" },
      template: compilePod(endpoint, name, files),
    },
  };
  return ofDeployment(endpoint, name, "deployment", { type: "kubernetes:apps/v1:Deployment", inputs, options: { dependsOn, ...(deployment.autoscale === undefined ? {} : WRITTEN_ONCE) } });
};

/** An autoscaler writes the number of pods after us, and it is not put back. */
const WRITTEN_ONCE = { ignoreChanges: ["spec.replicas"] } as const;

/** Before a start can fail: to be scheduled, and to pull the image. */
const BEFORE_SECONDS = 300;
/** To fetch or copy a model. */
const BRING_SECONDS = 1800;
/** How long the Pulumi provider waits for a Deployment by itself; longer, where it is told so by an annotation. */
const AWAIT_SECONDS = 600;
const AWAIT = `${PROVIDER_PREFIX}timeoutSeconds`;

/** A pod that still starts within what its probe allows is no failure. */
const deadlineSeconds = <V>({ startupProbe }: OnlineDeployment<V>, { before }: MountedFiles<V>): number =>
  BEFORE_SECONDS + (before.length === 0 ? 0 : BRING_SECONDS) + Math.max(startSeconds(STARTUP), startSeconds(startupProbe ?? STARTUP));

/** Made after the pods and deleted before them, so that it never stands without one that is ready. */
const service = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string): PlannedResource => {
  // Not every version of Kubernetes looks for a port's name among sidecars.
  const config = configOf(endpoint.deployments[name] as OnlineDeployment<V>);
  const inputs: With<IService, V> = {
    apiVersion: "v1",
    kind: "Service",
    metadata: deploymentMetadata(endpoint, name),
    spec: { ports: [{ name: PORT_NAME, port: SERVICE_PORT, protocol: "TCP", targetPort: config === undefined ? PORT_NAME : frontPort(config) }], selector: selector(endpoint.name, name), type: "ClusterIP" },
  };
  const options = { dependsOn: [idOf("deployment", name)] };
  return ofDeployment(endpoint, name, "service", { type: "kubernetes:core/v1:Service", inputs, options });
};

/** Pods that are not ready may always go: else one that never gets ready holds up the drain of its node. */
const podDisruptionBudget = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string): PlannedResource => {
  const inputs: With<IPodDisruptionBudget, V> = {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: deploymentMetadata(endpoint, name),
    spec: { maxUnavailable: 1, selector: { matchLabels: selector(endpoint.name, name) }, unhealthyPodEvictionPolicy: "AlwaysAllow" },
  };
  return ofDeployment(endpoint, name, "podDisruptionBudget", { type: "kubernetes:policy/v1:PodDisruptionBudget", inputs });
};
