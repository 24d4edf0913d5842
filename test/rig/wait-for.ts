/** Judges an object by the annotation `pulumi.com/waitFor` as Pulumi's Kubernetes provider does (4.24 and newer). */
import { select } from "./json-path.ts";

/** What the provider thinks of an object, and what it says of it when the time is over. */
export interface Judgement {
  readonly done: boolean;
  readonly reason?: string;
}

/** All conditions in their order; the first that is not met decides. */
export const judge = (object: unknown, annotation: string): Judgement => {
  for (const condition of annotation.startsWith("[") ? (JSON.parse(annotation) as string[]) : [annotation]) {
    const { done, reason = `Waiting for ${condition}` } = one(object, condition);
    if (!done) return { done, reason };
  }
  return { done: true };
};

const one = (object: unknown, condition: string): Judgement => {
  const [, type, status = "True"] = /^condition=([^=]+)(?:=(.*))?$/.exec(condition) ?? [];
  if (type !== undefined) return { done: select(object, `.status.conditions[?@.type=="${type}" && @.status=="${status}"]`).length > 0 };
  const [, path = "", value] = /^jsonpath=\{(.*)\}(?:=([^=]+))?$/.exec(condition) ?? [];
  if (path === "") throw new Error(`expected condition=…, jsonpath={…} or jsonpath={…}=value; got ${condition}`);
  const [first, ...rest] = select(object, path);
  if (first === undefined && rest.length === 0) return { done: false };
  if (value === undefined) return { done: true };
  if (typeof first === "object" && first !== null) return { done: false, reason: `"{${path}}" has a non-primitive value (${printed(first)})` };
  return { done: String(first) === value };
};

/** As Go prints maps and lists: keys sorted, nothing quoted. */
const printed = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(printed).join(" ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, inner]) => `${key}:${printed(inner)}`).join(" ")}]`;
};
