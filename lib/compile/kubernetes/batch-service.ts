/** The service that takes the jobs of a batch endpoint: its file, what it may do, one small pod, and its Service. */
import type { IDeployment } from "kubernetes-models/apps/v1/Deployment";
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import type { IService } from "kubernetes-models/v1/Service";
import type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import type { BatchOn } from "../../model/batch-endpoint.ts";
import { Hash, join, Json, type Value } from "../../model/late.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { JOB_PATHS, JOB_PERMISSIONS, PIPELINE_PERMISSIONS, SERVICE_FILE } from "../../scoring/contract/batch-cluster.ts";
import { batchServeArguments } from "../../scoring/contract/batch.ts";
import { CONTAINER, PROBES } from "../../scoring/contract.ts";
import { compileRole, compileRoleBinding, ROLE, ROLE_BINDING } from "./access.ts";
import { CONTAINER_NAME, PRE_STOP_SECONDS, RESTRICTED, SMALL, USER, VOLUMES } from "./containers.ts";
import { pathOf } from "./gateway.ts";
import { ofEndpoint } from "./ids.ts";
import { keysSecretName } from "./keys.ts";
import type { With } from "./manifest.ts";
import { endpointMetadata, invokerLabels, invokerSelector } from "./metadata.ts";
import { SERVICE_PORT } from "./online-deployment.ts";
import type { Owner } from "./owner.ts";
import { KEYS_MODE } from "./pod.ts";
import { compileProbe, PORT_NAME, STARTUP } from "./probes.ts";
import { tokenMounts, tokensFile, tokenVolumes } from "./tokens.ts";

/** Name of the volume with the file. */
const FILE = "batch";
/** For answers that wait on the API server, after the Gateway has learnt that the pod goes. */
const LAST_SECONDS = 20;
const ASKED = { initialDelay: 0, period: 10, timeout: 2, successThreshold: 1, failureThreshold: 3 } as const;

/** Its objects in their order. `entries` are the deployments as its file has them; `after` are ids of what must be there before. */
export const compileInvoker = <V>(endpoint: BatchOn<V, KubernetesTarget<V>>, owner: Owner<V>, entries: Readonly<Record<string, object>>, after: readonly string[]): PlannedResource[] => {
  const file = compileFile(endpoint, owner, entries);
  const access = compileAccess(owner, Object.values(endpoint.deployments).some(({ type }) => type === "pipeline"));
  const before = [file.resource, ...access];
  return [...before, workload(owner, file.name, [...before.map(({ id }) => id), ...after]), service(owner)];
};

interface File<V> {
  readonly resource: PlannedResource;
  /** The ConfigMap's, which changes with the content: a pod reads one file for as long as it lives. */
  readonly name: Value<V>;
}

const compileFile = <V>({ defaults, kubernetes, name: endpoint }: BatchOn<V, KubernetesTarget<V>>, owner: Owner<V>, deployments: Readonly<Record<string, object>>): File<V> => {
  const { jobsClaim, maxConcurrentJobs, queueName, recordRetentionDays, ttlSecondsAfterFinished } = kubernetes;
  const content = new Json({ endpoint, defaultDeployment: defaults?.deploymentName, deployments, jobsClaim, maxConcurrentJobs, queueName, recordRetentionDays, ttlSecondsAfterFinished });
  const metadata = endpointMetadata(owner, `${endpoint}-batch`);
  const name = join<V>`${metadata.name}-${new Hash<V>([content], 12)}`;
  const inputs: With<IConfigMap, V> = { apiVersion: "v1", data: { [SERVICE_FILE]: content }, immutable: true, kind: "ConfigMap", metadata: { ...metadata, name } };
  return { name, resource: ofEndpoint(owner, "invokerFile", { type: "kubernetes:core/v1:ConfigMap", inputs, options: { deleteBeforeReplace: false } }) };
};

/** Its account, and exactly what it does in its namespace. The records of jobs belong to the account, and go with it. */
const compileAccess = <V>(owner: Owner<V>, pipelines: boolean): PlannedResource[] => {
  const metadata = endpointMetadata(owner, owner.name);
  const account: With<IServiceAccount, V> = { apiVersion: "v1", automountServiceAccountToken: false, kind: "ServiceAccount", metadata };
  const rules = [...JOB_PERMISSIONS, ...(pipelines ? PIPELINE_PERMISSIONS : [])];
  return [
    ofEndpoint(owner, "invokerAccount", { type: "kubernetes:core/v1:ServiceAccount", inputs: account }),
    ofEndpoint(owner, "invokerRole", { type: ROLE, inputs: compileRole(metadata, rules) }),
    ofEndpoint(owner, "invokerRoleBinding", { type: ROLE_BINDING, inputs: compileRoleBinding(metadata, [owner.name]), options: { dependsOn: ["invokerAccount", "invokerRole"] } }),
  ];
};

/** One pod is enough: what it knows is in the cluster, and for the moment of an update two know the same. */
const workload = <V>(owner: Owner<V>, file: Value<V>, dependsOn: readonly string[]): PlannedResource => {
  const inputs: With<IDeployment, V> = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: endpointMetadata(owner, owner.name),
    spec: {
      replicas: 1,
      selector: { matchLabels: invokerSelector(owner.name) },
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }, type: "RollingUpdate" },
      template: { metadata: { labels: invokerLabels(owner.name) }, spec: podSpec(owner, file) },
    },
  };
  return ofEndpoint(owner, "invoker", { type: "kubernetes:apps/v1:Deployment", inputs, options: { dependsOn } });
};

const podSpec = <V>(owner: Owner<V>, file: Value<V>): With<IPodSpec, V> => ({
  automountServiceAccountToken: true,
  containers: [
    {
      args: compileArguments(owner),
      image: owner.target.scoringImage,
      lifecycle: { preStop: { sleep: { seconds: PRE_STOP_SECONDS } } },
      livenessProbe: compileProbe(PROBES.liveness, ASKED),
      name: CONTAINER_NAME,
      ports: [{ containerPort: CONTAINER.port, name: PORT_NAME, protocol: "TCP" }],
      readinessProbe: compileProbe(PROBES.readiness, ASKED),
      resources: { requests: SMALL },
      securityContext: { ...RESTRICTED, readOnlyRootFilesystem: true },
      startupProbe: compileProbe(PROBES.startup, { ...STARTUP, period: 2 }),
      terminationMessagePolicy: "FallbackToLogsOnError",
      volumeMounts: [
        { mountPath: "/tmp", name: VOLUMES.temporary },
        ...(owner.authMode === "key" ? [{ mountPath: CONTAINER.keys, name: VOLUMES.keys, readOnly: true }] : []),
        ...tokenMounts(owner),
        { mountPath: JOB_PATHS.service, name: FILE, readOnly: true },
      ],
    },
  ],
  enableServiceLinks: false,
  securityContext: { fsGroup: USER, runAsGroup: USER, runAsNonRoot: true, runAsUser: USER, seccompProfile: { type: "RuntimeDefault" } },
  serviceAccountName: owner.name,
  terminationGracePeriodSeconds: PRE_STOP_SECONDS + LAST_SECONDS,
  volumes: [
    { emptyDir: {}, name: VOLUMES.temporary },
    ...(owner.authMode === "key" ? [{ name: VOLUMES.keys, secret: { defaultMode: KEYS_MODE, secretName: keysSecretName(owner) } }] : []),
    ...tokenVolumes(owner),
    { configMap: { name: file }, name: FILE },
  ],
});

const compileArguments = <V>(owner: Owner<V>): Value<V>[] => {
  const path = pathOf(owner);
  const written = batchServeArguments({ cluster: `${JOB_PATHS.service}/${SERVICE_FILE}`, host: "0.0.0.0", port: CONTAINER.port, keys: owner.authMode === "key" ? CONTAINER.keys : undefined, tokens: tokensFile(owner) });
  return ["serve-batch", ...written, ...(path === "/" ? [] : ["--path-prefix", path])];
};

const service = <V>(owner: Owner<V>): PlannedResource => {
  const inputs: With<IService, V> = {
    apiVersion: "v1",
    kind: "Service",
    metadata: endpointMetadata(owner, owner.name),
    spec: { ports: [{ name: PORT_NAME, port: SERVICE_PORT, protocol: "TCP", targetPort: PORT_NAME }], selector: invokerSelector(owner.name), type: "ClusterIP" },
  };
  return ofEndpoint(owner, "invokerService", { type: "kubernetes:core/v1:Service", inputs, options: { dependsOn: ["invoker"] } });
};
