/** The pods of a deployment, at the `restricted` Pod Security level. */
import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { On } from "../../model/endpoint.ts";
import { Hash } from "../../model/late.ts";
import { pairName } from "../../model/names.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import type { MountedFiles } from "./assets.ts";
import { compileCollector } from "./collector.ts";
import { compileContainer, drainSeconds } from "./container.ts";
import { imageOf, PRE_STOP_SECONDS, USER, VOLUMES } from "./containers.ts";
import { compileCustomContainer, compileFront, configOf, END_SECONDS } from "./custom-container.ts";
import { pathOf } from "./gateway.ts";
import { keysSecretName } from "./keys.ts";
import type { With } from "./manifest.ts";
import { deploymentLabels, selector } from "./metadata.ts";
import type { Owner, PodDeployment } from "./owner.ts";
import { tokenVolumes } from "./tokens.ts";

/** Readable by the pod's group, and by nobody else. */
export const KEYS_MODE = 0o440;
/** What is left after the last request for workers to end. */
const LAST_SECONDS = 5;

/** Where one failure takes all that is there. */
const SPREAD_OVER = ["kubernetes.io/hostname", "topology.kubernetes.io/zone"] as const;

/** Annotation of the pods that changes with the configuration they started with. */
export const CONFIG = "inference-endpoints/config";

/** A core/v1 PodTemplateSpec. */
export const compilePod = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, files: MountedFiles<V>): With<IPodTemplateSpec, V> => {
  const { kubernetes } = endpoint.deployments[name] as OnlineDeployment<V>;
  return {
    metadata: {
      annotations: { ...kubernetes.podAnnotations, [CONFIG]: configHash(endpoint, name, files) },
      labels: { ...kubernetes.podLabels, ...deploymentLabels(endpoint.name, name) },
    },
    spec: podSpec(endpoint, name, files),
  };
};

const podSpec = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, files: MountedFiles<V>): With<IPodSpec, V> => {
  const deployment = endpoint.deployments[name] as OnlineDeployment<V>;
  const { affinity, imagePullSecrets, nodeSelector, priorityClassName, tolerations, topologySpreadConstraints, volumes } = deployment.kubernetes;
  const config = configOf(deployment);
  const before = [...files.before, ...(config === undefined ? [] : [compileFront(endpoint, name, config)])];
  return {
    affinity: affinity as With<IPodSpec, V>["affinity"],
    automountServiceAccountToken: false,
    containers: [config === undefined ? compileContainer(endpoint, name, files) : compileCustomContainer(deployment, config, files)],
    enableServiceLinks: false,
    initContainers: before.length === 0 ? undefined : before,
    imagePullSecrets: imagePullSecrets?.map((secret) => ({ name: secret })),
    nodeSelector,
    priorityClassName,
    securityContext: securityContext(deployment),
    serviceAccountName: serviceAccountName(endpoint, name),
    terminationGracePeriodSeconds: graceSeconds(deployment),
    tolerations,
    topologySpreadConstraints: (topologySpreadConstraints as With<IPodSpec, V>["topologySpreadConstraints"]) ?? SPREAD_OVER.map((topologyKey) => ({ labelSelector: { matchLabels: selector(endpoint.name, name) }, maxSkew: 1, topologyKey, whenUnsatisfiable: "ScheduleAnyway" })),
    volumes: [
      { emptyDir: {}, name: VOLUMES.temporary },
      ...(endpoint.authMode === "key" ? [{ name: VOLUMES.keys, secret: { defaultMode: KEYS_MODE, secretName: keysSecretName(endpoint) } }] : []),
      ...tokenVolumes(endpoint),
      ...files.volumes,
      ...(compileCollector(endpoint, name)?.volumes ?? []),
      ...(volumes as With<IVolume, V>[]),
    ],
  };
};

/** Further ones of the `restricted` level's rules are those of the containers. A custom container runs as its image says, unless that is root. */
export const securityContext = <V>(deployment: PodDeployment<V>): With<IPodSpec, V>["securityContext"] => {
  const own = configOf(deployment) === undefined ? USER : undefined;
  const { fsGroup = USER, runAsGroup = own, runAsUser = own, supplementalGroups } = deployment.kubernetes.securityContext ?? {};
  return { fsGroup, runAsGroup, runAsNonRoot: true, runAsUser, seccompProfile: { type: "RuntimeDefault" }, supplementalGroups };
};

/** The account that is named, or the one that is made. */
export const serviceAccountName = <V>(endpoint: Owner<V>, name: string): V | string =>
  endpoint.deployments[name]?.kubernetes.serviceAccount?.name ?? pairName(endpoint.name, name);

/** Kubernetes counts from the beginning of preStop; the longest request may have come at its end. */
const graceSeconds = <V>(deployment: OnlineDeployment<V>): number =>
  PRE_STOP_SECONDS + drainSeconds(deployment) + (configOf(deployment) === undefined ? 0 : END_SECONDS) + LAST_SECONDS;

/** Keys and tokens are left out: the front reads them again when they change, without a restart. */
const configHash = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, { hashes }: MountedFiles<V>): Hash<V> => {
  const deployment = endpoint.deployments[name] as OnlineDeployment<V>;
  const { codeConfiguration, environment, environmentVariables, requestSettings, secretVariables } = deployment;
  const secrets = Object.entries(secretVariables);
  const plain = { inferenceConfig: environment?.inferenceConfig, requestSettings, scoringScript: codeConfiguration?.scoringScript, variables: Object.keys(environmentVariables), ...(secrets.length === 0 ? {} : { secrets: secrets.map(([name, { key }]) => [name, key]) }) };
  return new Hash<V>([JSON.stringify(plain), ...hashes, imageOf(endpoint, deployment) ?? "", environment?.image ?? "", pathOf(endpoint), ...Object.values(environmentVariables), ...secrets.map(([, { secret }]) => secret), compileCollector(endpoint, name)?.hash ?? ""], 12);
};
