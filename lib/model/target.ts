/** Where an endpoint goes. */
import { z } from "zod";
import { either, flag, late, lateMap, never, strict } from "./fields.ts";
import { gateway, type ExistingGatewayArgs, type NewGatewayArgs } from "./gateway.ts";
import { monitoring, type MonitoringArgs } from "./monitoring.ts";
import { peer, type PeerArgs } from "./network.ts";
import { coresByFamily } from "./quota.ts";

/** Arguments of `azureMl()`. */
export interface AzureMlArgs<V> {
  /** Resource group of the workspace. A change replaces everything; a preview refuses it while an endpoint has traffic. */
  readonly resourceGroupName: V;
  /** The Azure Machine Learning workspace. A change replaces everything; a preview refuses it while an endpoint has traffic. */
  readonly workspaceName: V;
  /** The workspace's region. A change replaces everything; a preview refuses it while an endpoint has traffic. */
  readonly location: V;
  /** Subscription of the workspace; needed only to write `azure.compute`, or versions of another program's endpoint, in their short form. @default - the provider's */
  readonly subscriptionId?: V;
  /** Where local files are uploaded, a container that the workspace may read. @default - none: local paths are refused */
  readonly storage?: StorageArgs<V>;
  /** Image of the bundled scoring container, for deployments that Azure's images do not serve: ONNX files, and scripts in TypeScript or JavaScript. @default - none: they are refused */
  readonly scoringImage?: V;
  /**
   * Whether the workspace has a managed network. Then outgoing traffic is the workspace's, and a deployment that writes `egressPublicNetworkAccess` is
   * refused. @default - not known: such a deployment is warned of
   */
  readonly managedNetwork?: boolean;
  /**
   * Cores that the subscription has in the region, by VM family as Azure's quota pages name them (`standardDSv2Family`). The endpoints of one program draw on
   * it together, those of one region and subscription; more is refused before anything is made. What each asks for is counted as for `azure.quota`, an
   * endpoint's own share, but one deployment of them all is replaced side by side at a time. Where targets of one region differ, the least counts. Other
   * programs' cores are not known, and clusters of batch endpoints are not counted. @default - none
   */
  readonly quota?: Readonly<Record<string, number>>;
  /** Where `environmentVariables` with `{ secret, key }` stand. @default - none: they are refused */
  readonly keyVault?: KeyVaultArgs<V>;
}

/** A container of blobs that the workspace may read. */
export interface StorageArgs<V> {
  /** The storage account, in the workspace's subscription. */
  readonly accountName: V;
  /** A container of it that exists. */
  readonly containerName: V;
  /** Resource group of the account. @default - the workspace's */
  readonly resourceGroupName?: V;
}

/** Secrets of a Key Vault, which uses Azure's roles; the endpoint's identity needs Key Vault Secrets User on it. */
export interface KeyVaultArgs<V> {
  /** Name of the vault. */
  readonly name: V;
  /** Versions by secret, `{ "db-password": "0123…" }`: Azure takes no secret without its version. */
  readonly versions: Readonly<Record<string, V>>;
}

/** Arguments of `kubernetes()`. */
export interface KubernetesArgs<V> {
  /** An existing namespace, of online endpoints. A change replaces everything. */
  readonly namespace: V;
  /** Where requests come from. */
  readonly gateway: ExistingGatewayArgs<V> | NewGatewayArgs<V>;
  /** Image of the bundled scoring container. @default - none: a deployment needs its own, `kubernetes.scoringImage` */
  readonly scoringImage?: V;
  /**
   * An existing namespace for batch endpoints, their service and the jobs, and for nothing else: whoever may make Jobs there may act as any of its
   * service accounts. Required for batch endpoints, and no online endpoint may be in it. A change replaces everything of a batch endpoint, ends its
   * jobs and forgets them. @default - none: batch endpoints are refused
   */
  readonly jobsNamespace?: V;
  /** What watches the endpoints. @default - nothing that is known */
  readonly monitoring?: MonitoringArgs<V>;
  /** Who reads `/metrics` of the pods, such as Prometheus: let in by the NetworkPolicy beside the gateway. @default - nobody, where a policy is made */
  readonly metricsFrom?: PeerArgs<V>;
}

const azureMl = <V>() =>
  strict(
    {
      type: z.literal("azureMl"),
      resourceGroupName: late<V>("a resource group's name"),
      workspaceName: late<V>("a workspace's name"),
      location: late<V>("a region"),
      subscriptionId: late<V>("a subscription id").optional(),
      storage: strict({ accountName: late<V>("a storage account's name"), containerName: late<V>("a container's name"), resourceGroupName: late<V>("a resource group's name").optional() }).optional(),
      scoringImage: late<V>("an image").optional(),
      managedNetwork: flag().optional(),
      quota: coresByFamily(),
      keyVault: strict({ name: late<V>("a Key Vault's name"), versions: lateMap<V>() }, "a Key Vault: { name, versions }").optional(),
    },
    "the arguments of azureMl()",
  );

const kubernetes = <V>() =>
  strict(
    {
      type: z.literal("kubernetes"),
      namespace: late<V>("a namespace"),
      gateway: gateway<V>(),
      scoringImage: late<V>("an image").optional(),
      jobsNamespace: late<V>("a namespace").optional(),
      monitoring: monitoring<V>().optional(),
      metricsFrom: peer<V>().optional(),
    },
    "the arguments of kubernetes()",
  );

/** A target as `azureMl()` and `kubernetes()` make it; it is parsed with the endpoint. */
export type TargetArgs<V> = ({ readonly type: "azureMl" } & AzureMlArgs<V>) | ({ readonly type: "kubernetes" } & KubernetesArgs<V>);

/** A target, parsed. @internal */
export type AzureMlTarget<V> = Readonly<z.output<ReturnType<typeof azureMl<V>>>>;
/** @internal */
export type KubernetesTarget<V> = Readonly<z.output<ReturnType<typeof kubernetes<V>>>>;
/** @internal */
export type Target<V> = AzureMlTarget<V> | KubernetesTarget<V>;

/** @internal The schema of either. */
export const target = <V>() =>
  either(is("azureMl"), azureMl<V>(), either(is("kubernetes"), kubernetes<V>(), never<TargetArgs<V>>("azureMl({…}) or kubernetes({…})")));

const is = (type: TargetArgs<unknown>["type"]) => (value: unknown) => typeof value === "object" && value !== null && (value as { type?: unknown }).type === type;
