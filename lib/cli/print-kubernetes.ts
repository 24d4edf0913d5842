/** A Kubernetes plan as manifests: what `kubectl apply --server-side` takes. */
import { PROVIDER_PREFIX } from "../compile/kubernetes/await.ts";
import type { Plan, PlannedResource } from "../model/plan.ts";
import { plain, refOrInput } from "./plain-plan.ts";

/** One object. */
export interface Manifest {
  readonly kind: string;
  readonly name: string;
  readonly object: Readonly<Record<string, unknown>>;
}

/** A Secret that is not rendered, because no secret value is ever printed. */
export interface WantedSecret {
  readonly namespace: string;
  readonly name: string;
  readonly keys: readonly string[];
}

/** The objects of a plan in order, and the Secrets that somebody must make beforehand. */
export const manifests = (plan: Plan, folder: string): { readonly objects: readonly Manifest[]; readonly secrets: readonly WantedSecret[] } => {
  const all = plan.resources.flatMap((resource) => toManifest(plan, resource, folder));
  const secrets = all.filter(({ kind }) => kind === "Secret");
  return { objects: all.filter(({ kind }) => kind !== "Secret"), secrets: secrets.map(wanted) };
};

const TYPE = /^kubernetes:(?:core\/)?(.+):([A-Za-z]+)$/;

/** Resources of other providers, such as random keys, are no objects of a cluster. */
const toManifest = (plan: Plan, resource: PlannedResource, folder: string): Manifest[] => {
  const type = TYPE.exec(resource.type);
  if (type === null) return [];
  const inputs = plain(resource.inputs, folder, refOrInput(plan, folder)) as Record<string, unknown>;
  // Written once and the autoscaler's after that: applied again it would undo the autoscaler's work.
  const object = withoutWaits((resource.options.ignoreChanges ?? []).includes("spec.replicas") ? withoutReplicas(inputs) : inputs);
  const [, apiVersion, kind = ""] = type;
  const { name } = object["metadata"] as { name: string };
  return [{ kind, name, object: { apiVersion, kind, ...object } }];
};

const withoutReplicas = ({ spec, ...rest }: Record<string, unknown>): Record<string, unknown> => {
  const { replicas: _, ...others } = spec as Record<string, unknown>;
  return { ...rest, spec: others };
};

/** What the Pulumi provider waits for means nothing to whoever else applies an object. */
const withoutWaits = (object: Record<string, unknown>): Record<string, unknown> => {
  const { annotations, ...others } = object["metadata"] as { readonly annotations?: Readonly<Record<string, unknown>> };
  const kept = Object.entries(annotations ?? {}).filter(([key]) => !key.startsWith(PROVIDER_PREFIX));
  // Its place among the keys stays.
  return { ...object, metadata: kept.length === 0 ? others : { annotations: Object.fromEntries(kept), ...others } };
};

const wanted = ({ name, object }: Manifest): WantedSecret => ({
  namespace: String((object["metadata"] as { namespace?: unknown }).namespace ?? "default"),
  name,
  keys: Object.keys((object["stringData"] ?? object["data"] ?? {}) as object),
});

/** How to make them. */
export const secretLines = (secrets: readonly WantedSecret[]): string[] =>
  secrets.map(({ keys, name, namespace }) => `Secret ${namespace}/${name} must exist, with ${keys.join(" and ")}: no secret value is rendered`);
