/** `--set path=value`: values that only the caller knows. */
import type { AnyEndpoint } from "../model/batch-endpoint.ts";
import { listed, nearMiss, show } from "../model/refusal.ts";
import { targetName, type TargetName } from "./target-name.ts";
import { refuse } from "./refusal.ts";

/** One `--set`. */
export interface Setting {
  /** The endpoint it is for; absent: every endpoint that has the path. */
  readonly endpoint?: string | undefined;
  readonly path: string;
  readonly value: string;
}

/** `[endpoint:]path=value`. A path begins with a field's name, so what stands before a colon is an endpoint's. */
export const parseSettings = (texts: readonly string[]): Setting[] =>
  texts.map((text) => {
    const match = /^(?:([a-z0-9-]+):)?([A-Za-z][^=]*)=(.*)$/s.exec(text);
    if (match?.[2] === undefined) return refuse(`--set ${show(text)}: expected path=value, such as deployments.blue.environmentVariables.DB=value`);
    return { endpoint: match[1], path: match[2], value: match[3] ?? "" };
  });

/** Below it stand the arguments of a target. */
export const TARGET_PATHS = "target.";

/** The settings that are for an endpoint. */
export const forEndpoint = (all: readonly Setting[], endpoint: string): Setting[] =>
  all.filter((setting) => setting.endpoint === undefined || setting.endpoint === endpoint);

/** Keeps account of which settings found something to set. */
export class Settings {
  readonly #all: readonly Setting[];
  readonly #used = new Set<Setting>();

  readonly #target: TargetName | undefined;

  /** @param target - the target that is wanted, if not each endpoint's own */
  constructor(all: readonly Setting[], target?: TargetName) {
    this.#all = all;
    this.#target = target;
  }

  /** Those for an endpoint: the last one wins for a path. Arguments of another target than its own are left to `retarget`. */
  for(endpoint: AnyEndpoint<unknown>): Setting[] {
    const mine = forEndpoint(this.#all, endpoint.name);
    if (this.#target === undefined || this.#target === "local" || this.#target === targetName(endpoint)) return mine;
    for (const setting of mine) if (setting.path.startsWith(TARGET_PATHS)) this.#used.add(setting);
    return mine.filter(({ path }) => !path.startsWith(TARGET_PATHS));
  }

  use(setting: Setting): string {
    this.#used.add(setting);
    return setting.value;
  }

  /** Refuses settings that nothing took: a path misspelt would otherwise be silence. */
  refuseUnused(paths: readonly string[], endpoints: readonly string[]): void {
    const lines = this.#all.filter((setting) => !this.#used.has(setting)).map((setting) => unusedLine(setting, paths, endpoints));
    if (lines.length > 0) refuse(lines.join("\n"));
  }
}

const unusedLine = ({ endpoint, path }: Setting, paths: readonly string[], endpoints: readonly string[]): string => {
  if (endpoint !== undefined && !endpoints.includes(endpoint)) return `--set ${endpoint}:${path}: the program declares no endpoint ${show(endpoint)}; it declares ${listed(endpoints.map(show))}`;
  const meant = nearMiss(path, paths);
  return `--set ${path}: no endpoint has text at this path${meant === undefined ? "" : `; did you mean ${meant}?`}`;
};
