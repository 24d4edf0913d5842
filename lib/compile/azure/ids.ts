/** Full ids of what Azure Machine Learning knows by a short name. */
import { join, Ref, type Concat, type Value } from "../../model/late.ts";
import type { Registered } from "../../model/sources.ts";
import type { AzureMlTarget } from "../../model/target.ts";

/** The resource of the plan that is the endpoint itself. */
export const SHELL = "endpoint";

const PROVIDER = "providers/Microsoft.MachineLearningServices/workspaces";

/** The workspace's id, cut from the endpoint's: the subscription is the provider's business, and looking it up would be an invoke. */
const workspaceId = new Ref(SHELL, "id", "/onlineEndpoints/");

/** The id of a version of an asset. */
export const assetId = <V>(kind: "models" | "codes" | "environments" | "data", source: Registered<V>): Value<V> =>
  source.kind === "id" ? source.id : join<V>`${workspaceId}/${kind}/${source.name}/versions/${source.version}`;

const COMPUTE = /^azureml:(.+)$/;

/** The short name in `azureml:<cluster>`, or nothing for a late value or an id. */
export const clusterName = (compute: unknown): string | undefined => (typeof compute === "string" ? COMPUTE.exec(compute)?.[1] : undefined);

/** The id of Kubernetes compute. It must be known before the endpoint exists, so a short name needs the target's subscription. */
export const computeId = <V>(compute: V, target: AzureMlTarget<V>): V | Concat<V> => {
  const cluster = clusterName(compute);
  if (cluster === undefined || target.subscriptionId === undefined) return compute;
  return join<V>`/subscriptions/${target.subscriptionId}/resourceGroups/${target.resourceGroupName}/${PROVIDER}/${target.workspaceName}/computes/${cluster}`;
};
