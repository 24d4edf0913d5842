/** The rights that a deployment of a program needs in a cluster: what Pulumi's provider asks for, object by object. Pure. */
import { stringify } from "yaml";
import type { Plan } from "../model/plan.ts";

/** A rule of a Role (rbac.authorization.k8s.io/v1). */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** Made, changed by server-side apply, read, watched until it is ready or gone, deleted. */
const OWN = ["create", "delete", "get", "list", "patch", "watch"] as const;
const READ = ["get", "list", "watch"] as const;

/** What the provider watches besides the object itself, to know that it is ready. */
const WATCHED: Readonly<Record<string, readonly (readonly [group: string, resource: string])[]>> = {
  Deployment: [["", "persistentvolumeclaims"], ["", "pods"], ["apps", "replicasets"]],
  // Which of the two depends on the provider's version.
  Service: [["", "endpoints"], ["discovery.k8s.io", "endpointslices"]],
};

const TYPE = /^kubernetes:(?:core\/v\d\w*|(?<group>[^/]+)\/v\d\w*):(?<kind>\w+)$/;

/** The rules for the objects of one namespace, in order of group, resources of equal verbs together. */
export const rulesOf = (resources: Plan["resources"]): Rule[] => {
  const verbs = new Map<string, readonly string[]>();
  const allow = (group: string, resource: string, wanted: readonly string[]): void => {
    const key = `${group} ${resource}`; // a resource may have a slash
    verbs.set(key, [...new Set([...(verbs.get(key) ?? []), ...wanted])].toSorted());
  };
  for (const { inputs, type } of resources) {
    const { group = "", kind } = TYPE.exec(type)?.groups ?? {};
    if (kind === undefined) continue;
    allow(group, plural(kind), OWN);
    for (const [of, resource] of WATCHED[kind] ?? []) allow(of, resource, READ);
    // Nobody may give a right that they have not got.
    const given = kind === "Role" ? (inputs["rules"] as readonly Rule[]) : [];
    for (const rule of given) for (const of of rule.apiGroups) for (const resource of rule.resources) allow(of, resource, rule.verbs);
  }
  return together([...verbs].toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

const together = (sorted: readonly (readonly [key: string, verbs: readonly string[]])[]): Rule[] => {
  const rules = new Map<string, Rule>();
  for (const [key, verbs] of sorted) {
    const [group = "", resource = ""] = key.split(" ");
    const alike = `${group} ${verbs.join(" ")}`;
    rules.set(alike, { apiGroups: [group], resources: [...(rules.get(alike)?.resources ?? []), resource], verbs });
  }
  return [...rules.values()];
};

/** As the API server calls a kind's resources. */
const plural = (kind: string): string => {
  const lower = kind.toLowerCase();
  return /[^aeiou]y$/.test(lower) ? `${lower.slice(0, -1)}ies` : `${lower}s`;
};

/** A Role as YAML. */
export const roleText = (name: string, namespace: string, rules: readonly Rule[]): string =>
  stringify({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name, namespace }, rules }, { lineWidth: 0, aliasDuplicateObjects: false });
