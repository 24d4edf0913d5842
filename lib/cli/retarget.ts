/** The same endpoint on another target than its program's, whose arguments come from `--set target.<argument>=value`. */
import { createHash } from "node:crypto";
import type { AnyEndpoint } from "../model/batch-endpoint.ts";
import { azureName } from "../model/names.ts";
import { read } from "../model/reading.ts";
import { InvalidArgs } from "../model/refusal.ts";
import { target as targetSchema, type Target } from "../model/target.ts";
import { TARGET_PATHS, type Setting } from "./sets.ts";
import { targetName, type TargetName } from "./target-name.ts";

/** An endpoint moved to another target. */
export interface Retargeted {
  readonly endpoint: AnyEndpoint<string>;
  /** Placeholders of arguments that were not given: paths by text. */
  readonly unknown: ReadonlyMap<string, string>;
  /** What was taken for granted, because a plan cannot be made without it: `path` was not given and is read as `value`. */
  readonly assumed: readonly { readonly path: string; readonly value: string }[];
}

/** Shown where no implementation is named. What a gateway can do decides what is refused, so it is written to no file unsaid. */
const ASSUMED_IMPLEMENTATION = "envoy-gateway";

/** Arguments that are asked for. Optional ones of late text are among them where leaving them out would refuse whole kinds of model. */
const ASKED = {
  azure: ["resourceGroupName", "workspaceName", "location", "storage.accountName", "storage.containerName", "scoringImage"],
  kubernetes: ["namespace", "gateway.name", "gateway.namespace", "gateway.url", "scoringImage"],
  "new gateway": ["namespace", "gateway.create.className", "gateway.create.hostname", "gateway.create.tls.secretName", "scoringImage"],
} as const;

/** The endpoint as it is, if the target is its own; else with a target made of settings and placeholders. */
export const retarget = (endpoint: AnyEndpoint<string>, to: TargetName, settings: readonly Setting[], stack: string): Retargeted => {
  if (to === "local") return { endpoint: { ...endpoint, name: nameAt(endpoint, to, stack) }, unknown: new Map(), assumed: [] };
  if (to === targetName(endpoint)) return { endpoint, unknown: new Map(), assumed: [] };
  const given = settings.filter(({ path }) => path.startsWith(TARGET_PATHS)).map(({ path, value }) => [path.slice(TARGET_PATHS.length), value] as const);
  const creates = given.some(([path]) => path.startsWith("gateway.create."));
  const jobs = to === "kubernetes" && endpoint.kind === "batch" ? ["jobsNamespace"] : [];
  const asked = [...ASKED[to === "kubernetes" && creates ? "new gateway" : to], ...jobs].filter((path) => !given.some(([known]) => known === path));
  const assumes = to === "kubernetes" && !given.some(([path]) => path === "gateway.implementation");
  const values = [
    ...asked.map((path) => [path, placeholder(path)] as const),
    ...(assumes ? [["gateway.implementation", ASSUMED_IMPLEMENTATION] as const] : []),
    ...given,
  ];
  const target = parseTarget(endpoint, { ...nested(values), type: to === "azure" ? "azureMl" : "kubernetes" });
  return {
    endpoint: { ...endpoint, name: nameAt(endpoint, to, stack), target },
    unknown: new Map(asked.map((path) => [placeholder(path), `${TARGET_PATHS}${path}`])),
    assumed: assumes ? [{ path: `${TARGET_PATHS}gateway.implementation`, value: ASSUMED_IMPLEMENTATION }] : [],
  };
};

const placeholder = (path: string): string => `<${TARGET_PATHS}${path}>`;

/** Without what every object has: a key may be called like it. */
const bare = (): Record<string, unknown> => Object.create(null) as Record<string, unknown>;

/** `a.b.c` → `{ a: { b: { c } } }`. */
const nested = (values: readonly (readonly [string, string])[]): Record<string, unknown> => {
  const root = bare();
  for (const [path, value] of values) {
    const keys = path.split(".");
    const last = keys.pop() as string;
    const inner = keys.reduce<Record<string, unknown>>((at, key) => (at[key] ??= bare()) as Record<string, unknown>, root);
    inner[last] = value;
  }
  return root;
};

const parseTarget = ({ logicalName }: AnyEndpoint<string>, written: unknown): Target<string> => {
  const { refusals, value } = read(targetSchema<string>(), written);
  if (value !== undefined && refusals.length === 0) return value;
  const problems = refusals.map(({ message, path }) => ({ path: ["--set target", ...path].join("."), message }));
  throw new InvalidArgs(`Endpoint ${JSON.stringify(logicalName)}`, problems);
};

/** A default name is another one on another target: on Azure it tells stacks apart. A name that was written is kept. */
const nameAt = ({ logicalName, name, nameWritten }: AnyEndpoint<string>, to: TargetName, stack: string): string => {
  if (nameWritten) return name;
  return to === "azure" ? azureName(logicalName, { stack, sha256: (text) => createHash("sha256").update(text).digest("hex") }) : logicalName;
};
