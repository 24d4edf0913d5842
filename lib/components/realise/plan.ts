/** Makes the resources of a plan, in its order. No decision is made here. */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { guidOf, isPlainObject, resolve, type Ref, type Resolver } from "../../model/late.ts";
import { InvalidArgs } from "../../model/refusal.ts";
import { LocalFile, TextFile, type Plan, type PlannedOptions, type PlannedResource } from "../../model/plan.ts";
import type { Node, Role, Transforms } from "../transform.ts";

/** Makes one resource of a type token. */
export type Make = (type: string, logicalName: string, args: object, opts: pulumi.CustomResourceOptions) => pulumi.CustomResource;

/** What surrounds the children of an endpoint. */
export interface Surroundings {
  /** What a refusal names: `Endpoint "credit"`. */
  readonly subject: string;
  readonly make: Make;
  /** The component that a child belongs to: a deployment's, or the endpoint's. */
  readonly parent: (deployment: string | undefined) => pulumi.Resource;
  readonly transforms: Transforms;
  /** Resources outside the plan that its deployments must follow. */
  readonly after?: readonly pulumi.Resource[];
  /** Hooks by role. */
  readonly hooks?: Readonly<Record<string, pulumi.ResourceHookBinding>>;
}

/** A resource of the plan, and what was made of it. */
export interface Realised {
  readonly planned: PlannedResource;
  readonly node: Node;
}

/** Everything that was made, and the values of the plan's outputs. */
export const realise = (plan: Plan, around: Surroundings): { readonly children: readonly Realised[]; readonly outputs: Readonly<Record<string, unknown>> } => {
  const made = new Map<string, Node>();
  const resolver = pulumiResolver(made);
  const children = plan.resources.map((planned): Realised => {
    const args = resolve(planned.inputs, resolver) as object;
    const opts = { parent: around.parent(planned.deployment), ...options(planned.options, made, planned.role === "deployment" ? around.after : []), ...hooked(around.hooks?.[planned.role]) };
    const node = makeOne(planned, args, opts, around);
    made.set(planned.id, node);
    return { planned, node };
  });
  return { children, outputs: resolve(plan.outputs, resolver) as Record<string, unknown> };
};

const makeOne = (planned: PlannedResource, args: object, opts: pulumi.CustomResourceOptions, around: Surroundings): Node => {
  const { deployment, logicalName, role, type } = planned;
  const { make, transforms } = around;
  const changed = transforms[role as Role]?.(args, opts, { logicalName, deployment }) ?? { args, opts };
  if (planned.fixed !== undefined && !isDeepStrictEqual(changed.args, args))
    throw new InvalidArgs(around.subject, [{ path: `transform.${role}`, message: planned.fixed }]);
  return make(type, logicalName, changed.args, changed.opts) as Node;
};

const options = (planned: PlannedOptions, made: ReadonlyMap<string, Node>, after: readonly pulumi.Resource[] = []): pulumi.CustomResourceOptions => {
  const node = (id: string): Node => made.get(id) as Node;
  const dependsOn = [...(planned.dependsOn?.map(node) ?? []), ...after];
  return {
    ...(dependsOn.length === 0 ? {} : { dependsOn }),
    ...(planned.deletedWith === undefined ? {} : { deletedWith: node(planned.deletedWith) }),
    ...(planned.replaceWith === undefined ? {} : { replaceWith: planned.replaceWith.map(node) }),
    ...(planned.ignoreChanges === undefined ? {} : { ignoreChanges: [...planned.ignoreChanges] }),
    ...(planned.replaceOnChanges === undefined ? {} : { replaceOnChanges: [...planned.replaceOnChanges] }),
    ...(planned.deleteBeforeReplace === undefined ? {} : { deleteBeforeReplace: planned.deleteBeforeReplace }),
  };
};

const hooked = (hooks: pulumi.ResourceHookBinding | undefined): pulumi.CustomResourceOptions => (hooks === undefined ? {} : { hooks });

type Late = pulumi.Input<unknown>;

/** Plan nodes as Pulumi values: plain where all parts are plain, so that a preview shows them. */
const pulumiResolver = (made: ReadonlyMap<string, Node>): Resolver<Late> => ({
  leaf: (value) => {
    if (value instanceof LocalFile) return new pulumi.asset.FileAsset(value.path);
    return value instanceof TextFile ? new pulumi.asset.StringAsset(value.text) : value;
  },
  concat: (parts) => (parts.every(isText) ? parts.join("") : pulumi.concat(...parts)),
  hash: (parts, length) => (parts.every(isText) ? sha256(parts, length) : pulumi.output(parts as string[]).apply((known) => sha256(known, length))),
  guid: (parts) => (parts.every(isText) ? guidOf(sha256(parts, 32)) : pulumi.output(parts as string[]).apply((known) => guidOf(sha256(known, 32)))),
  keyed: (entries) => keyed(entries),
  json: (data) => (isPlain(data) ? JSON.stringify(data, undefined, 2) : pulumi.jsonStringify(data, undefined, 2)),
  ref: (ref) => output(ref, made.get(ref.id) as Node),
  first: (outputs) => pulumi.all([...outputs]).apply((known) => known.find((one) => one !== undefined)),
});

const isText = (value: unknown): value is string => typeof value === "string";

/** Whether nothing in it is late. */
const isPlain = (data: unknown): boolean => {
  if (Array.isArray(data)) return data.every(isPlain);
  if (isPlainObject(data)) return Object.values(data).every(isPlain);
  return data === null || typeof data !== "object";
};

const sha256 = (parts: readonly string[], length: number): string => createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, length);

const keyed = (entries: readonly (readonly [Late, unknown])[]): Late => {
  if (entries.every(([key]) => isText(key))) return Object.fromEntries(entries as [string, unknown][]);
  const keys = pulumi.all(entries.map(([key]) => key));
  return keys.apply((known) => Object.fromEntries(known.map((key, i) => [key as string, entries[i]?.[1]])));
};

const output = ({ output: path, upTo }: Ref, node: Node): Late => {
  const [first = "", ...rest] = path.split(".");
  const value = pulumi.output(node[first]).apply((known: unknown) => rest.reduce((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], known));
  return upTo === undefined ? value : value.apply((text) => (text as string).split(upTo)[0]);
};
