/** Full ids of what Azure Machine Learning knows by a short name. */
import { join, Ref, type Concat, type Value } from "../../model/late.ts";
import { pairName } from "../../model/names.ts";
import type { Registered, Sourced } from "../../model/sources.ts";
import type { AzureMlTarget } from "../../model/target.ts";

/** The resource of the plan that is the endpoint itself. */
export const SHELL = "endpoint";

/**
 * Of what an endpoint takes along. Where it is deleted to be made elsewhere, the engine deletes nothing else by itself: what is replaced with it goes
 * first, and the service refuses that of a deployment which is live.
 */
export const WITH_SHELL = { deletedWith: SHELL, replaceWith: [SHELL] } as const;

const PROVIDER = "providers/Microsoft.MachineLearningServices/workspaces";

/** An endpoint of either kind, as far as what is registered for it depends on it. */
export interface Owner<V> {
  readonly kind: "online" | "batch";
  readonly name: string;
  readonly existing: boolean;
  readonly target: AzureMlTarget<V>;
  readonly tags: Readonly<Record<string, V>>;
  readonly deployments: Readonly<Record<string, Sourced<V> & { readonly tags: Readonly<Record<string, V>>; readonly azure: { readonly environment?: Registered<V> | undefined; readonly properties: Readonly<Record<string, V>> } }>>;
}

/** The part of a resource id that names a kind of endpoint. */
export const COLLECTIONS = { online: "onlineEndpoints", batch: "batchEndpoints" } as const;

/**
 * The workspace's id, cut from the endpoint's: the subscription is the provider's business, and looking it up would be an invoke. Where the endpoint is
 * another program's, the target's subscription says it.
 */
const workspaceId = <V>({ existing, kind, target }: Owner<V>): Value<V> => (existing ? workspaceOf(target) : new Ref(SHELL, "id", `/${COLLECTIONS[kind]}/`));

const workspaceOf = <V>({ resourceGroupName, subscriptionId, workspaceName }: AzureMlTarget<V>): Concat<V> =>
  join<V>`/subscriptions/${subscriptionId ?? ""}/resourceGroups/${resourceGroupName}/${PROVIDER}/${workspaceName}`;

/** The id of a version of an asset. */
export const assetId = <V>(endpoint: Owner<V>, kind: "models" | "codes" | "environments" | "data" | "components", source: Registered<V>): Value<V> =>
  source.kind === "id" ? source.id : join<V>`${workspaceId(endpoint)}/${kind}/${source.name}/versions/${source.version}`;

/** What a program's versions and files are called by: two programs with deployments of one endpoint would register one name twice. */
export const assetOwner = <V>({ deployments, existing, name }: Owner<V>): string => (existing ? pairName(name, Object.keys(deployments)[0] ?? "") : name);

/** What tells an asset from all others, of any workspace. */
export const inWorkspace = <V>({ resourceGroupName, workspaceName }: AzureMlTarget<V>, ...parts: readonly unknown[]): readonly unknown[] => [resourceGroupName, workspaceName, ...parts];

/** Tags of what deployments share: the endpoint's. Another program's endpoint has one deployment here, and that is all there is to share it. */
export const assetTags = <V>({ deployments, existing, tags }: Owner<V>): Readonly<Record<string, V>> => ({ ...tags, ...(existing ? Object.values(deployments)[0]?.tags : {}) });

/** The id of compute that is named by a batch deployment, which comes after its endpoint. */
export const clusterId = <V>(endpoint: Owner<V>, compute: V): Value<V> => {
  const cluster = clusterName(compute);
  return cluster === undefined ? compute : join<V>`${workspaceId(endpoint)}/computes/${cluster}`;
};

const COMPUTE = /^azureml:(.+)$/;

/** The short name in `azureml:<cluster>`, or nothing for a late value or an id. */
export const clusterName = (compute: unknown): string | undefined => (typeof compute === "string" ? COMPUTE.exec(compute)?.[1] : undefined);

/** The id of compute of the workspace. It must be known before the endpoint exists, so a short name needs the target's subscription. */
export const computeId = <V>(compute: V, target: AzureMlTarget<V>): V | Concat<V> => {
  const cluster = clusterName(compute);
  if (cluster === undefined || target.subscriptionId === undefined) return compute;
  return join<V>`${workspaceOf(target)}/computes/${cluster}`;
};
