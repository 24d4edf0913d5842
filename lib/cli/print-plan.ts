/** A plan as YAML. Pure: `render` prints what comes from here, and golden files hold it. */
import { stringify } from "yaml";
import type { LocalBatchPlan, LocalPlan, LocalSources } from "../compile/local/plan.ts";
import type { Assets } from "../model/bundle.ts";
import { kubernetesBatchEndpoint } from "../model/batch-kubernetes.ts";
import type { AnyEndpoint } from "../model/batch-endpoint.ts";
import { partsOf } from "../model/batch-parts.ts";
import { pairName } from "../model/names.ts";
import type { Plan, PlannedResource } from "../model/plan.ts";
import { read } from "../model/reading.ts";
import type { Problem } from "../model/refusal.ts";
import { compile, type Compiled } from "./compile.ts";
import { plain, plainOptions, refTo, shorten } from "./plain-plan.ts";
import type { TargetName } from "./target-name.ts";
import { inWave, manifests, secretLines, type Manifest } from "./print-kubernetes.ts";

/** How a plan is printed. */
export interface PrintOptions {
  /** Folder of the program: local paths are written relative to it. */
  readonly folder: string;
  /** Problems of the files, told together with those of the target. */
  readonly missing?: readonly Problem[];
  /** Further lines at the top. */
  readonly comments?: readonly string[];
  /** Whether objects of Kubernetes say in which order they are applied, for Argo CD. @default false */
  readonly waves?: boolean;
}

/** One piece of output: a document with what stands above it. */
export interface Document {
  /** What it is called where it becomes a file: `deployment-wine--blue`. */
  readonly name: string;
  readonly text: string;
}

/** An endpoint's plan in pieces. */
export interface Printed {
  /** Lines about the whole, without `#`. */
  readonly comments: readonly string[];
  readonly documents: readonly Document[];
  /** Data to look for placeholders in. */
  readonly data: unknown;
}

/**
 * Compiles and prints. The endpoint's target must be of the kind asked for; `retarget` moves it there.
 *
 * @throws InvalidArgs as the target refuses
 */
export const printPlan = (endpoint: AnyEndpoint<string>, target: TargetName, assets: Assets, options: PrintOptions): string => {
  const { comments, documents } = printParts(endpoint, target, assets, options);
  return `${[comment(comments), documents.map(({ text }) => text).join("---\n")].filter((part) => part !== "").join("")}`;
};

/** The same in pieces, for files. */
export const printParts = (endpoint: AnyEndpoint<string>, target: TargetName, assets: Assets, options: PrintOptions): Printed => {
  const compiled = compile(endpoint, target, assets, options.missing);
  const { documents, notes } = print(calledAs(endpoint), compiled, options);
  const warnings = compiled.warnings.map(({ message, path }) => `warning: ${path}: ${message}`);
  const comments = [`Endpoint ${endpoint.name} on ${TITLES[target]}`, ...(options.comments ?? []), ...unused(endpoint, target), ...told(compiled), ...notes, ...warnings];
  return { comments, documents, data: compiled.plan };
};

/** Two deployments of one existing endpoint are two plans. */
const calledAs = ({ deployments, existing, logicalName }: AnyEndpoint<string>): string =>
  existing ? pairName(logicalName, Object.keys(deployments)[0] ?? "") : logicalName;

const told = (compiled: Compiled): readonly string[] => (compiled.target === "local" ? [] : compiled.plan.notes);

const TITLES = { azure: "Azure Machine Learning", kubernetes: "Kubernetes", local: "this machine" } as const;

/** Lines as YAML comments. */
export const comment = (lines: readonly string[]): string => lines.map((line) => `# ${line.replaceAll("\n", "\n# ")}\n`).join("");

const print = (name: string, compiled: Compiled, { folder, waves = false }: PrintOptions): { readonly documents: readonly Document[]; readonly notes: readonly string[] } => {
  const { plan, target } = compiled;
  if (target === "local") return { documents: [{ name: `${name}.local`, text: yaml("kind" in plan ? localBatchPlan(plan, folder) : localPlan(plan, folder)) }], notes: [] };
  if (target === "azure") return { documents: [{ name: `${name}.azure`, text: yaml(azurePlan(plan, folder)) }], notes: [] };
  const { objects, secrets } = manifests(plan, folder);
  return { documents: objects.map((manifest) => manifestDocument(waves ? { ...manifest, object: inWave(manifest) } : manifest)), notes: secretLines(secrets) };
};

const manifestDocument = ({ kind, name, object }: Manifest): Document => ({ name: `${kind.toLowerCase()}-${name}`, text: yaml(object) });

const azurePlan = (plan: Plan, folder: string): unknown[] =>
  plan.resources.map((resource: PlannedResource) => ({
    resource: resource.logicalName,
    type: resource.type,
    inputs: plain(resource.inputs, folder, refTo(plan)),
    options: plainOptions(plan, resource),
  }));

/** Paths relative to the program, so that it reads the same on every machine. */
const localPlan = (plan: LocalPlan<string>, folder: string): unknown => ({ ...plan, deployments: plan.deployments.map((each) => localDeployment(each, folder)) });

/** Hashes are left out: those of files that are read in place, of path and time, are this machine's and this minute's. */
const localDeployment = ({ collector, name, probes, secrets, serve, ...sources }: LocalPlan<string>["deployments"][number], folder: string): unknown => ({
  name,
  serve,
  probes,
  ...localFiles(sources, folder, secrets),
  ...(collector === undefined ? {} : { collector }),
  ...localPython(sources, folder),
});

const localBatchPlan = (plan: LocalBatchPlan<string>, folder: string): unknown => ({
  ...plan,
  deployments: plan.deployments.map((deployment) => {
    if (deployment.type === "model") return localDriver(deployment, folder);
    const { filesHash: _unseen, steps, ...rest } = deployment;
    return { ...rest, steps: steps.map((step) => localDriver(step, folder)) };
  }),
});

/** What it is called and does, then what it is made of. */
const localDriver = ({ code, environment, filesHash, model, needsPython, python, ...told }: LocalSources<string>, folder: string): unknown => {
  const sources = { code, environment, filesHash, model, needsPython, python };
  return { ...told, ...localFiles(sources, folder), ...localPython(sources, folder) };
};

const localFiles = ({ code, environment, model }: LocalSources<string>, folder: string, secrets: readonly string[] = []): object => ({
  environment,
  ...(secrets.length === 0 ? {} : { secrets }),
  ...(model === undefined ? {} : { model: { name: model.name, linkName: model.linkName, source: shorten(model.source, folder) } }),
  ...(code === undefined ? {} : { code: shorten(code, folder) }),
});

const localPython = ({ python }: LocalSources<string>, folder: string): object =>
  python === undefined ? {} : { python: Object.fromEntries(Object.entries(python).map(([key, path]) => [key, shorten(path, folder)])) };

/** Keys in the order of the plan, which is that of the target's reference page; long lines stay whole. */
const yaml = (value: unknown): string => stringify(JSON.parse(JSON.stringify(value)), { lineWidth: 0, aliasDuplicateObjects: false });

const BLOCKS = ["azure", "kubernetes", "local"] as const;

/** Arguments of a deployment that mean nothing to processes of one machine. */
const UNUSED_HERE = ["autoscale"] as const;

/** Blocks of other targets: validated with the rest, and not used here. */
const unused = (endpoint: AnyEndpoint<string>, target: TargetName): string[] => {
  const idle = target === "local" ? UNUSED_HERE : [];
  const others = BLOCKS.filter((block) => block !== target);
  const deployments: readonly (readonly [string, object])[] = Object.entries(endpoint.deployments);
  const within = (where: string, all: object, block: string): string[] => (isWritten(valueOf(all, block)) ? [`${where}${block}`] : []);
  const steps = partsOf(endpoint.deployments).filter(({ step }) => step !== undefined);
  const paths = others.flatMap((block) => [
    ...within("", endpoint, block),
    ...deployments.flatMap(([name, deployment]) => within(`deployments.${name}.`, deployment, block)),
    ...steps.flatMap(({ path, sources }) => within(`${path}.`, sources, block)),
  ]);
  const features = deployments.flatMap(([name, deployment]) => idle.filter((key) => valueOf(deployment, key) !== undefined).map((key) => `deployments.${name}.${key}`));
  const all = [...paths, ...(target === "local" && isWritten(valueOf(endpoint, "alerts")) ? ["alerts"] : []), ...features];
  return all.length === 0 ? [] : [`validated, unused here: ${all.join(", ")}`];
};

const valueOf = (all: object, key: string): unknown => (all as Readonly<Record<string, unknown>>)[key];

/** How jobs are kept on Kubernetes, when nobody says it. */
const KEPT: Readonly<Record<string, unknown>> = read(kubernetesBatchEndpoint<string>(), {}).value ?? {};

/** Whether a block holds more than its defaults. */
const isWritten = (block: unknown): boolean =>
  Object.entries(block ?? {}).some(([key, value]) => {
    if (value === undefined || value === false || value === KEPT[key]) return false;
    if (key === "identity" && (value as { type: string }).type === "system_assigned") return false;
    if (key === "replacement" && value === "deleteFirst") return false;
    return !(typeof value === "object" && value !== null && Object.keys(value as object).length === 0);
  });
