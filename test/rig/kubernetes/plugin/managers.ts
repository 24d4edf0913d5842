/** Whose the fields of a live object are. */
import { isObject, type Body } from "../../json.ts";
import { at, put, remove } from "../../plugin/values.ts";
import type { Fields } from "../client.ts";

interface Entry {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource?: string;
  readonly fieldsV1: Body;
}

const entriesOf = (live: Fields): readonly Entry[] => (live["metadata"]?.managedFields ?? []) as Entry[];

/** Writers whose fields an update takes over: `kubectl`, and whoever made the object by this provider before it applied. */
const isTaken = ({ manager, operation, subresource }: Entry): boolean =>
  subresource === undefined && (manager.startsWith("kubectl") || (operation === "Update" && /^(before-first-apply|pulumi-kubernetes|pulumi-resource-kubernetes)/.test(manager)));

/** The object's managers after that, where anything is to be taken over. */
export const takenOver = (live: Fields, manager: string): readonly Entry[] | undefined => {
  const [taken, kept] = [entriesOf(live).filter(isTaken), entriesOf(live).filter((entry) => !isTaken(entry))];
  if (taken.length === 0) return undefined;
  const own = kept.filter((entry) => entry.manager === manager && entry.operation === "Apply" && entry.subresource === undefined);
  const fieldsV1 = [...own, ...taken].map((entry) => entry.fieldsV1).reduce(union, {});
  const apiVersion = (own[0] ?? taken[0])?.apiVersion ?? "v1";
  return [...kept.filter((entry) => !own.includes(entry)), { manager, operation: "Apply", apiVersion, fieldsV1, fieldsType: "FieldsV1" } as Entry];
};

const union = (left: Body, right: Body): Body =>
  Object.fromEntries([...new Set([...Object.keys(left), ...Object.keys(right)])].map((key) => [key, union(isObject(left[key]) ? left[key] : {}, isObject(right[key]) ? right[key] : {})]));

/** Ignored fields are left out where they are another's alone, and else say what is there: what an applier leaves out that was its own is reset. */
export const withoutIgnored = (inputs: Fields, live: Fields, manager: string, ignored: readonly string[]): Fields => {
  const result = structuredClone(inputs);
  for (const path of ignored) {
    const owners = entriesOf(live).filter(({ fieldsV1 }) => at(fieldsV1, path.split(".").map((key) => `f:${key}`).join(".")) !== undefined);
    const ours = owners.some((entry) => entry.manager === manager);
    const value = at(live, path);
    if (owners.length > 0 && !ours) remove(result, path);
    else if (value !== undefined) put(result, path, structuredClone(value));
  }
  return result;
};
