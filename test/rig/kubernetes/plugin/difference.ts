/** What changes, and what of it cannot change in place: lives pruned to the old inputs against the new ones, as the provider compares them. */
import { equal, isObject } from "../../json.ts";
import type { Change } from "../../plugin/replies.ts";
import type { Fields } from "../client.ts";
import { isAutonamed, normalised, pruned, type Checkpoint } from "./object.ts";

export interface Difference {
  readonly changes: readonly Change[];
  /** A fixed name must be free before it is taken again. */
  readonly deleteBeforeReplace: boolean;
}

/** `immutable` are the kinds whose content is replaced: the provider's default of ConfigMaps and Secrets. */
export const difference = ({ inputs, live }: Checkpoint, given: Fields, ignored: readonly string[], mutable: ReadonlySet<string>): Difference => {
  const [old, news] = [withNamespace(pruned(live, normalised(inputs)) as Fields), withNamespace(normalised(given))];
  const replacing = ["metadata.name", "metadata.namespace", ...(REPLACING[news["kind"] as string] ?? []).filter(() => !mutable.has(news["kind"] as string))];
  const replaces = (path: string): boolean => replacing.some((each) => covers(each, path));
  const changes = differing("", old, news)
    .filter(({ path }) => !ignored.some((each) => covers(each, path)))
    .map(({ path, kind }) => ({ path, kind, replaces: replaces(path) }));
  const sameName = !isAutonamed(news) && equal(old["metadata"]?.name, news["metadata"]?.name) && equal(old["metadata"]?.namespace, news["metadata"]?.namespace);
  return { changes, deleteBeforeReplace: sameName && changes.some((change) => change.replaces) };
};

/** By kind, besides the name. */
const REPLACING: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: ["binaryData", "data"],
  Deployment: ["spec.selector"],
  Job: ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  PersistentVolumeClaim: ["spec"],
  RoleBinding: ["roleRef"],
  Secret: ["data", "stringData", "type"],
  Service: ["spec.clusterIP"],
  StorageClass: ["parameters", "provisioner"],
};

const withNamespace = (object: Fields): Fields => ({ ...object, metadata: { ...object["metadata"], namespace: object["metadata"]?.namespace ?? "default" } });

/** Whether a path is the other, or around it. */
const covers = (outer: string, path: string): boolean => path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);

/** A list with another length, and whatever is no object, changes as a whole. */
const differing = (path: string, old: unknown, now: unknown): readonly Pick<Change, "path" | "kind">[] => {
  if (old === undefined && now === undefined) return [];
  if (old === undefined) return [{ path, kind: "add" }];
  if (now === undefined) return [{ path, kind: "delete" }];
  if (equal(old, now)) return [];
  if (Array.isArray(old) && Array.isArray(now) && old.length === now.length) return old.flatMap((item, i) => differing(`${path}[${i}]`, item, now[i]));
  if (!isObject(old) || !isObject(now)) return [{ path, kind: "update" }];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return keys.flatMap((key) => differing(joined(path, key), old[key], now[key]));
};

/** As the engine writes paths. */
const joined = (path: string, key: string): string => {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
};
