/** Plan data without nodes: what a person, or kubectl, can read. */
import { createHash } from "node:crypto";
import { isAbsolute, relative } from "node:path";
import { guidOf, resolve, type Ref } from "../model/late.ts";
import { LocalFile, TextFile, type Plan, type PlannedResource } from "../model/plan.ts";

/** How references to other resources of the plan are written. */
export type WriteRef = (ref: Ref) => string;

/** Replaces nodes. Files of this machine are written relative to a folder. */
export const plain = (data: unknown, folder: string, writeRef: WriteRef): unknown =>
  resolve<unknown>(data, {
    leaf: (value) => {
      if (value instanceof LocalFile) return shorten(value.path, folder);
      return value instanceof TextFile ? value.text : value;
    },
    concat: (parts) => parts.join(""),
    hash: (parts, length) => sha256(parts, length),
    guid: (parts) => guidOf(sha256(parts, 32)),
    keyed: (entries) => Object.fromEntries(entries.map(([key, value]) => [String(key), value])),
    json: (data) => JSON.stringify(data, undefined, 2),
    ref: writeRef,
    first: (outputs) => outputs[0],
  });

const sha256 = (parts: readonly unknown[], length: number): string => createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, length);

/** A path below the folder without it; any other as it is. */
export const shorten = (path: string, folder: string): string => {
  if (!isAbsolute(path)) return path;
  return path === folder ? "." : relative(folder, path);
};

/** `${<logical name>.<output>}`: known when the other resource exists. */
export const refTo =
  (plan: Plan): WriteRef =>
  ({ id, output, upTo }) => {
    const name = plan.resources.find((resource) => resource.id === id)?.logicalName ?? id;
    return `\${${name}.${output}${upTo === undefined ? "" : ` up to ${upTo}`}}`;
  };

/** The same, except that what another resource is given is written out: a Service's name is known before there is one. */
export const refOrInput =
  (plan: Plan, folder: string): WriteRef =>
  (ref) => {
    const inputs = plan.resources.find((resource) => resource.id === ref.id)?.inputs;
    const input = ref.output.split(".").reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], inputs);
    const text = plain(input, folder, refTo(plan));
    return typeof text === "string" && ref.upTo === undefined ? text : refTo(plan)(ref);
  };

/** Options by logical name, so that they can be compared with a preview. */
export const plainOptions = (plan: Plan, { options }: PlannedResource): Record<string, unknown> => {
  const name = (id: string): string => plan.resources.find((resource) => resource.id === id)?.logicalName ?? id;
  const { deletedWith, dependsOn, replaceWith, ...rest } = options;
  const named = {
    dependsOn: dependsOn?.map(name),
    deletedWith: deletedWith === undefined ? undefined : name(deletedWith),
    replaceWith: replaceWith?.map(name),
    ...rest,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)));
};
