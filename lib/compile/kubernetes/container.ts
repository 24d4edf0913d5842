/** The scoring container of a pod. */
import type { IContainer } from "kubernetes-models/v1/Container";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import type { On } from "../../model/endpoint.ts";
import type { Value } from "../../model/late.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { CONTAINER, PROBES, serveArguments, type ServeOptions } from "../../scoring/contract.ts";
import type { MountedFiles } from "./assets.ts";
import { compileCollector } from "./collector.ts";
import { CONTAINER_NAME, imageOf, PRE_STOP_SECONDS, REQUESTS, RESTRICTED, VOLUMES } from "./containers.ts";
import { pathOf } from "./gateway.ts";
import { filled } from "./lists.ts";
import type { With } from "./manifest.ts";
import { compileProbe, PORT_NAME, STARTUP } from "./probes.ts";
import { tokenMounts, tokensFile } from "./tokens.ts";
import { compileVariables } from "./variables.ts";

/** A core/v1 Container. */
export const compileContainer = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, files: MountedFiles<V>): With<IContainer, V> => {
  const deployment = endpoint.deployments[name] as OnlineDeployment<V>;
  const { kubernetes } = deployment;
  return {
    args: compileArguments(endpoint, name, { port: CONTAINER.port, entryScript: deployment.codeConfiguration?.scoringScript }),
    env: filled(compileVariables(deployment, files)),
    image: imageOf(endpoint, deployment),
    lifecycle: { preStop: { sleep: { seconds: PRE_STOP_SECONDS } } },
    livenessProbe: compileProbe(PROBES.liveness, deployment.livenessProbe),
    name: CONTAINER_NAME,
    ports: [{ containerPort: CONTAINER.port, name: PORT_NAME, protocol: "TCP" }],
    readinessProbe: compileProbe(PROBES.readiness, deployment.readinessProbe),
    resources: compileResources(kubernetes),
    securityContext: { ...RESTRICTED, readOnlyRootFilesystem: true },
    // What the server writes itself, or where it could write nothing, the end of its log.
    terminationMessagePolicy: "FallbackToLogsOnError",
    startupProbe: compileProbe(PROBES.startup, deployment.startupProbe ?? STARTUP),
    volumeMounts: [...ownMounts(endpoint, name), ...files.mounts, ...kubernetes.volumeMounts],
  };
};

/** What every front needs. */
export const ownMounts = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string): With<IVolumeMount, V>[] => [
  { mountPath: "/tmp", name: VOLUMES.temporary },
  ...(endpoint.authMode === "key" ? [{ mountPath: CONTAINER.keys, name: VOLUMES.keys, readOnly: true }] : []),
  ...tokenMounts(endpoint),
  ...(compileCollector(endpoint, name)?.mounts ?? []),
];

/** How long a front may still hold what it took. */
export const drainSeconds = <V>({ requestSettings }: OnlineDeployment<V>): number => Math.ceil((requestSettings.requestTimeoutMs + requestSettings.maxQueueWaitMs) / 1000);

/** Without a request the scheduler counts a pod as nothing, and an autoscaler has nothing to take a share of; a limit is a request too. */
export const compileResources = <V>({ resources = {} }: Pick<OnlineDeployment<V>["kubernetes"], "resources">): With<IContainer, V>["resources"] => {
  const { limits, requests } = resources;
  const unsaid = Object.entries(REQUESTS).filter(([kind]) => limits?.[kind] === undefined && requests?.[kind] === undefined);
  return { limits, requests: { ...requests, ...Object.fromEntries(unsaid) } };
};

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
    keys: endpoint.authMode === "key" ? CONTAINER.keys : undefined,
    tokens: tokensFile(endpoint),
    maxInFlight: 2 * requestSettings.maxConcurrentRequestsPerInstance,
    requestTimeoutMs: requestSettings.requestTimeoutMs,
    maxQueueWaitMs: requestSettings.maxQueueWaitMs,
  });
  return ["serve", ...written, ...(path === "/" ? [] : ["--path-prefix", path])];
};
