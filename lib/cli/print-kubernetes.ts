/** A Kubernetes plan as manifests: what `kubectl apply --server-side` takes. */
import { PROVIDER_PREFIX } from "../compile/kubernetes/await.ts";
import type { Plan, PlannedResource } from "../model/plan.ts";
import { plain, refOrInput } from "./plain-plan.ts";

/** One object. */
export interface Manifest {
  readonly kind: string;
  readonly name: string;
  readonly object: Readonly<Record<string, unknown>>;
  /** How many objects that are rendered it follows one after another: they must be there, and ready, before it. */
  readonly wave: number;
}

/** A Secret that is not rendered, because no secret value is ever printed, or because it is somebody else's. */
export interface WantedSecret {
  readonly namespace: string;
  readonly name: string;
  /** Those of a Secret that the program would make, or that its variables name. */
  readonly keys: readonly string[];
}

/** The objects of a plan in order, and the Secrets that somebody must make beforehand. */
export const manifests = (plan: Plan, folder: string): { readonly objects: readonly Manifest[]; readonly secrets: readonly WantedSecret[] } => {
  const all = plan.resources.flatMap((resource) => toManifest(plan, resource, folder));
  const objects = all.filter(({ kind }) => kind !== "Secret");
  const made = all.filter(({ kind }) => kind === "Secret").map(wanted);
  const referred = objects.flatMap(({ object }) => secretsIn(object).map((secret) => ({ namespace: namespaceOf(object), ...secret })));
  return { objects, secrets: eachOnce([...referred, ...made]) };
};

/** With the keys of all that is said of it. */
const eachOnce = (secrets: readonly WantedSecret[]): WantedSecret[] => {
  const all = new Map<string, WantedSecret>();
  for (const secret of secrets) {
    const id = `${secret.namespace}/${secret.name}`;
    all.set(id, { ...secret, keys: [...new Set([...(all.get(id)?.keys ?? []), ...secret.keys])] });
  }
  return [...all.values()];
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
  return [{ kind, name, object: { apiVersion, kind, ...object }, wave: waveOf(plan, resource) }];
};

/** Secrets are there beforehand, and what is no object of the cluster takes no time there. */
const waveOf = (plan: Plan, { options }: PlannedResource): number => {
  const before = plan.resources.filter(({ id, type }) => options.dependsOn?.includes(id) === true && TYPE.test(type) && !type.endsWith(":Secret"));
  return before.length === 0 ? 0 : 1 + Math.max(...before.map((each) => waveOf(plan, each)));
};

/** Argo CD applies waves one after another, each when the one before is healthy, and removes them the other way round. */
export const inWave = ({ object, wave }: Manifest): Manifest["object"] => {
  const metadata = object["metadata"] as { readonly annotations?: object };
  if (wave === 0) return object;
  return { ...object, metadata: { ...metadata, annotations: { "argocd.argoproj.io/sync-wave": String(wave), ...metadata.annotations } } };
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
  namespace: namespaceOf(object),
  name,
  keys: Object.keys((object["stringData"] ?? object["data"] ?? {}) as object),
});

const namespaceOf = (object: Manifest["object"]): string => String((object["metadata"] as { namespace?: unknown }).namespace ?? "default");

/** A Secret by its name, and the key that is read of it where one is. */
interface Reference {
  readonly name?: unknown;
  readonly key?: unknown;
}

/** Where an object names Secrets: the field, and how the name stands in it. */
const REFERENCES: Readonly<Record<string, (value: unknown) => readonly Reference[]>> = {
  secretName: (name) => [{ name }],
  secretKeyRef: (value) => [value as Reference],
  imagePullSecrets: (value) => value as Reference[],
  certificateRefs: (value) => value as Reference[],
  credentialRefs: (value) => value as Reference[],
};

/** The Secrets that an object refers to, wherever in it. */
const secretsIn = (value: unknown): Pick<WantedSecret, "keys" | "name">[] => {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([field, inner]) => {
    const found = inner === undefined || Array.isArray(value) ? undefined : REFERENCES[field]?.(inner);
    if (found === undefined) return secretsIn(inner);
    return found.flatMap(({ key, name }) => (typeof name === "string" ? [{ name, keys: typeof key === "string" ? [key] : [] }] : []));
  });
};

/** How to make them. */
export const secretLines = (secrets: readonly WantedSecret[]): string[] =>
  secrets.map(({ keys, name, namespace }) => `Secret ${namespace}/${name} must exist${keys.length === 0 ? "" : `, with ${keys.join(" and ")}: no secret value is rendered`}`);
