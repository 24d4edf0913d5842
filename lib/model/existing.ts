/** A deployment of an endpoint that another program owns. */
import { unknownKey } from "./fields.ts";
import type { KubernetesEndpointArgs, OnlineEndpointArgs } from "./endpoint.ts";
import type { Naming } from "./names.ts";
import { parseEndpoint, type Parsed } from "./parse.ts";
import { isLate, show, type Problem } from "./refusal.ts";
import type { TargetArgs } from "./target.ts";

/** What the owner's program says of the endpoint, where it is not the default: a deployment's containers depend on it. */
export interface ExistingEndpointArgs<V> {
  /** The endpoint's. @default - an endpoint's own default, "key" */
  readonly authMode?: OnlineEndpointArgs<V>["authMode"];
  /** Kubernetes alone: the Secret that the owner names, where the owner makes none. @default - the one that the owner's program makes, `<endpoint>-keys` */
  readonly auth?: { readonly existingSecret?: V };
  /** Azure alone: Kubernetes compute of the workspace. @default - managed */
  readonly azure?: { readonly compute?: V };
  /** Kubernetes alone: the hostname and path of the endpoint's route. @default - none, as on the endpoint */
  readonly kubernetes?: KubernetesEndpointArgs<V>;
}

/** An endpoint of another program, as `existingEndpoint()` makes it. */
export interface ExistingEndpoint<V> extends ExistingEndpointArgs<V> {
  readonly name: string;
  readonly target: TargetArgs<V>;
}

const KNOWN: Readonly<Record<"" | "auth" | "azure", readonly string[]>> = {
  "": ["name", "target", "authMode", "auth", "azure", "kubernetes"],
  auth: ["existingSecret"],
  azure: ["compute"],
};

/** Parses a deployment with its endpoint, as one declaration of which this program makes the deployment alone. Paths are those of the deployment. @internal */
export const parseDeployment = <V>(name: string, args: unknown, naming: Naming): Parsed<V> => {
  const { endpoint: existing, ...deployment } = (isRecord(args) ? args : {}) as { readonly endpoint?: unknown };
  const said = isRecord(existing) ? existing : {};
  const logicalName = typeof said["name"] === "string" ? said["name"] : "endpoint";
  const { endpoint, problems } = parseEndpoint<V>(logicalName, { kind: "online", ...said, deployments: { [name]: deployment } }, naming);
  const own = existingProblems(existing);
  const rest = problems.map((problem) => ({ ...problem, path: ownPath(name)(problem.path) })).filter(({ path }) => own.every((each) => each.path !== path));
  return { endpoint: { ...endpoint, existing: true }, problems: [...own, ...rest] };
};

/** Where a problem of the whole declaration is in the deployment's own arguments. @internal */
export const ownPath =
  (name: string) =>
  (path: string): string => {
    const mine = `deployments.${name}`;
    if (path === mine || path === "deployments") return "";
    return path.startsWith(`${mine}.`) ? path.slice(mine.length + 1) : `endpoint${path === "" ? "" : `.${path}`}`;
  };

const existingProblems = (existing: unknown): Problem[] => {
  if (!isRecord(existing)) return [{ path: "endpoint", message: `expected existingEndpoint(name, target); got ${show(existing)}` }];
  const unnamed: Problem[] = existing["name"] === undefined ? [{ path: "endpoint.name", message: "expected the endpoint's name at its target, as its owner's output `name` has it; got nothing" }] : [];
  return [...unnamed, ...Object.entries(KNOWN).flatMap(([block, known]) => unknownKeys(block, known, block === "" ? existing : existing[block]))];
};

const unknownKeys = (block: string, known: readonly string[], value: unknown): Problem[] =>
  Object.keys(isRecord(value) ? value : {})
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: block === "" ? "endpoint" : `endpoint.${block}`, message: unknownKey(key, known) }));

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value) && !isLate(value);
