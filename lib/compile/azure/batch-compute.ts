/** Clusters that are made for the jobs of a batch endpoint, and ids of those that exist. */
import type { BatchCompute, NewCluster } from "../../model/batch-compute.ts";
import type { BatchOn } from "../../model/batch-endpoint.ts";
import { Ref, type Value } from "../../model/late.ts";
import type { PlannedResource } from "../../model/plan.ts";
import { show } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { seconds } from "./durations.ts";
import { assetOwner, assetTags, clusterId, clusterName, inWorkspace } from "./ids.ts";

type Endpoint<V> = BatchOn<V, AzureMlTarget<V>>;

const resourceId = (name: string): string => `compute:${name}`;

/** Ids of the plan's resources that a deployment on this compute must follow. */
export const beforeOn = <V>(compute: BatchCompute<V> | undefined): string[] => (compute?.kind === "new" ? [resourceId(compute.create.name)] : []);

/** The id of the compute. */
export const batchComputeId = <V>(endpoint: Endpoint<V>, compute: BatchCompute<V>): Value<V> =>
  compute.kind === "new" ? new Ref(resourceId(compute.create.name), "id") : clusterId(endpoint, compute.id);

/** The name of the compute, as pipelines call it; where only an id is known, that. */
export const batchComputeName = <V>(compute: BatchCompute<V>): Value<V> => (compute.kind === "new" ? compute.create.name : (clusterName(compute.id) ?? compute.id));

/** A cluster each, however many deployments share it. */
export const compileClusters = <V>(endpoint: Endpoint<V>): PlannedResource[] => {
  const named = new Map(Object.entries(endpoint.deployments).flatMap(([name, { azure: { compute } }]) => (compute?.kind === "new" ? [[compute.create.name, { deployment: name, cluster: compute.create }] as const] : [])));
  return [...named.values()].map(({ cluster, deployment }) => compileCluster(endpoint, deployment, cluster));
};

/** What Azure does not change of a cluster: its nodes. */
const REPLACE = ["vmSize", "vmPriority", "subnet", "enableNodePublicIp"].map((key) => `properties.properties.${key}`);

/** `deployment` is one of those that have it. */
const compileCluster = <V>(endpoint: Endpoint<V>, deployment: string, cluster: NewCluster<V>): PlannedResource => {
  const { location, resourceGroupName, workspaceName } = endpoint.target;
  return {
    id: resourceId(cluster.name),
    role: "compute",
    type: "azure-native:machinelearningservices:Compute",
    logicalName: `${assetOwner(endpoint)}-compute-${cluster.name}`,
    inputs: {
      computeName: cluster.name,
      identity: identity(cluster),
      location,
      properties: { computeType: "AmlCompute", disableLocalAuth: true, properties: nodes(cluster) },
      resourceGroupName,
      tags: assetTags(endpoint),
      workspaceName,
    },
    options: { replaceOnChanges: REPLACE, deleteBeforeReplace: true },
    claim: { path: `deployments.${deployment}.azure.compute.create.name`, what: `cluster ${show(cluster.name)}`, parts: inWorkspace(endpoint.target, "compute", cluster.name), instead: "give it another name" },
  };
};

/** AmlComputeProperties. Nobody logs in to nodes. */
const nodes = <V>({ enableNodePublicIp, idleTimeBeforeScaleDown, maxInstances, minInstances, size, subnet, tier }: NewCluster<V>) => ({
  enableNodePublicIp,
  remoteLoginPortPublicAccess: "Disabled",
  scaleSettings: { maxNodeCount: maxInstances, minNodeCount: minInstances, nodeIdleTimeBeforeScaleDown: seconds(idleTimeBeforeScaleDown) },
  subnet: subnet === undefined ? undefined : { id: subnet },
  vmPriority: tier === "dedicated" ? "Dedicated" : "LowPriority",
  vmSize: size,
});

const identity = <V>({ identity: written }: NewCluster<V>) => {
  if (written === undefined) return undefined;
  return written.type === "system_assigned" ? { type: "SystemAssigned" } : { type: "UserAssigned", userAssignedIdentities: written.userAssignedIdentities };
};
