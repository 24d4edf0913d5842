/** Differences between properties: for Diff, and for what a refresh copies into the inputs. */
import { equal, isObject, type Body } from "../../json.ts";
import type * as reply from "../../plugin/replies.ts";
import { sameLocation } from "../names.ts";
import { parametersOf, type ResourceType } from "./types.ts";
import { asAsset } from "../../plugin/values.ts";

export interface Change extends reply.Change {
  /** The top-level input. */
  readonly key: string;
}

/** Inputs against inputs. */
export const changes = (type: ResourceType, olds: Body, news: Body): readonly Change[] => {
  const replacing = new Set([...parametersOf(type), ...type.replaces]);
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter((key) => !key.startsWith("__"));
  return keys.flatMap((key) =>
    differing(key, olds[key], news[key]).map(({ path, kind }) => ({ path, key, kind, replaces: replacing.has(key) && kind !== "delete" })),
  );
};

type Differing = Pick<Change, "path" | "kind">;

const differing = (path: string, old: unknown, now: unknown): readonly Differing[] => {
  if (old === undefined && now === undefined) return [];
  if (old === undefined) return [{ path, kind: "add" }];
  if (now === undefined) return [{ path, kind: "delete" }];
  if (same(path, old, now)) return [];
  if (Array.isArray(old) && Array.isArray(now)) return [...Array(Math.max(old.length, now.length)).keys()].flatMap((i) => differing(`${path}[${i}]`, old[i], now[i]));
  if (!isObject(old) || !isObject(now) || asAsset(now) !== undefined) return [{ path, kind: "update" }];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return keys.flatMap((key) => differing(`${path}${segment(key)}`, old[key], now[key]));
};

const segment = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`);

const same = (path: string, old: unknown, now: unknown): boolean => {
  if (path === "location" && typeof old === "string" && typeof now === "string") return sameLocation(old, now);
  const [before, after] = [asAsset(old), asAsset(now)];
  if (before !== undefined && after !== undefined) return before.hash === after.hash;
  return path.endsWith("userAssignedIdentities") && Array.isArray(old) && Array.isArray(now) ? equal([...old].sort(), [...now].sort()) : equal(old, now);
};

/** The inputs, with what changed from one projection to the next. */
export const applied = (inputs: Body, before: Body, after: Body): Body => {
  const result = { ...inputs };
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (equal(before[key], after[key])) continue;
    if (after[key] === undefined) delete result[key];
    else if (isObject(before[key]) && isObject(after[key])) result[key] = applied(isObject(result[key]) ? result[key] : {}, before[key], after[key]);
    else result[key] = after[key];
  }
  return result;
};
