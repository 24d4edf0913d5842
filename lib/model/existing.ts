/** A deployment of an endpoint that another program owns. */
import { unknownKey } from "./fields.ts";
import type { AnyEndpoint, BatchEndpoint } from "./batch-endpoint.ts";
import type { KubernetesEndpointArgs, OnlineEndpoint, OnlineEndpointArgs } from "./endpoint.ts";
import type { Naming } from "./names.ts";
import { parseBatch, parseEndpoint, type Parsed } from "./parse.ts";
import { isRecord } from "./parse-fields.ts";
import { withMore } from "./refused.ts";
import { show, type Problem } from "./refusal.ts";
import type { TargetArgs } from "./target.ts";

/** What the owner's program says of the endpoint, where it is not the default: a deployment's containers depend on it. */
export interface ExistingEndpointArgs<V> {
  /** The endpoint's. @default - an endpoint's own default */
  readonly authMode?: OnlineEndpointArgs<V>["authMode"];
  /** Kubernetes alone: the Secret that the owner names, where the owner makes none. @default - the one that the owner's program makes, `<endpoint>-keys` */
  readonly auth?: { readonly existingSecret?: V };
  /** Azure alone: Kubernetes compute of the workspace; an Output must be its id. Online endpoints alone: a batch deployment says its compute itself. @default - managed */
  readonly azure?: { readonly compute?: V };
  /** Kubernetes alone: the hostname and path of the endpoint's routes. @default - none, as on the endpoint */
  readonly kubernetes?: KubernetesEndpointArgs<V>;
}

/** An endpoint of another program, as `existingEndpoint()` makes it. */
export interface ExistingEndpoint<V> extends ExistingEndpointArgs<V> {
  /** Its name at the target, as its owner's output `name` has it. */
  readonly name: string;
  /** Where it is. */
  readonly target: TargetArgs<V>;
}

const KNOWN: Readonly<Record<"" | "auth" | "azure", readonly string[]>> = {
  "": ["name", "target", "authMode", "auth", "azure", "kubernetes"],
  auth: ["existingSecret"],
  azure: ["compute"],
};

/** Parses a deployment with its endpoint, as one declaration of which this program makes the deployment alone. Paths are those of the deployment. @internal */
export const parseDeployment = <V>(name: string, args: unknown, naming: Naming): Parsed<OnlineEndpoint<V>> =>
  withEndpoint("online", name, args, (logicalName, declaration) => parseEndpoint<V>(logicalName, declaration, naming));

/** The same of a deployment of a batch endpoint. @internal */
export const parseBatchDeployment = <V>(name: string, args: unknown, naming: Naming): Parsed<BatchEndpoint<V>> =>
  withEndpoint("batch", name, args, (logicalName, declaration) => parseBatch<V>(logicalName, declaration, naming));

type Kind = AnyEndpoint<unknown>["kind"];
type Parse<E> = (logicalName: string, declaration: unknown) => Parsed<E>;

const withEndpoint = <E extends object>(kind: Kind, name: string, args: unknown, parse: Parse<E>): Parsed<E> => {
  const { endpoint: existing, ...deployment } = (isRecord(args) ? args : {}) as { readonly endpoint?: unknown };
  const said = isRecord(existing) ? existing : {};
  const logicalName = typeof said["name"] === "string" ? said["name"] : "endpoint";
  const { endpoint, problems } = parse(logicalName, { kind, ...said, deployments: { [name]: deployment } });
  const own = existingProblems(kind, existing);
  // Nothing is known of an endpoint that is none.
  const isTold = (path: string): boolean => own.some((each) => each.path === path) || (!isRecord(existing) && path.startsWith("endpoint."));
  const rest = problems.map((problem) => ({ ...problem, path: ownPath(name)(problem.path) })).filter(({ path }) => !isTold(path));
  return { endpoint: withMore(endpoint, { existing: () => true }) as E, problems: [...own, ...rest] };
};

/** Where a problem of the whole declaration is in the deployment's own arguments. @internal */
export const ownPath =
  (name: string) =>
  (path: string): string => {
    const mine = `deployments.${name}`;
    if (path === mine || path === "deployments") return "";
    return path.startsWith(`${mine}.`) ? path.slice(mine.length + 1) : `endpoint${path === "" ? "" : `.${path}`}`;
  };

const existingProblems = (kind: Kind, existing: unknown): Problem[] => {
  if (!isRecord(existing)) return [{ path: "endpoint", message: `expected existingEndpoint(name, target); got ${show(existing)}` }];
  const unnamed: Problem[] = existing["name"] === undefined ? [{ path: "endpoint.name", message: "expected the endpoint's name at its target, as its owner's output `name` has it; got nothing" }] : [];
  const online: Problem[] =
    kind === "batch" && existing["azure"] !== undefined ? [{ path: "endpoint.azure", message: "a batch endpoint has no compute: the deployment says where its jobs run, azure.compute" }] : [];
  return [...unnamed, ...online, ...Object.entries(KNOWN).flatMap(([block, known]) => unknownKeys(block, known, block === "" ? existing : existing[block]))];
};

const unknownKeys = (block: string, known: readonly string[], value: unknown): Problem[] =>
  Object.keys(isRecord(value) ? value : {})
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: block === "" ? "endpoint" : `endpoint.${block}`, message: unknownKey(key, known) }));
