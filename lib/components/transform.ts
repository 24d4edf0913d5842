/** The two escape hatches: `transform` just before a child is made, `nodes` after. */
import type * as pulumi from "@pulumi/pulumi";
import { unknownKey } from "../model/fields.ts";
import { listed, show, type Problem } from "../model/refusal.ts";

/** What children are called, whatever the target. */
export const ROLES = [
  // Azure Machine Learning
  "endpoint",
  "model",
  "code",
  "environment",
  "component",
  "data",
  "routing",
  "compute",
  "autoscale",
  "roleAssignment",
  "callerRole",
  "caller",
  "diagnosticSetting",
  "errorShareAlert",
  "latencyAlert",
  "capacityAlert",
  // Kubernetes
  "serviceAccount",
  "service",
  "podDisruptionBudget",
  "networkPolicy",
  "primaryKey",
  "secondaryKey",
  "keys",
  "tokens",
  "gateway",
  "route",
  "namedRoute",
  "securityPolicy",
  "podMonitor",
  "alerts",
  "dashboard",
  "collector",
  "invoker",
  "invokerAccount",
  "invokerFile",
  "invokerRole",
  "invokerRoleBinding",
  "invokerService",
  // both
  "files",
  "deployment",
] as const;

/** The name of a kind of child. Not every target makes every one. */
export type Role = (typeof ROLES)[number];

/** Which child is being made. */
export interface Child {
  readonly logicalName: string;
  /** The deployment it belongs to; absent for children of the endpoint. */
  readonly deployment?: string | undefined;
}

/**
 * Changes a child just before it is made: returns its arguments and options. `args` are those of the child's own class in the provider's SDK, as
 * a plain object in which single values may be Outputs.
 */
export type Transform = (
  // oxlint-disable-next-line no-explicit-any -- the arguments of any class of any provider
  args: any,
  opts: pulumi.CustomResourceOptions,
  child: Child,
) => { readonly args: object; readonly opts: pulumi.CustomResourceOptions };

/**
 * Transforms by the children they are for. One for a child that the target does not make is not called. The arguments of `endpoint` (Azure) are put
 * again with the traffic, so `endpoint` may change options alone, and `routing` changes what is put.
 */
export type Transforms = { readonly [role in Role]?: Transform };

/** A child, with the outputs of its class in the provider's SDK. */
// oxlint-disable-next-line no-explicit-any -- the outputs of any class of any provider
export type Node = pulumi.CustomResource & { readonly [output: string]: any };

/** Children by what they are called. Reading one that was not made throws, naming those that were. */
export type Nodes = { readonly [role in Role]: Node };

/** What is wrong with `transform`. */
export const transformProblems = (transforms: unknown): Problem[] => {
  if (transforms === undefined) return [];
  if (typeof transforms !== "object" || transforms === null) return [{ path: "transform", message: `expected an object of functions; got ${show(transforms)}` }];
  return Object.entries(transforms).flatMap(([key, value]): Problem[] => {
    if (!(ROLES as readonly string[]).includes(key)) return [{ path: "transform", message: unknownKey(key, ROLES) }];
    if (value === undefined || typeof value === "function") return [];
    return [{ path: `transform.${key}`, message: `expected a function; got ${show(value)}` }];
  });
};

/** The children of one component. Where several have a role, the first has the name. */
export const nodesOf = (subject: string, children: readonly (readonly [role: string, node: Node])[]): Nodes => {
  const made = new Map(children.toReversed());
  const nodes = {};
  for (const role of ROLES) {
    const node = made.get(role);
    const get = (): Node => {
      if (node === undefined) throw new Error(`${subject} has no child "${role}" on this target; it has ${listed([...made.keys()].toReversed())}`);
      return node;
    };
    Object.defineProperty(nodes, role, { get, enumerable: node !== undefined });
  }
  return nodes as Nodes;
};
