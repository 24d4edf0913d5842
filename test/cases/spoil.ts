/** Golden cases with fields that the door refuses. */
import { readAssets } from "../../lib/assets/read.ts";
import { compile } from "../../lib/cli/compile.ts";
import type { TargetName } from "../../lib/cli/target-name.ts";
import { parseAny } from "../../lib/model/parse.ts";
import { InvalidArgs } from "../../lib/model/refusal.ts";
import { azureTarget, kubernetesTarget, naming } from "../model/declare.ts";
import type { Case } from "./declare.ts";

/** A whole declaration, and the target that is asked about it. */
export interface Declared {
  readonly name: string;
  readonly target: TargetName;
  readonly args: object;
}

export const declared = ({ args, azure, kubernetes, name }: Case, target: TargetName): Declared => {
  const on = target === "azure" ? { ...azureTarget, ...azure } : { ...kubernetesTarget, ...kubernetes };
  return { name, target, args: { kind: "online", target: on, ...args } };
};

export type Path = readonly string[];

/** What is done to a place: its value becomes one that no field takes, or its key gets a letter too many. */
export interface Spoilt {
  readonly path: Path;
  readonly by: "value" | "key";
}

export const spoil = (value: unknown, { by, path }: Spoilt): unknown => {
  const [first, ...rest] = path;
  if (first === undefined) return Symbol("spoilt");
  const inside = (each: unknown) => spoil(each, { by, path: rest });
  if (Array.isArray(value)) return value.map((each, i) => (String(i) === first ? inside(each) : each));
  const renamed = by === "key" && rest.length === 0;
  return Object.fromEntries(Object.entries(value as object).map(([key, each]) => (key !== first ? [key, each] : renamed ? [`${key}x`, each] : [key, inside(each)])));
};

/** Every place of a declaration that has something written. */
export const placesOf = (value: unknown, path: Path = []): Path[] =>
  typeof value !== "object" || value === null ? [path] : [...(path.length === 0 ? [] : [path]), ...Object.entries(value).flatMap(([key, each]) => placesOf(each, [...path, key]))];

/** The lines that tell of what was spoilt; none where anything may be written. */
export const ownLines = (lines: readonly string[], { by, path }: Spoilt): string[] =>
  by === "value"
    ? lines.filter((line) => line.startsWith(`${path.join(".")}: `) && /got (a symbol|Symbol\(spoilt\))$/.test(line))
    : lines.filter((line) => line.startsWith(`${path.slice(0, -1).join(".")}: unknown key "${path.at(-1)}x"`));

/** A line for each problem of a declaration on its target. */
export const problemsOf = ({ args, name, target }: Declared): string[] => {
  const { endpoint, problems } = parseAny<string>(name, args, naming);
  const { assets, problems: missing } = readAssets(endpoint, target === "kubernetes" ? "inline" : "content");
  try {
    compile(endpoint, target, assets, [...problems, ...missing]);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidArgs)) throw error;
    return error.problems.map(({ message, path }) => `${path}: ${message}`);
  }
};
