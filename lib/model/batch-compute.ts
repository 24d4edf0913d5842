/** What runs a batch deployment's jobs in Azure: a cluster that exists, or one that is made. */
import { z } from "zod";
import { clusterReference } from "./compute.ts";
import { either, flag, late, lateMap, list, ofKind, oneOf, refusing, strict, text, under, whole } from "./fields.ts";
import { withMore } from "./refused.ts";
import { isLate } from "./refusal.ts";
import { reference } from "./sources.ts";

/** A compute cluster (AmlCompute) that is made with the deployments that use it. */
export interface NewClusterArgs<V> {
  /**
   * Its name in the workspace: 3 to 24 letters, digits and dashes, a letter first, and no number after the last dash. Deployments of one endpoint that
   * write the same cluster share it. A change makes another cluster, moves the deployments, and deletes the first.
   */
  readonly name: string;
  /** VM size of its nodes, such as `Standard_DS3_v2`. A change replaces the cluster, and ends the jobs on it; so does another spelling of the same size. */
  readonly size: string;
  /** Nodes that stay while there is no job, 0 or more; each is charged. @default 0 */
  readonly minInstances?: number;
  /** Nodes at most, 1 or more, for all jobs together. @default 4 */
  readonly maxInstances?: number;
  /** Seconds until a node without a job goes, 1 or more. @default 120 */
  readonly idleTimeBeforeScaleDown?: number;
  /** `low_priority` nodes are cheaper, and Azure may take them away in the middle of a job. A change replaces the cluster. @default "dedicated" */
  readonly tier?: "dedicated" | "low_priority";
  /** Id of a subnet for its nodes. A change replaces the cluster. @default - none: Azure's own network, or the workspace's managed one */
  readonly subnet?: V;
  /** Whether its nodes have public addresses. A change replaces the cluster. @default true */
  readonly enableNodePublicIp?: boolean;
  /**
   * Its identity, with which jobs read datastores that hold no credentials; it needs Storage Blob Data Reader there. Everything else a job does as its
   * caller. @default - none
   */
  readonly identity?: ClusterIdentityArgs<V>;
}

/** The identity of a cluster's nodes. */
export type ClusterIdentityArgs<V> = { readonly type: "system_assigned" } | { readonly type: "user_assigned"; readonly userAssignedIdentities: readonly V[] };

/** What only Azure Machine Learning understands of a model deployment. Validated on every target, used on Azure. */
export interface AzureBatchDeploymentArgs<V> {
  /**
   * Where its jobs run. A cluster of the workspace, `azureml:<cluster>` or its resource id, with the training extension if it is Kubernetes compute; or one
   * that is made, `{ create: { name, size } }`. An Output must be the id. @default - none: refused on Azure
   */
  readonly compute?: V | { readonly create: NewClusterArgs<V> };
  /** A registered environment: `azureml:<name>:<version>` or an id; an Output must be the id. Used instead of `environment`. @default - none: `environment`, or what Azure has for an MLflow model */
  readonly environment?: V;
  /** Name of an InstanceType, on Kubernetes compute of the workspace. A change replaces the deployment. @default - the cluster's */
  readonly instanceType?: string;
  /** The service's property dictionary: entries can be added later, never changed or removed. @default - none */
  readonly properties?: Readonly<Record<string, V>>;
}

/** What only Azure Machine Learning understands of a pipeline deployment. Validated on every target, used on Azure. */
export interface AzurePipelineDeploymentArgs<V> {
  /** Where steps run that name no compute of their own: as of a model deployment. Required with `job`. @default - none: every step of the component names its own */
  readonly compute?: V | { readonly create: NewClusterArgs<V> };
  /** Name of the datastore for what steps hand on. @default - the workspace's own */
  readonly defaultDatastore?: string;
  /** Whether steps run again whose inputs are those of an earlier job. @default false */
  readonly forceRerun?: boolean;
  /** The service's property dictionary: entries can be added later, never changed or removed. @default - none */
  readonly properties?: Readonly<Record<string, V>>;
}

const CLUSTER = /^[A-Za-z](?![A-Za-z0-9-]*-\d+$)[A-Za-z0-9-]{2,23}$/;

const identity = <V>() =>
  ofKind(
    "type",
    "user_assigned",
    strict({
      type: z.literal("user_assigned"),
      userAssignedIdentities: list(late<V>("the id of an identity"), "a list of identities", "one identity or more"),
    }),
    strict({ type: oneOf("system_assigned", "user_assigned").pipe(z.literal("system_assigned")) }),
  );

const newCluster = <V>() =>
  under(
    strict(
      {
        name: text("a name").regex(CLUSTER, { error: 'expected 3-24 letters, digits and "-", a letter first, and no number after the last "-"' }),
        size: text("a VM size"),
        minInstances: whole("nodes", 0).default(0),
        maxInstances: whole("nodes", 1).default(4),
        idleTimeBeforeScaleDown: whole("seconds", 1).default(120),
        tier: oneOf("dedicated", "low_priority").default("dedicated"),
        subnet: late<V>("the id of a subnet").optional(),
        enableNodePublicIp: flag().default(true),
        identity: identity<V>().optional(),
      },
      "a cluster: { name, size }",
    ),
    ({ maxInstances, minInstances }) => refusing(["maxInstances"], minInstances <= maxInstances ? undefined : "expected maxInstances of minInstances or more"),
  );

/** A cluster to be made, parsed. @internal */
export type NewCluster<V> = Readonly<z.output<ReturnType<typeof newCluster<V>>>>;

const created = <V>() => strict({ create: newCluster<V>() }, "a cluster: azureml:<cluster>, a resource id, or { create }").transform((value) => withMore(value, { kind: () => "new" as const }));

const existing = <V>() => clusterReference<V>().transform((id) => ({ kind: "id" as const, id }));

const compute = <V>() => either((value) => typeof value === "object" && value !== null && !isLate(value), created<V>(), existing<V>());

/** Where jobs run, parsed. @internal */
export type BatchCompute<V> = Readonly<z.output<ReturnType<typeof compute<V>>>>;

/** @internal */
export const azureBatchDeployment = <V>() =>
  strict({
    compute: compute<V>().optional(),
    environment: reference<V>().optional(),
    instanceType: text("an instance type").optional(),
    properties: lateMap<V>().default({}),
  });

/** @internal */
export const azurePipelineDeployment = <V>() =>
  strict({
    compute: compute<V>().optional(),
    defaultDatastore: text("a datastore's name").optional(),
    forceRerun: flag().default(false),
    properties: lateMap<V>().default({}),
  });
