/** What an update changes of an endpoint's deployments and shares, in words. The routing's old and new inputs say it. */
import { isPlainObject } from "../../model/late.ts";
import type { PlannedResource } from "../../model/plan.ts";
import { show } from "../../model/refusal.ts";
import { CAPACITY } from "./online-deployment.ts";
import type { Deployed } from "./traffic.ts";

/** Percent by the deployments' names at Azure. */
type Shares = Readonly<Record<string, number>>;

/** What a routing puts. */
export interface Routed {
  /** The endpoint's own deployments, by their names in the program. */
  readonly deployments: Readonly<Record<string, Deployed>>;
  readonly traffic: Shares;
  readonly mirrorTraffic: Shares;
  /** Id of Kubernetes compute, which may not be known yet; none on managed compute. */
  readonly compute?: unknown;
  /** Of a batch endpoint. */
  readonly defaultDeployment?: string | undefined;
}

/** Read from a routing's inputs; nothing where they are not known yet, or are another's. */
export const routedOf = (inputs: unknown): Routed | undefined => {
  const deployments = at(inputs, "properties", "template", "metadata", "deployments");
  const value = at(inputs, "properties", "parameters", "properties", "value");
  // A batch endpoint has no shares.
  const [traffic, mirrorTraffic] = [at(value, "traffic") ?? {}, at(value, "mirrorTraffic") ?? {}];
  if (!isPlainObject(deployments) || !isPlainObject(value) || !isPlainObject(traffic) || !isPlainObject(mirrorTraffic)) return undefined;
  const wanted = at(value, "defaults", "deploymentName");
  return {
    deployments: deployments as Routed["deployments"],
    traffic: traffic as Shares,
    mirrorTraffic: mirrorTraffic as Shares,
    compute: at(value, "compute"),
    defaultDeployment: typeof wanted === "string" ? wanted : undefined,
  };
};

const at = (inputs: unknown, ...path: readonly string[]): unknown => path.reduce((inner, key) => (isPlainObject(inner) ? inner[key] : undefined), inputs);

const NEW: Routed = { deployments: {}, traffic: {}, mirrorTraffic: {} };

/**
 * One line, of what is another than before: `deployments: green added; traffic: blue 100 % → 90 %, green 0 % → 10 %`. Nothing where all is as before.
 * `before` is undefined where there is no endpoint yet.
 */
export const changeLine = (before: Routed = NEW, after: Routed): string | undefined => {
  const parts = [
    ["deployments", deploymentChanges(before, after)],
    ["traffic", shareChanges("traffic", before, after)],
    ["mirror", shareChanges("mirrorTraffic", before, after)],
    ["default", before.defaultDeployment === after.defaultDeployment ? [] : [`${before.defaultDeployment ?? "none"} → ${after.defaultDeployment ?? "none"}`]],
  ] as const;
  const told = parts.filter(([, changes]) => changes.length > 0).map(([what, changes]) => `${what}: ${changes.join(", ")}`);
  return told.length === 0 ? undefined : told.join("; ");
};

const deploymentChanges = (before: Routed, after: Routed): string[] => {
  const names = sorted({ ...before.deployments, ...after.deployments });
  return names.flatMap((name) => {
    const [old, now] = [before.deployments[name], after.deployments[name]];
    if (now === undefined) return [`${name} removed`];
    if (old === undefined) return [`${name} added`];
    if (old.name !== now.name) return [`${old.name} replaced by ${now.name}`];
    return isReplaced(old, now) ? [`${name} replaced`] : [];
  });
};

/** The engine keeps no order of keys. */
const sorted = (named: object): string[] => Object.keys(named).toSorted();

/** What the program leaves open now replaces nothing. */
const isReplaced = (before: Deployed, after: Deployed): boolean => Object.entries(after).some(([key, value]) => value !== undefined && before[key as keyof Deployed] !== value);

/**
 * What Azure would refuse half-way: other compute, deleting a deployment that is live, as the shares of the last update have it, and egress that is left
 * out where it was written. `before` is undefined where there is no endpoint yet.
 */
export const changeProblems = (before: Routed | undefined, after: Routed): string[] => {
  if (before === undefined) return [];
  // Other compute makes every deployment another one, of which there is nothing more to say.
  return isSameCompute(before.compute, after.compute) ? deploymentProblems(before, after) : [COMPUTE_PROBLEM];
};

/** Ids are compared without regard to case, as ARM does, and taken as the same where one is not known. */
const isSameCompute = (before: unknown, after: unknown): boolean => {
  if (before === undefined || after === undefined) return before === after;
  return typeof before !== "string" || typeof after !== "string" || before.toLowerCase() === after.toLowerCase();
};

const COMPUTE_PROBLEM =
  'azure.compute is another than the endpoint was made with, and Azure keeps it for life: give it back, or give the endpoint another "name", and a second one is made, complete, before this one is deleted';

const deploymentProblems = (before: Routed, after: Routed): string[] =>
  Object.entries(after.deployments).flatMap(([name, now]) => {
    const old = before.deployments[name];
    if (old === undefined || old.name !== now.name) return [];
    const share = before.traffic[now.name] ?? 0;
    if (isReplaced(old, now)) return share > 0 ? [isDefaultWritten(old, now) ? defaultProblem(name, share) : liveProblem(name, share)] : [];
    return old.egressPublicNetworkAccess === "Disabled" && now.egressPublicNetworkAccess === undefined ? [egressProblem(name)] : [];
  });

const liveProblem = (name: string, share: number): string =>
  `deployment ${show(name)} has ${share} % of the traffic, and Azure would have to delete it for this change, which it refuses: give traffic.${name} 0 and run pulumi up first, ` +
  'or declare another deployment beside it, or write azure.replacement "sideBySide"';

/** Azure would take it in place. The engine is told beforehand what replaces, and cannot tell the default from a change. */
const isDefaultWritten = (before: Deployed, { egressPublicNetworkAccess: egress, ...after }: Deployed): boolean =>
  egress === "Enabled" && before.egressPublicNetworkAccess === undefined && !isReplaced(before, after);

const defaultProblem = (name: string, share: number): string =>
  `deployment ${show(name)} has ${share} % of the traffic, and writing the default of egressPublicNetworkAccess would replace it: leave egressPublicNetworkAccess out: it is enabled`;

const egressProblem = (name: string): string =>
  `deployment ${show(name)} has egressPublicNetworkAccess "disabled", and leaving it out does not change that in place: write "enabled", and it is replaced, or "disabled", and it stays`;

/** Whether an autoscaler writes the capacity after us. */
export const isScaled = ({ options, role }: PlannedResource): boolean => role === "deployment" && options.ignoreChanges?.includes(CAPACITY) === true;

/** What a change in place puts with it: the engine takes what is ignored from the state, which knows what the last refresh saw. */
export const scaledLine = (inputs: unknown): string => {
  const [name, capacity] = [at(inputs, "deploymentName"), at(inputs, "sku", "capacity")];
  const instances = `${show(capacity)} ${capacity === 1 ? "instance" : "instances"}`;
  return `deployment ${show(name)} is put again with ${instances}, as the state knows them; where its autoscaler has moved them, run pulumi up --refresh`;
};

/** All that have a share before or after, once one of them changes. Whoever is not written has none. */
const shareChanges = (kind: "traffic" | "mirrorTraffic", before: Routed, after: Routed): string[] => {
  const [was, is] = [byPlainName(before, kind), byPlainName(after, kind)];
  const shares = sorted({ ...was, ...is }).map((name) => ({ name, old: was[name] ?? 0, now: is[name] ?? 0 }));
  if (shares.every(({ now, old }) => now === old)) return [];
  return shares.filter(({ now, old }) => now > 0 || old > 0).map(({ name, now, old }) => (now === old ? `${name} ${now} %` : `${name} ${old} % → ${now} %`));
};

/** Those of another program's deployments have one name. */
const byPlainName = (routed: Routed, kind: "traffic" | "mirrorTraffic"): Shares => {
  const plain = new Map(Object.entries(routed.deployments).map(([name, deployed]) => [deployed.name, name]));
  return Object.fromEntries(Object.entries(routed[kind]).map(([name, share]) => [plain.get(name) ?? name, share]));
};
