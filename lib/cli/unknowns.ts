/** Placeholders that stayed in a plan. */
import { resolve } from "../model/late.ts";
import type { Filled } from "./fill.ts";

/** The paths whose placeholders occur somewhere in plan data, in order of path. Late nodes are looked into. */
export const pathsIn = (data: unknown, placeholders: ReadonlyMap<string, string>): string[] => {
  if (placeholders.size === 0) return [];
  const found = new Set<string>();
  const note = (value: unknown): void => {
    if (typeof value !== "string") return;
    for (const [text, path] of placeholders) if (value.includes(text)) found.add(path);
  };
  resolve(data, {
    leaf: (value) => (note(value), value),
    concat: (parts) => parts.join(""),
    hash: (parts) => parts.join(""),
    guid: (parts) => parts.join(""),
    keyed: (entries) => (entries.forEach(([key]) => note(key)), Object.fromEntries(entries as [string, unknown][])),
    json: () => "",
    ref: () => "",
    first: () => "",
  });
  return [...found].toSorted();
};

/** The refusal of values that are not there, with the way out. `among`: how many endpoints the program has. */
export const unknownLines = ({ endpoint }: Filled, paths: readonly string[], among: number): string[] => {
  const prefix = among > 1 ? `${endpoint.name}:` : "";
  return paths.map((path) => `  - ${path}: not known before the program is deployed; give it with --set ${prefix}${path}=value`);
};
