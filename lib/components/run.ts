/** What is kept per run of a program: one process may run several, by the Automation API. */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { AnyEndpoint } from "../model/batch-endpoint.ts";
import { Concat, Guid, Hash } from "../model/late.ts";
import type { Naming } from "../model/names.ts";
import type { Plan } from "../model/plan.ts";
import type { Problem } from "../model/refusal.ts";
import { certain } from "../model/refused.ts";
import type { KubernetesTarget } from "../model/target.ts";

/** Where nothing is connected to an engine. */
const outside = {};

/** What each run keeps, as it begins with it. A run is told from others by what every run has of its own: its connection to the engine. */
export const perRun = <T>(begin: () => T): (() => T) => {
  const runs = new WeakMap<object, T>();
  return () => {
    const run = pulumi.runtime.getMonitor() ?? outside;
    const kept = runs.get(run) ?? begin();
    runs.set(run, kept);
    return kept;
  };
};

/** Endpoints of each run that were refused. */
const refused = perRun(() => new Set<string>());

/** Whether an endpoint of this name was refused before. Whoever catches the refusal and declares it once more, as tests do, takes over what it claimed. */
export const isCorrection = ({ existing, logicalName }: AnyEndpoint<Late>): boolean => !existing && refused().has(logicalName);

/** How a declaration has ended. */
export const remember = ({ existing, logicalName }: AnyEndpoint<Late>, wasRefused: boolean): void => {
  if (existing) return;
  if (wasRefused) refused().add(logicalName);
  else refused().delete(logicalName);
};

/** Who has claimed what: names and addresses of endpoints, and names of what is made for them. */
const claimed = perRun(() => new Map<string, string>());

/** What derived names depend on. */
export const naming = (): Naming => ({
  stack: `${organization()}/${pulumi.getProject()}/${pulumi.getStack()}`,
  sha256: (text) => createHash("sha256").update(text).digest("hex"),
});

/** Unit tests under mocks mostly name no organisation, and Pulumi throws then; its own name for "none" serves. */
const organization = (): string => {
  try {
    return pulumi.getOrganization();
  } catch {
    return "organization";
  }
};

/**
 * Claims the endpoint's name and address, and reports another endpoint of the same run that has either: a second set of objects would take over
 * the first one's, a gateway would serve the older of two routes and say nothing, and Azure would refuse the second name half-way. Late values
 * cannot be compared, and claim nothing.
 */
export const claimAddress = (endpoint: AnyEndpoint<Late>, component: pulumi.ComponentResource): Problem[] => {
  const taken = claimed();
  const claims = claimsOf(endpoint, component).filter(({ parts }) => parts.every((part) => typeof part === "string"));
  const ownerOf = ({ parts, what }: Claim): string | undefined => {
    const owner = taken.get(JSON.stringify([what, ...parts]));
    return owner === endpoint.logicalName && isCorrection(endpoint) ? undefined : owner;
  };
  const owned = claims.flatMap((claim) => {
    const { follows, parts, path, what } = claim;
    const owner = ownerOf(claim);
    const isSaid = claims.some((other) => other.what === follows && ownerOf(other) !== undefined);
    return owner === undefined || isSaid ? [] : [{ path, message: `Endpoint ${JSON.stringify(owner)} of this program already has this ${what}, ${parts.slice(1).join(" ")}` }];
  });
  if (owned.length === 0) for (const { parts, what } of claims) taken.set(JSON.stringify([what, ...parts]), endpoint.logicalName);
  return owned;
};

/**
 * Claims the names that the program gives what is made for an endpoint, and reports those that something else of the run has: two resources with one id
 * pass every preview, and the provider refuses the second half-way. Each is said of where it is written in the endpoint's declaration.
 */
export const claimNames = (endpoint: AnyEndpoint<Late>, { resources }: Plan, component: pulumi.ComponentResource): Problem[] => {
  const taken = claimed();
  const owner = endpoint.existing ? `deployment ${JSON.stringify(Object.keys(endpoint.deployments)[0])}` : `Endpoint ${JSON.stringify(endpoint.logicalName)}`;
  return resources.flatMap(({ claim, type }) => {
    if (claim === undefined) return [];
    const key = JSON.stringify([providerOf(component, type), ...claim.parts.map(identityOf)]);
    const first = taken.get(key);
    const other = first === owner && isCorrection(endpoint) ? undefined : first;
    taken.set(key, other ?? owner);
    return other === undefined ? [] : [{ path: claim.path, message: `${other} of this program already has ${claim.what}: ${claim.instead}` }];
  });
};

/** Text is itself; of text that is made of parts, those; any other value is the same only as the same value. */
const identityOf = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Concat || value instanceof Guid || value instanceof Hash) return value.parts.map(identityOf);
  return numberOf(value);
};

/** The deployments of each run that were made by hand, by the name of their endpoint. */
const made = perRun(() => new Map<string, readonly pulumi.Resource[]>());

/**
 * What a deployment of an existing endpoint must follow: all that this run made before it. Azure takes one write to an endpoint at a time. Those of
 * other programs cannot be waited for; the provider tries again for a while.
 */
export const follow = ({ name, target }: AnyEndpoint<Late>, deployment: pulumi.Resource): pulumi.Resource[] => {
  if (target.type !== "azureMl") return [];
  const mine = made();
  const previous = mine.get(name) ?? [];
  mine.set(name, [...previous, deployment]);
  return [...previous];
};

type Late = pulumi.Input<string>;

interface Claim {
  readonly what: string;
  readonly path: string;
  /** The first part is not shown. */
  readonly parts: readonly unknown[];
  /** A claim that this one is made of: where that is taken, nothing is said of this. */
  readonly follows?: string | undefined;
}

const claimsOf = (endpoint: AnyEndpoint<Late>, component: pulumi.ComponentResource): Claim[] => {
  const { existing, target } = endpoint;
  if (existing) return [];
  // Azure takes the name once more in another region; the children are called by it, and the engine takes theirs once.
  if (target.type === "azureMl") return certain(() => [{ what: "name", path: "name", parts: ["Azure", endpoint.name] }]);
  const cluster = clusterOf(component);
  return certain<Claim>(
    () => [{ what: "name", path: "name", parts: [cluster, namespaceOf(endpoint), endpoint.name] }],
    () => [addressOf(endpoint, target, cluster)],
  );
};

const addressOf = (endpoint: AnyEndpoint<Late>, { gateway }: KubernetesTarget<Late>, cluster: string): Claim => {
  const { hostname, path } = endpoint.kubernetes;
  const isDefault = path === undefined && hostname === undefined;
  const route = isDefault ? defaultPath(namespaceOf(endpoint), endpoint.name) : (path ?? "/");
  const owner = gateway.kind === "existing" ? [gateway.namespace, gateway.name] : [namespaceOf(endpoint), endpoint.name];
  return { what: "address", path: "kubernetes", parts: [cluster, ...owner, hostname ?? "any hostname", route], follows: isDefault ? "name" : undefined };
};

/** As the compiler makes it. It may be another endpoint's written path. */
const defaultPath = (namespace: Late | undefined, name: string): Late | undefined => (typeof namespace === "string" ? `/endpoints/${namespace}/${name}` : namespace);

/** The namespace of an endpoint's objects. */
const namespaceOf = ({ kind, target }: AnyEndpoint<Late>): Late | undefined => (target.type === "azureMl" ? undefined : kind === "batch" ? target.jobsNamespace : target.namespace);

/** Which namespaces of each run hold what: the kind of the first endpoint there, and its name. */
const namespaces = perRun(() => new Map<string, readonly [kind: string, owner: string]>());

/** Reports an online endpoint in a namespace of jobs, in whatever order they are declared. Late values cannot be compared. */
export const claimNamespace = (endpoint: AnyEndpoint<Late>, component: pulumi.ComponentResource): Problem[] => {
  const namespace = namespaceOf(endpoint);
  if (typeof namespace !== "string" || endpoint.existing) return [];
  const taken = namespaces();
  const key = JSON.stringify([clusterOf(component), namespace]);
  const own = [endpoint.kind, endpoint.logicalName] as const;
  const before = taken.get(key);
  const [kind, owner] = before === undefined || (before[1] === endpoint.logicalName && isCorrection(endpoint)) ? own : before;
  taken.set(key, [kind, owner]);
  if (kind === endpoint.kind) return [];
  const path = endpoint.kind === "batch" ? "target.jobsNamespace" : "target.namespace";
  return [{ path, message: `${kind} Endpoint ${JSON.stringify(owner)} of this program is in this namespace: jobs need one in which nothing else is, because whoever may make Jobs there may act as any of its service accounts`, value: namespace }];
};

const clusterOf = (component: pulumi.ComponentResource): string => providerOf(component, "kubernetes:core/v1:Service");

/** Tells explicit providers apart: the same names on two clusters, or in two subscriptions, do not clash. */
const providerOf = (component: pulumi.ComponentResource, type: string): string => {
  const provider = component.getProvider(type);
  return provider === undefined ? "default" : `provider ${numberOf(provider)}`;
};

const numbers = new WeakMap<object, number>();
let numbered = 0;

/** Tells values apart that cannot be compared. */
const numberOf = (value: object): number => {
  const known = numbers.get(value) ?? ++numbered;
  numbers.set(value, known);
  return known;
};
