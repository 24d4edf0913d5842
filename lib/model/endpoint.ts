import { z } from "zod";
import { alerts, type AlertsArgs } from "./alerts.ts";
import { clusterReference } from "./compute.ts";
import { diagnosticSettings, type DiagnosticSettingsArgs } from "./diagnostics.ts";
import { eitherEndpointFields, type EitherEndpoint, type EitherEndpointArgs } from "./either-endpoint.ts";
import { either, late, lateMap, list, ofKind, oneOf, record, strict, text } from "./fields.ts";
import { onlineDeployment, type OnlineDeployment, type OnlineDeploymentArgs } from "./online-deployment.ts";
import { coresByFamily } from "./quota.ts";
import { callers, roleAssignments, type CallerArgs, type RoleAssignmentArgs } from "./roles.ts";
import type { Target } from "./target.ts";
import { mirrorTraffic, traffic, type Traffic } from "./traffic.ts";

/** The endpoint's identity in Azure, either kind: Azure's documentation has no endpoint with both. It cannot change once the endpoint exists. */
export type IdentityArgs<V> =
  /** Azure makes it, and grants it the workspace's registry and storage. */
  | { readonly type: "system_assigned" }
  /** Yours: it needs AcrPull and Storage Blob Data Reader before the deployments, see `roleAssignments`. */
  | { readonly type: "user_assigned"; readonly userAssignedIdentities: readonly UserAssignedIdentityArgs<V>[] };

/** An identity that you made. */
export interface UserAssignedIdentityArgs<V> {
  /** Its id, `/subscriptions/…/userAssignedIdentities/<name>`. */
  readonly resourceId: V;
  /** Its principal, which `roleAssignments` grants roles to. @default - unknown: `roleAssignments` are refused */
  readonly principalId?: V;
}

/** What only Azure Machine Learning understands of an endpoint. Validated on every target, used on Azure. */
export interface AzureEndpointArgs<V> {
  /** Kubernetes compute of the workspace, `azureml:<cluster>` or its resource id, instead of managed compute. An Output must be the id. Cannot change; a preview refuses it. @default - managed */
  readonly compute?: V;
  /** Cannot change. @default - `{ type: "system_assigned" }` */
  readonly identity?: IdentityArgs<V>;
  /** Whether the endpoint answers outside the workspace's private endpoint. Managed compute alone. @default - enabled on managed compute */
  readonly publicNetworkAccess?: "enabled" | "disabled";
  /**
   * Roles of the endpoint's identity, by names of your choice, made before the deployments. Azure grants a system-assigned identity the workspace's
   * registry and storage itself, and refuses a second assignment of the same. @default - none
   */
  readonly roleAssignments?: Readonly<Record<string, RoleAssignmentArgs<V>>>;
  /** Who may call an endpoint with `authMode: "aad_token"`, by names of your choice. @default - whoever has a role elsewhere */
  readonly callers?: Readonly<Record<string, CallerArgs<V>>>;
  /**
   * Name or id of a role with the action `…/onlineEndpoints/score/action`, for `callers`; an Output must be the id. @default - a custom role with that action
   * alone is made, which needs `Microsoft.Authorization/roleDefinitions/write`
   */
  readonly callerRole?: V;
  /**
   * Cores that this endpoint may ask for, by VM family as Azure's quota pages name them (`standardDSv2Family`). More is refused before anything is made:
   * every deployment at its most instances, a fifth for Azure's upgrades, and once more the `instanceCount` of the largest deployment with
   * `replacement: "sideBySide"`. Several of those replaced in one update all stand beside the others, and an autoscaler may add to the new ones: of the
   * first a preview warns, the second is not counted. Managed compute alone. What the subscription has for all endpoints is `azureMl({ quota })`.
   * @default - none: nothing is refused, and a preview prints what is asked for
   */
  readonly quota?: Readonly<Record<string, number>>;
  /** Sends logs of the endpoint to a Log Analytics workspace. Managed compute alone. @default - none */
  readonly diagnosticSettings?: DiagnosticSettingsArgs<V>;
  /** Ids of the action groups that are told of `alerts`. @default - none: alerts are seen in the portal alone */
  readonly alertActionGroups?: readonly V[];
  /**
   * Any text. A change puts the endpoint again as the program has it, traffic included: what somebody changed by other tools, such as
   * `az ml online-endpoint update --traffic`, no preview and no refresh notices. Azure keeps it in clear in the deployment history. @default - none
   */
  readonly revision?: string;
  /** The service's property dictionary: entries can be added later, never changed or removed. Azure keeps it in clear in the deployment history. @default - none */
  readonly properties?: Readonly<Record<string, V>>;
}

/** What only Kubernetes understands of an endpoint. Validated on every target, used on Kubernetes. */
export interface KubernetesEndpointArgs<V> {
  /** Hostname of the endpoint's routes. @default - none: every hostname of the listener */
  readonly hostname?: V;
  /** Path prefix of the endpoint's routes. @default - `/` with a hostname, else `/endpoints/<namespace>/<name>` */
  readonly path?: string;
}

/** An online endpoint: a stable URL with credentials, and the deployments behind it. */
export interface OnlineEndpointArgs<V> extends EitherEndpointArgs<V> {
  /** Requests that are answered at once. */
  readonly kind: "online";
  /** How callers prove who they are. Azure changes it in place; where it refuses, another `name` makes a second endpoint before the first one goes. @default "key" */
  readonly authMode?: "key" | "aml_token" | "aad_token";
  /**
   * The deployments by name, 1 to 20. A name has the rules of `name`. `"external"` is one that another program makes, with `existingEndpoint()`: this one
   * routes to it. It must be there before it gets a share.
   */
  readonly deployments: Readonly<Record<string, OnlineDeploymentArgs<V> | "external">>;
  /** Whole percents by deployment; they sum to 100, or all are 0. A deployment at 0 is still called by the routing header. @default - no traffic */
  readonly traffic?: Traffic;
  /**
   * One deployment without live traffic, and the percent (0 to 50) of the requests it gets a copy of; its answers are thrown away.
   * @default - no mirror
   */
  readonly mirrorTraffic?: Traffic;
  /**
   * Rules that tell somebody when it goes badly: on managed compute by Azure Monitor, on Kubernetes by a PrometheusRule (`monitoring` of the target). Not
   * used on localhost. @default - none
   */
  readonly alerts?: AlertsArgs;
  /** What only Azure Machine Learning understands. @default - the defaults of its fields */
  readonly azure?: AzureEndpointArgs<V>;
  /** What only Kubernetes understands. @default - the defaults of its fields */
  readonly kubernetes?: KubernetesEndpointArgs<V>;
}

const identities = <V>() =>
  list(strict({ resourceId: late<V>("a resource id"), principalId: late<V>("a principal's object id").optional() }), "a list of identities", "one identity or more");

const identity = <V>() =>
  ofKind(
    "type",
    "user_assigned",
    strict({ type: z.literal("user_assigned"), userAssignedIdentities: identities<V>() }),
    strict({ type: oneOf("system_assigned", "user_assigned").pipe(z.literal("system_assigned")) }),
  );

const azure = <V>() =>
  strict({
    compute: clusterReference<V>().optional(),
    identity: identity<V>().prefault({ type: "system_assigned" }),
    publicNetworkAccess: oneOf("enabled", "disabled").optional(),
    roleAssignments: roleAssignments<V>().default({}),
    callers: callers<V>().default({}),
    callerRole: late<V>("a role's id").optional(),
    quota: coresByFamily(),
    diagnosticSettings: diagnosticSettings<V>().optional(),
    alertActionGroups: list(late<V>("the id of an action group"), "a list of action groups").default([]),
    revision: text("any text").optional(),
    properties: lateMap<V>().default({}),
  });

/** Segments of unreserved characters; the Gateway API refuses "." and "..". */
const PATH = /^\/(?:(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)*)?$/;

/** Where an endpoint's route is. @internal */
export const routeFields = <V>() => ({
  hostname: late<V>("a hostname").optional(),
  path: text("a path").regex(PATH, { error: 'expected a path such as "/models/credit", without a slash at the end' }).optional(),
});

const declared = <T extends z.ZodType>(deployment: T) =>
  either((value) => typeof value === "string", z.literal("external", { error: 'expected a deployment, or "external"' }), deployment);

/** An endpoint's deployments by name. @internal */
export const deploymentsOf = <T extends z.ZodType>(deployment: T) =>
  record(declared(deployment), "an object of deployments by name");

/** The fields of an online endpoint, each with its schema and default. `parse` walks them, and adds the rules that need several. @internal */
export const onlineEndpointFields = <V>() => ({
  kind: z.literal("online", { error: 'expected "online" or "batch"' }),
  ...eitherEndpointFields<V>(),
  authMode: oneOf("key", "aml_token", "aad_token").default("key"),
  deployments: deploymentsOf(onlineDeployment<V>()),
  traffic: traffic().default({}),
  mirrorTraffic: mirrorTraffic().default({}),
  alerts: alerts().prefault({}),
  azure: azure<V>().prefault({}),
  kubernetes: strict(routeFields<V>()).prefault({}),
});

type Fields<V> = z.output<z.ZodObject<ReturnType<typeof onlineEndpointFields<V>>>>;

/** An online endpoint, parsed: every default filled in, every name settled. @internal */
export type OnlineEndpoint<V> = Readonly<Omit<Fields<V>, "name" | "deployments">> & EitherEndpoint<OnlineDeployment<V>>;

/** An endpoint on a given kind of target. @internal */
export type On<V, T extends Target<V>> = OnlineEndpoint<V> & { readonly target: T };
