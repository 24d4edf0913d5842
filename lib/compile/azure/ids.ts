/** Full ids of what Azure Machine Learning knows by a short name. */
import type { On } from "../../model/endpoint.ts";
import { join, Ref, type Concat, type Value } from "../../model/late.ts";
import { pairName } from "../../model/names.ts";
import type { Registered } from "../../model/sources.ts";
import type { AzureMlTarget } from "../../model/target.ts";

/** The resource of the plan that is the endpoint itself. */
export const SHELL = "endpoint";

const PROVIDER = "providers/Microsoft.MachineLearningServices/workspaces";

type Owner<V> = Pick<On<V, AzureMlTarget<V>>, "deployments" | "existing" | "name" | "target">;

/**
 * The workspace's id, cut from the endpoint's: the subscription is the provider's business, and looking it up would be an invoke. Where the endpoint is
 * another program's, the target's subscription says it.
 */
const workspaceId = <V>({ existing, target }: Owner<V>): Value<V> => (existing ? workspaceOf(target) : new Ref(SHELL, "id", "/onlineEndpoints/"));

const workspaceOf = <V>({ resourceGroupName, subscriptionId, workspaceName }: AzureMlTarget<V>): Concat<V> =>
  join<V>`/subscriptions/${subscriptionId ?? ""}/resourceGroups/${resourceGroupName}/${PROVIDER}/${workspaceName}`;

/** The id of a version of an asset. */
export const assetId = <V>(endpoint: Owner<V>, kind: "models" | "codes" | "environments" | "data", source: Registered<V>): Value<V> =>
  source.kind === "id" ? source.id : join<V>`${workspaceId(endpoint)}/${kind}/${source.name}/versions/${source.version}`;

/** What a program's versions and files are called by: two programs with deployments of one endpoint would register one name twice. */
export const assetOwner = <V>({ deployments, existing, name }: Owner<V>): string => (existing ? pairName(name, Object.keys(deployments)[0] ?? "") : name);

const COMPUTE = /^azureml:(.+)$/;

/** The short name in `azureml:<cluster>`, or nothing for a late value or an id. */
export const clusterName = (compute: unknown): string | undefined => (typeof compute === "string" ? COMPUTE.exec(compute)?.[1] : undefined);

/** The id of Kubernetes compute. It must be known before the endpoint exists, so a short name needs the target's subscription. */
export const computeId = <V>(compute: V, target: AzureMlTarget<V>): V | Concat<V> => {
  const cluster = clusterName(compute);
  if (cluster === undefined || target.subscriptionId === undefined) return compute;
  return join<V>`${workspaceOf(target)}/computes/${cluster}`;
};
