/** From a local plan to what the runner starts: keys, model folder, Python and environment of every deployment. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { LocalBatchPlan, LocalDeployment, LocalPlan } from "../compile/local/plan.ts";
import type { RunDeployment, RunEndpoint } from "../local/endpoints.ts";
import { ENVIRONMENT } from "../scoring/contract.ts";
import type { Keys } from "./keys.ts";
import { layOutModel } from "./model-folder.ts";
import { processEnv } from "./process-env.ts";
import { writePrivate } from "./state.ts";
import { choosePython, type Python, type PythonOptions } from "./python.ts";

/** What the endpoints of one run share. */
export interface Surroundings extends PythonOptions {
  /** The stack's state. */
  readonly stackFolder: string;
}

/** An endpoint ready to run, with what is needed to talk about it. */
export interface Prepared {
  readonly run: RunEndpoint;
  readonly plan: LocalPlan<string> | LocalBatchPlan<string>;
  readonly keys: Keys;
  /** By deployment. */
  readonly pythons: ReadonlyMap<string, Python>;
}

/** What of an endpoint is compared: all that needs a new start or another table. */
export const everything = ({ run }: Prepared): unknown => ({ ...run, deployments: run.deployments.map(({ hash, name }) => [name, hash]) });

/** What a person is told again when it changes. */
export const routing = ({ plan }: Prepared): unknown =>
  "kind" in plan ? [plan.name, plan.defaultDeployment, plan.deployments.map(({ name }) => name)] : [plan.name, plan.traffic, plan.mirror];

export const differsIn = (what: (each: Prepared) => unknown, before: readonly Prepared[], after: readonly Prepared[]): boolean =>
  JSON.stringify(before.map(what)) !== JSON.stringify(after.map(what));

/** Prepares the deployments side by side: two that want the same Python environment wait for the one that makes it. */
export const prepare = async (plan: LocalPlan<string>, keys: Keys, around: Surroundings): Promise<Prepared> => {
  const pythons = new Map<string, Python>();
  const deployments = await Promise.all(
    plan.deployments.map(async (deployment) => {
      const python = await choosePython(deployment, around);
      if (python !== undefined) pythons.set(deployment.name, python);
      return runDeployment(plan.name, deployment, keys, python, around);
    }),
  );
  const { mirror, name, path, traffic } = plan;
  return { plan, keys, pythons, run: { name, path, traffic, deployments, ...(mirror === undefined ? {} : { mirror }) } };
};

const runDeployment = (endpoint: string, deployment: LocalDeployment<string>, keys: Keys, python: Python | undefined, around: Surroundings): RunDeployment => {
  const { code, collector, filesHash, model, name, probes } = deployment;
  const modelDir = model === undefined ? undefined : layOutModel(join(around.stackFolder, "models", endpoint, name), model);
  const own = { ...withoutOurs(deployment.environment), ...(code === undefined ? {} : { [ENVIRONMENT.appRoot]: code }) };
  const started = {
    serve: { ...deployment.serve, keys: keys.path, ...collects(endpoint, deployment, around), ...(modelDir === undefined ? {} : { modelDir }), ...(python === undefined ? {} : { python: python.interpreter }) },
    env: processEnv(own, around.env),
    cwd: code ?? around.programFolder,
    probes,
  };
  return { name, hash: hashOf([filesHash, collector, started]), ...started };
};

/** What is collected goes to the stack's state. */
export const collectedIn = (stackFolder: string): string => join(stackFolder, "collected");

const collects = (endpoint: string, { collector, name }: LocalDeployment<string>, { stackFolder }: Surroundings): { dataCollector?: string } => {
  if (collector === undefined) return {};
  const path = join(stackFolder, endpoint, `${name}.collector.json`);
  writePrivate(path, JSON.stringify({ ...collector, sink: { folder: collectedIn(stackFolder) } }));
  return { dataCollector: path };
};

/** The server sets these itself, from its options; the verdict says so. */
export const withoutOurs = (environment: LocalDeployment<string>["environment"]): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !OURS.includes(name)));

const OURS: readonly string[] = [ENVIRONMENT.appRoot, ENVIRONMENT.entryScript, ENVIRONMENT.modelDir];

const hashOf = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");
