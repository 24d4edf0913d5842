/** The scoring container of a pod. */
import type { IContainer } from "kubernetes-models/v1/Container";
import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import type { On } from "../../model/endpoint.ts";
import type { Value } from "../../model/late.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { CONTAINER, ENVIRONMENT, PROBES, serveArguments, type ServeOptions } from "../../scoring/contract.ts";
import type { MountedFiles } from "./assets.ts";
import { compileCollector } from "./collector.ts";
import { pathOf } from "./gateway.ts";
import type { With } from "./manifest.ts";
import { compileProbe, PORT_NAME, STARTUP } from "./probes.ts";

/** Longer than a gateway takes to learn that a pod is going: until then it still sends requests. */
export const PRE_STOP_SECONDS = 15;

/** The container with the model. */
export const CONTAINER_NAME = "scoring";

/** Any number but 0, above those that images give their own users; files need no owner, since all that is written is the pod's own. */
export const USER = 10_001;

/** Enough to be scheduled with care and started anywhere; what a model needs only its author knows. */
export const REQUESTS = { cpu: "100m", memory: "256Mi" } as const;

/** What the `restricted` level asks of every container. */
export const RESTRICTED = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } as const;

/** Volumes of the pods that are the library's own, by name. */
export const VOLUMES = { keys: "keys", temporary: "tmp", model: "model", code: "code", collector: "collector", collected: "collected" } as const;

/** A core/v1 Container. */
export const compileContainer = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, files: MountedFiles<V>): With<IContainer, V> => {
  const deployment = endpoint.deployments[name] as OnlineDeployment<V>;
  const { kubernetes } = deployment;
  return {
    args: compileArguments(endpoint, name, { port: CONTAINER.port, entryScript: deployment.codeConfiguration?.scoringScript }),
    env: compileVariables(deployment, files),
    image: imageOf(endpoint, deployment),
    lifecycle: { preStop: { sleep: { seconds: PRE_STOP_SECONDS } } },
    livenessProbe: compileProbe(PROBES.liveness, deployment.livenessProbe),
    name: CONTAINER_NAME,
    ports: [{ containerPort: CONTAINER.port, name: PORT_NAME, protocol: "TCP" }],
    readinessProbe: compileProbe(PROBES.readiness, deployment.readinessProbe),
    resources: compileResources(kubernetes),
    securityContext: { ...RESTRICTED, readOnlyRootFilesystem: true },
    startupProbe: compileProbe(PROBES.startup, deployment.startupProbe ?? STARTUP),
    volumeMounts: [...ownMounts(endpoint, name), ...files.mounts, ...kubernetes.volumeMounts],
  };
};

/** What every front needs. */
export const ownMounts = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string): With<IVolumeMount, V>[] => [
  { mountPath: "/tmp", name: VOLUMES.temporary },
  { mountPath: CONTAINER.keys, name: VOLUMES.keys, readOnly: true },
  ...(compileCollector(endpoint, name)?.mounts ?? []),
];

/** How long a front may still hold what it took. */
export const drainSeconds = <V>({ requestSettings }: OnlineDeployment<V>): number => Math.ceil((requestSettings.requestTimeoutMs + requestSettings.maxQueueWaitMs) / 1000);

/** Without a request the scheduler counts a pod as nothing, and an autoscaler has nothing to take a share of; a limit is a request too. */
export const compileResources = <V>({ resources = {} }: OnlineDeployment<V>["kubernetes"]): With<IContainer, V>["resources"] => {
  const { limits, requests } = resources;
  const unsaid = Object.entries(REQUESTS).filter(([kind]) => limits?.[kind] === undefined && requests?.[kind] === undefined);
  return { limits, requests: { ...requests, ...Object.fromEntries(unsaid) } };
};

/** The deployment's own image, which has its packages, before the target's. */
export const imageOf = <V>({ target }: On<V, KubernetesTarget<V>>, { kubernetes }: OnlineDeployment<V>): V | undefined => kubernetes.scoringImage ?? target.scoringImage;

/** Arguments of a front. `also` says what it serves, and at which port. */
export const compileArguments = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, also: ServeOptions): Value<V>[] => {
  const { requestSettings } = endpoint.deployments[name] as OnlineDeployment<V>;
  const path = pathOf(endpoint);
  const written = serveArguments({
    host: "0.0.0.0",
    ...also,
    dataCollector: compileCollector(endpoint, name)?.path,
    deployment: name,
    statuses: "managed",
    keys: CONTAINER.keys,
    maxInFlight: 2 * requestSettings.maxConcurrentRequestsPerInstance,
    requestTimeoutMs: requestSettings.requestTimeoutMs,
    maxQueueWaitMs: requestSettings.maxQueueWaitMs,
  });
  return ["serve", ...written, ...(path === "/" ? [] : ["--path-prefix", path])];
};

/** Ours, then the deployment's; a name that it sets itself is its own, because a list with a name twice is refused. */
export const compileVariables = <V>(
  { environmentVariables, secretVariables }: OnlineDeployment<V>,
  { appRoot, modelDir }: Partial<Pick<MountedFiles<V>, "appRoot" | "modelDir">>,
): With<IEnvVar, V>[] => {
  const own = { [ENVIRONMENT.appRoot]: appRoot, [ENVIRONMENT.modelDir]: modelDir };
  const kept = Object.entries(own).flatMap(([name, value]) => (value === undefined || name in environmentVariables || name in secretVariables ? [] : [{ name, value }]));
  return [
    ...kept,
    ...Object.entries(environmentVariables).map(([name, value]) => ({ name, value })),
    ...Object.entries(secretVariables).map(([name, { key, secret }]) => ({ name, valueFrom: { secretKeyRef: { key, name: secret } } })),
  ];
};
