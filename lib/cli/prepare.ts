/** From a local plan to what the runner starts: keys, model folder, Python and environment of every deployment. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { LocalDeployment, LocalPlan } from "../compile/local/plan.ts";
import type { RunDeployment, RunEndpoint } from "../local/endpoints.ts";
import { ENVIRONMENT } from "../scoring/contract.ts";
import type { Keys } from "./keys.ts";
import { layOutModel } from "./model-folder.ts";
import { processEnv } from "./process-env.ts";
import { choosePython, type Python, type PythonOptions } from "./python.ts";

/** What the endpoints of one run share. */
export interface Surroundings extends PythonOptions {
  /** The stack's state. */
  readonly stackFolder: string;
}

/** An endpoint ready to run, with what is needed to talk about it. */
export interface Prepared {
  readonly run: RunEndpoint;
  readonly plan: LocalPlan<string>;
  readonly keys: Keys;
  /** By deployment. */
  readonly pythons: ReadonlyMap<string, Python>;
}

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
  const { code, filesHash, model, name } = deployment;
  const modelDir = model === undefined ? undefined : layOutModel(join(around.stackFolder, "models", endpoint, name), model);
  const own = { ...(code === undefined ? {} : { [ENVIRONMENT.appRoot]: code }), ...deployment.environment };
  const started = {
    serve: { ...deployment.serve, keys: keys.path, ...(modelDir === undefined ? {} : { modelDir }), ...(python === undefined ? {} : { python: python.interpreter }) },
    env: processEnv(own, around.env),
    cwd: code ?? around.programFolder,
  };
  return { name, hash: hashOf([filesHash, started]), ...started };
};

const hashOf = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");
