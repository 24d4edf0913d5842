/** From arguments to a plan: parsed, checked and compiled before the first child is registered. */
import * as pulumi from "@pulumi/pulumi";
import { readAssets } from "../assets/read.ts";
import type { Assets } from "../model/bundle.ts";
import type { AnyEndpoint } from "../model/batch-endpoint.ts";
import { ownPath, parseBatchDeployment, parseDeployment } from "../model/existing.ts";
import { parseAny, type Parsed } from "../model/parse.ts";
import type { Plan } from "../model/plan.ts";
import { InvalidArgs, type Problem, type Verdict } from "../model/refusal.ts";
import { certain, judged, unlessRefused } from "../model/refused.ts";
import { compile, judge } from "./compile.ts";
import { isWatched } from "./engine.ts";
import { countAzure } from "./limits.ts";
import { observer } from "./observer.ts";
import { drawOnQuota } from "./quota.ts";
import type { Make } from "./realise/plan.ts";
import { claimAddress, claimNames, claimNamespace, naming, remember } from "./run.ts";
import { tell } from "./told.ts";
import { transformProblems, type Transforms } from "./transform.ts";

type Late = pulumi.Input<string>;

/** A declaration that can be carried out. */
export interface Declared {
  readonly subject: string;
  readonly endpoint: AnyEndpoint<Late>;
  readonly transforms: Transforms;
  readonly plan: Plan;
  readonly make: Make | undefined;
}

/** An endpoint. Throws `InvalidArgs` with every problem of the declaration. Warnings go to the log. */
export const declare = (component: pulumi.ComponentResource, name: string, args: unknown): Declared => {
  const { declaration, transform } = withoutTransform(args);
  const parsed = parseAny<Late>(name, declaration, naming());
  return carriedOut({ component, subject: `Endpoint ${JSON.stringify(name)}`, path: (path) => path, transform }, parsed);
};

const PARSERS = { OnlineDeployment: parseDeployment<Late>, BatchDeployment: parseBatchDeployment<Late> } as const;

/** A class of deployments. */
export type DeploymentKind = keyof typeof PARSERS;

/** The same of a deployment of an endpoint that another program owns. */
export const declareDeployment = (kind: DeploymentKind, component: pulumi.ComponentResource, name: string, args: unknown): Declared => {
  const { declaration, transform } = withoutTransform(args);
  const parsed: Parsed<AnyEndpoint<Late>> = PARSERS[kind](name, declaration, naming());
  return carriedOut({ component, subject: `${kind} ${JSON.stringify(name)}`, path: ownPath(name), transform }, parsed);
};

const withoutTransform = (args: unknown): { readonly declaration: unknown; readonly transform?: Transforms } => {
  if (typeof args !== "object" || args === null) return { declaration: args };
  const { transform, ...declaration } = args as { transform?: Transforms };
  return { declaration, transform };
};

interface Context {
  readonly component: pulumi.ComponentResource;
  readonly subject: string;
  /** Where a path of the endpoint's declaration is in the component's own arguments. */
  readonly path: (path: string) => string;
  readonly transform?: Transforms | undefined;
}

const carriedOut = ({ component, path, subject, transform }: Context, { endpoint, problems: wrong }: Parsed<AnyEndpoint<Late>>): Declared => {
  const problems = [...wrong, ...transformProblems(transform)];
  const found = findings(endpoint, path);
  const watching = observer();
  const shared = inThisRun(endpoint, component, path);
  const refused = [...problems, ...found.problems];
  const compiled = refused.length === 0 ? compile(endpoint, found.assets) : undefined;
  const everything = [...refused, ...shared.problems, ...(compiled === undefined ? [] : at(path, claimNames(endpoint, compiled.plan, component)))];
  remember(endpoint, everything.length > 0);
  if (watching !== undefined && problems.length === 0) watching.declared(endpoint, Object.keys(transform ?? {}));
  if (compiled === undefined || everything.length > 0) {
    const refusal = new InvalidArgs(subject, everything);
    if (watching === undefined || problems.length > 0) throw refusal;
    watching.refused(refusal);
    return { subject, endpoint, transforms: {}, plan: NOTHING, make: undefined };
  }
  // A tool that reads the program tells the warnings of the target it is asked for.
  if (watching === undefined) for (const warning of [...found.warnings, ...shared.warnings]) tell("warn", `${warning.path}: ${warning.message}`, component);
  if (watching === undefined && isWatched()) for (const note of compiled.plan.notes) tell("info", `${subject}: ${note}`, component);
  return { subject, endpoint, transforms: transform ?? {}, ...compiled };
};

/**
 * What an endpoint claims of what the endpoints of a run share. One that is refused for something else claims it too: once that is mended, the clash is there
 * all the same.
 */
const inThisRun = (endpoint: AnyEndpoint<Late>, component: pulumi.ComponentResource, path: Context["path"]): Verdict => {
  const { problems, warnings } = judged(
    () => countAzure(endpoint),
    () => ({ problems: drawOnQuota(endpoint) }),
  );
  const claims = certain(
    () => claimAddress(endpoint, component),
    () => claimNamespace(endpoint, component),
  );
  return { problems: [...claims, ...at(path, problems)], warnings: at(path, warnings) };
};

/** What a tool that only reads the program has of an endpoint that its target refuses. */
const NOTHING: Plan = { resources: [], outputs: {}, deployedNames: {}, notes: [] };

interface Findings {
  readonly assets: Assets;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** What the files and the target say. Where the target was refused there is nobody to ask. */
const findings = (endpoint: AnyEndpoint<Late>, path: Context["path"]): Findings => {
  const type = unlessRefused(() => endpoint.target.type);
  const reading = type === "kubernetes" ? "inline" : observer() === undefined ? "content" : "place";
  const { assets, problems: missing } = readAssets(endpoint, reading);
  const said = judged(() => judge(endpoint, assets));
  return { assets, problems: at(path, [...missing, ...said.problems]), warnings: at(path, said.warnings) };
};

/** Where a program wrote what the problems are about. */
const at = (path: Context["path"], found: readonly Problem[]): Problem[] => found.map((problem) => ({ ...problem, path: path(problem.path) }));
