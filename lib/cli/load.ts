/** One reading of a program for `dev`: from its source to endpoints that can be started. */
import { readAssets } from "../assets/read.ts";
import type { LocalBatchPlan, LocalPlan } from "../compile/local/plan.ts";
import { fixedPorts, sharedPorts } from "../compile/local/ports.ts";
import type { Assets } from "../model/bundle.ts";
import { compile } from "./compile.ts";
import { dotEnv, withSecrets } from "./dot-env.ts";
import type { Filled } from "./fill.ts";
import { endpointKeys } from "./keys.ts";
import { prepareBatch } from "./prepare-batch.ts";
import { prepare, type Prepared, type Surroundings } from "./prepare.ts";
import { declarations, type Opened, ProgramFailed, stackOf } from "./program.ts";
import { refuse } from "./refusal.ts";
import { retarget } from "./retarget.ts";
import { together } from "./together.ts";
import { pathsIn, unknownLines } from "./unknowns.ts";
import { type Watched, watchedOf } from "./watch.ts";

/** What a reading gave. */
export interface Loaded {
  readonly prepared: readonly Prepared[];
  /** What a person should know. */
  readonly notes: readonly string[];
}

/** Told what the program is made of as soon as it is known, so that the repair of a broken program is noticed too. */
export type OnWatched = (watched: Watched) => void;

/** Reads the program. Whatever is wrong is thrown, whole. */
export const load = async (opened: Opened, around: Surroundings, onWatched: OnWatched): Promise<Loaded> => {
  const { endpoints, files, refusals } = await readDeclarations(opened, around, onWatched);
  const here = together(endpoints).map((filled) => ({ ...filled, endpoint: retarget(filled.endpoint, "local", [], stackOf(opened)).endpoint }));
  const read = here.map((filled) => ({ filled, ...readAssets(filled.endpoint, "place") }));
  onWatched(watchedOf(read.map(({ assets, filled }) => ({ assets, endpoint: filled.endpoint })), [...files, ...opened.configuration.files, dotEnv(around.programFolder)]));
  refuseNamesakes(here);
  const compiled = read.map(({ assets: files, filled, problems }) => ({ filled, ...compileOne(filled, files, problems) }));
  refuseSharedPorts(here);
  refuseUnknown(compiled);
  const online = withSecrets(compiled.flatMap(({ plan }) => ("kind" in plan ? [] : [plan])), around.programFolder);
  const prepared = compiled.map(({ filled, plan }) => {
    const keys = endpointKeys(around.stackFolder, plan.name, keysOf(filled));
    // Names are told apart by now.
    return "kind" in plan ? prepareBatch(plan, keys, around) : prepare(online.find(({ name }) => name === plan.name) ?? plan, keys, around);
  });
  const targets = refusals.map((refusal) => `On its own target the program would be refused:\n${refusal}`);
  return { prepared: await Promise.all(prepared), notes: [...opened.configuration.notes, ...targets, ...compiled.flatMap(({ warnings }) => warnings)] };
};

const readDeclarations = async (opened: Opened, { signal }: Surroundings, onWatched: OnWatched) => {
  try {
    return await declarations(opened, { secrets: "use", signal });
  } catch (error) {
    if (error instanceof ProgramFailed) onWatched({ files: [...error.files, ...opened.configuration.files], folders: new Map() });
    throw error;
  }
};

const compileOne = ({ endpoint }: Filled, assets: Assets, missing: Parameters<typeof compile>[3]): { plan: LocalPlan<string> | LocalBatchPlan<string>; warnings: string[] } => {
  const compiled = compile(endpoint, "local", assets, missing);
  return { plan: compiled.plan as LocalPlan<string> | LocalBatchPlan<string>, warnings: compiled.warnings.map(({ message, path }) => `${endpoint.name}: ${path}: ${message}`) };
};

/** Keys that the program gives, if they are known: a Secret of Kubernetes, or random ones, say nothing here. */
const keysOf = ({ endpoint, unknown }: Filled) => {
  const { keys } = endpoint.auth;
  return keys === undefined || unknown.has(keys.primaryKey) || unknown.has(keys.secondaryKey) ? undefined : keys;
};

/** Elsewhere a namespace or a workspace tells them apart; here nothing but the name does, and their keys and models would be one. */
const refuseNamesakes = (filled: readonly Filled[]): void => {
  const all = filled.map(({ endpoint }) => endpoint);
  const lines = [...new Set(all.map(({ name }) => name))].flatMap((name) => {
    const same = all.filter((endpoint) => endpoint.name === name).map(({ logicalName }) => JSON.stringify(logicalName));
    return same.length === 1 ? [] : [`the endpoints ${same.join(" and ")} have one name here, ${JSON.stringify(name)}: give each a name of its own (name: "...")`];
  });
  if (lines.length > 0) refuse(lines.join("\n"));
};

/** Within one endpoint its verdict has said so already. */
const refuseSharedPorts = (filled: readonly Filled[]): void => {
  const wanted = filled.flatMap(({ endpoint }) => Object.entries(endpoint.deployments).map(([name, deployment]) => ({ owner: `${endpoint.name}/${name}`, ports: fixedPorts(deployment) })));
  const lines = sharedPorts(wanted).map(({ message, owner }) => `${owner}: local.command: ${message}`);
  if (lines.length > 0) refuse(lines.join("\n"));
};

const refuseUnknown = (compiled: readonly { readonly filled: Filled; readonly plan: LocalPlan<string> | LocalBatchPlan<string> }[]): void => {
  const lines = compiled.flatMap(({ filled, plan }) => unknownLines(filled, pathsIn(plan, filled.unknown), compiled.length));
  if (lines.length > 0) refuse(["The program has values that nobody knows yet, and localhost needs them", ...lines].join("\n"));
};
