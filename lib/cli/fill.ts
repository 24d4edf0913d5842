/** Turns what the child told back into a parsed model whose late values are text. */
import { isAbsolute, resolve } from "node:path";
import type { AnyEndpoint } from "../model/batch-endpoint.ts";
import type { Sourced } from "../model/sources.ts";
import { LATE, type Declared, type LateLeaf } from "./collected.ts";
import { isObject } from "./project.ts";
import type { Setting, Settings } from "./sets.ts";

/** An endpoint with text throughout. */
export interface Filled {
  readonly endpoint: AnyEndpoint<string>;
  /** Roles of children that the program's `transform` changes. */
  readonly transformed: readonly string[];
  /** Paths by the text that stands for them, where nothing is known. */
  readonly unknown: ReadonlyMap<string, string>;
  /** The same where a secret is not shown. */
  readonly secret: ReadonlyMap<string, string>;
}

/** `use`: secrets are what they are, for processes that need them. `hide`: they become `<secret path>`, for print. */
export type Secrets = "use" | "hide";

/** Fills one endpoint. Local paths become absolute: the program's working directory is not this process's. */
export const fill = ({ model, transformed }: Declared, settings: Settings, secrets: Secrets, cwd: string, paths: Set<string>): Filled => {
  const filler = new Filler(settings, settings.for(model as AnyEndpoint<unknown>), secrets, paths);
  const filled = filler.walk(model, "") as AnyEndpoint<string>;
  return { endpoint: { ...filled, deployments: absolute(filled.deployments, cwd) } as AnyEndpoint<string>, transformed, unknown: filler.unknown, secret: filler.secret };
};

class Filler {
  readonly unknown = new Map<string, string>();
  readonly secret = new Map<string, string>();
  readonly #settings: Settings;
  readonly #mine: readonly Setting[];
  readonly #secrets: Secrets;
  readonly #paths: Set<string>;

  constructor(settings: Settings, mine: readonly Setting[], secrets: Secrets, paths: Set<string>) {
    this.#settings = settings;
    this.#mine = mine;
    this.#secrets = secrets;
    this.#paths = paths;
  }

  walk(value: unknown, path: string): unknown {
    if (isLeaf(value)) return this.#given(path) ?? this.#late(value[LATE], path);
    if (typeof value === "string") return isShape(path) ? value : (this.#given(path) ?? value);
    if (Array.isArray(value)) return value.map((each, at) => this.walk(each, `${path}.${at}`));
    if (!isObject(value)) return value;
    const entries = Object.entries(value).map(([key, each]) => [key, this.walk(each, inside(path, key, value))] as const);
    return Object.fromEntries([...entries, ...(isVariables(path) ? this.#added(path, value) : [])]);
  }

  #given(path: string): string | undefined {
    this.#paths.add(path);
    const setting = this.#mine.filter((each) => each.path === path);
    for (const each of setting) this.#settings.use(each);
    return setting.at(-1)?.value;
  }

  #late(leaf: LateLeaf[typeof LATE], path: string): string {
    if ("value" in leaf) return leaf.value;
    if ("secret" in leaf && this.#secrets === "use") return leaf.secret;
    const [text, where] = "secret" in leaf ? [`<secret ${path}>`, this.secret] : [`<${path}>`, this.unknown];
    where.set(text, path);
    return text;
  }

  /** A variable that the program does not set may be set from outside. */
  #added(path: string, variables: object): [string, string][] {
    const begin = `${path}.`;
    const mine = this.#mine.filter((each) => each.path.startsWith(begin) && !Object.hasOwn(variables, each.path.slice(begin.length)));
    return mine.map((each) => [each.path.slice(begin.length), this.#settings.use(each)]);
  }
}

const isLeaf = (value: unknown): value is LateLeaf => isObject(value) && LATE in value;

const isVariables = (path: string): boolean => /^deployments\.[^.]+(?:\.job\.jobs\.[^.]+)?(?:\.settings)?\.environmentVariables$/.test(path);

/** Whole paths, `*` for one key: a tag or a variable may be called `type` too. */
const SHAPE = [
  "alerts.**",
  "auth.enforce",
  "authMode",
  "azure.diagnosticSettings.logs.*",
  "azure.callers.*.principalType",
  "external.*",
  "azure.identity.type",
  "azure.publicNetworkAccess",
  "defaults.deploymentName",
  "kind",
  "logicalName",
  "name",
  "target.gateway.dataPlane.cidrs.*",
  "target.gateway.implementation",
  "target.gateway.implementation.supports.*",
  "target.gateway.kind",
  "target.metricsFrom.cidrs.*",
  "target.type",
  ...[
    "autoscale.**",
    "azure.compute.create.name",
    "azure.compute.create.tier",
    "azure.compute.create.identity.type",
    "azure.compute.kind",
    "azure.environment.kind",
    "azure.replacement",
    "azure.scaleSettings.type",
    "codeConfiguration.code.kind",
    "component.kind",
    "job.inputs.**",
    "job.outputs.**",
    "job.jobs.*.command.*",
    "job.jobs.*.code.kind",
    "job.jobs.*.codeConfiguration.code.kind",
    "job.jobs.*.inputs.**",
    "job.jobs.*.outputs.**",
    "job.jobs.*.model.kind",
    "job.jobs.*.model.type",
    "job.jobs.*.settings.loggingLevel",
    "job.jobs.*.settings.outputAction",
    "job.jobs.*.type",
    "dataCollector.collections.*.data.kind",
    "dataCollector.rollingRate",
    "egressPublicNetworkAccess",
    "kubernetes.collectedData.kind",
    "kubernetes.egressAllow.**",
    "kubernetes.tolerations.*.effect",
    "kubernetes.tolerations.*.operator",
    "model.kind",
    "model.mount",
    "model.type",
    "settings.loggingLevel",
    "settings.outputAction",
    "type",
  ].map((path) => `deployments.*.${path}`),
].map((path) => new RegExp(`^${path.replaceAll(".", String.raw`\.`).replaceAll(/\*+/g, (stars) => (stars === "**" ? ".+" : "[^.]+"))}$`));

/** Words of a closed set, and the endpoint's name: they were checked when the program was parsed, and nobody would check them again. */
const isShape = (path: string): boolean => SHAPE.some((pattern) => pattern.test(path));

/** The path as the program has it: a parsed reference `{ kind: "id", id }` was written as the value itself. */
const inside = (path: string, key: string, parent: Record<string, unknown>): string => {
  if (key === "id" && parent["kind"] === "id") return path;
  return path === "" ? key : `${path}.${key}`;
};

type Deployments = Readonly<Record<string, Sourced<string>>>;

const absolute = (deployments: Deployments, cwd: string): Deployments => {
  const at = <T extends string | undefined>(path: T): T => (path === undefined || isAbsolute(path) ? path : (resolve(cwd, path) as T));
  const each = (deployment: Deployments[string]): Deployments[string] => {
    const { code, codeConfiguration, environment, job, model } = deployment;
    return {
      ...deployment,
      ...(model?.kind === "local" ? { model: { ...model, path: at(model.path) } } : {}),
      ...(code?.kind === "local" ? { code: { ...code, path: at(code.path) } } : {}),
      ...(job === undefined ? {} : { job: { ...job, jobs: absolute(job.jobs, cwd) } }),
      ...(codeConfiguration?.code.kind === "local" ? { codeConfiguration: { ...codeConfiguration, code: { ...codeConfiguration.code, path: at(codeConfiguration.code.path) } } } : {}),
      ...(environment === undefined ? {} : { environment: { ...environment, condaFile: at(environment.condaFile), requirements: at(environment.requirements) } }),
    };
  };
  return Object.fromEntries(Object.entries(deployments).map(([name, deployment]) => [name, each(deployment)]));
};
