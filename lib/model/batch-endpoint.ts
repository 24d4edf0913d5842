import { z } from "zod";
import { batchDeployment, type BatchDeployment, type BatchDeploymentArgs } from "./batch-deployment.ts";
import { kubernetesBatchEndpoint, type KubernetesBatchEndpointArgs } from "./batch-kubernetes.ts";
import { deploymentsOf, type OnlineEndpoint } from "./endpoint.ts";
import { eitherEndpointFields, type EitherEndpoint, type EitherEndpointArgs } from "./either-endpoint.ts";
import { lateMap, oneOf, strict, text } from "./fields.ts";
import { listed, nearMiss, show, type Problem } from "./refusal.ts";
import type { Target } from "./target.ts";

/** What only Azure Machine Learning understands of a batch endpoint. Validated on every target, used on Azure. */
export interface AzureBatchEndpointArgs<V> {
  /** The service's property dictionary: entries can be added later, never changed or removed. Azure keeps it in clear in the deployment history. @default - none */
  readonly properties?: Readonly<Record<string, V>>;
}

/** Which deployment answers a caller who names none. */
export interface BatchDefaultsArgs {
  /** One of `deployments`. */
  readonly deploymentName: string;
}

/** A batch endpoint: a stable URL that starts jobs over large data, and the deployments that run them. */
export interface BatchEndpointArgs<V> extends EitherEndpointArgs<V> {
  /** Jobs over large data. */
  readonly kind: "batch";
  /** How callers prove who they are. Azure takes `aad_token` alone. @default - `aad_token` on Azure, `key` elsewhere */
  readonly authMode?: "key" | "aml_token" | "aad_token";
  /**
   * The deployments by name, 1 to 20. A name has the rules of `name`. `"external"` is one that another program makes, with `existingEndpoint()`. It must
   * be there before it is the default.
   */
  readonly deployments: Readonly<Record<string, BatchDeploymentArgs<V> | "external">>;
  /** @default - none: callers name a deployment in the header `azureml-model-deployment` */
  readonly defaults?: BatchDefaultsArgs;
  /** What only Azure Machine Learning understands. @default - the defaults of its fields */
  readonly azure?: AzureBatchEndpointArgs<V>;
  /** What only Kubernetes understands. @default - the defaults of its fields */
  readonly kubernetes?: KubernetesBatchEndpointArgs<V>;
}

/** The fields of a batch endpoint, each with its schema and default. `parse` walks them, and adds the rules that need several. @internal */
export const batchEndpointFields = <V>() => ({
  kind: z.literal("batch", { error: 'expected "online" or "batch"' }),
  ...eitherEndpointFields<V>(),
  authMode: oneOf("key", "aml_token", "aad_token").optional(),
  deployments: deploymentsOf(batchDeployment<V>()),
  defaults: strict({ deploymentName: text("a deployment's name") }, "an object: { deploymentName }").optional(),
  azure: strict({ properties: lateMap<V>().default({}) }).prefault({}),
  kubernetes: kubernetesBatchEndpoint<V>().prefault({}),
});

type Fields<V> = z.output<z.ZodObject<ReturnType<typeof batchEndpointFields<V>>>>;

/** A batch endpoint, parsed: every default filled in, every name settled. @internal */
export type BatchEndpoint<V> = Readonly<Omit<Fields<V>, "name" | "deployments">> & EitherEndpoint<BatchDeployment<V>>;

/** A batch endpoint on a given kind of target. @internal */
export type BatchOn<V, T extends Target<V>> = BatchEndpoint<V> & { readonly target: T };

/** Either kind of endpoint, parsed. @internal */
export type AnyEndpoint<V> = OnlineEndpoint<V> | BatchEndpoint<V>;

/** A default that is no deployment. */
export const defaultsProblems = (defaults: unknown, deployments: readonly string[]): Problem[] => {
  const wanted = (defaults as { deploymentName?: unknown } | null | undefined)?.deploymentName;
  if (typeof wanted !== "string" || deployments.includes(wanted)) return [];
  const meant = nearMiss(wanted, deployments);
  const help = meant === undefined ? `the endpoint has ${listed(deployments.map(show))}` : `did you mean ${show(meant)}?`;
  return [{ path: "defaults.deploymentName", message: `no deployment has this name; ${help}; got ${show(wanted)}`, value: wanted }];
};
