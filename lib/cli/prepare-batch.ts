/** From a batch endpoint's local plan to what the runner starts: one service, which has the deployments in a file. */
import { createHash } from "node:crypto";
import { delimiter, dirname, extname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LocalBatchDeployment, LocalBatchPlan, LocalDriver, LocalPipelineDeployment, LocalSources, LocalStep } from "../compile/local/plan.ts";
import type { BatchDeploymentFile, BatchDriver, BatchServiceFile, PipelineStep } from "../scoring/contract/batch.ts";
import type { Keys } from "./keys.ts";
import { layOutModel } from "./model-folder.ts";
import { withoutOurs, type Prepared, type Surroundings } from "./prepare.ts";
import { processEnv } from "./process-env.ts";
import { choosePython, type Python } from "./python.ts";
import { writePrivate } from "./state.ts";

/** `.ts` from the sources, `.js` from the package. */
const SERVICE = fileURLToPath(new URL(`../scoring/batch/main${extname(import.meta.url)}`, import.meta.url));

/** What the one process of a batch endpoint is called, where a front has its deployment's name. */
const NAME = "jobs";

/** Where jobs of an endpoint are remembered, and the outputs of those that name none. */
export const jobsIn = (stackFolder: string, endpoint: string): string => join(stackFolder, endpoint, "jobs");

/** Prepares the deployments side by side, as for an online endpoint. */
export const prepareBatch = async (plan: LocalBatchPlan<string>, keys: Keys, around: Surroundings): Promise<Prepared> => {
  const { defaultDeployment, name, path } = plan;
  const pythons = new Map<string, Python>();
  const deployments = await Promise.all(plan.deployments.map(async (deployment) => [deployment.name, await deploymentFile(name, deployment, around, pythons)] as const));
  const file: BatchServiceFile = { endpoint: name, ...(defaultDeployment === undefined ? {} : { defaultDeployment }), deployments: Object.fromEntries(deployments) };
  const service = join(around.stackFolder, name, "service.json");
  writePrivate(service, JSON.stringify(file));
  const started = {
    serve: {},
    batch: { entry: SERVICE, options: { service, jobs: jobsIn(around.stackFolder, name), pathPrefix: path, keys: keys.path } },
    env: processEnv({}, around.env),
    cwd: around.programFolder,
  };
  const hash = createHash("sha256").update(JSON.stringify([file, plan.deployments.map(({ filesHash }) => filesHash), started])).digest("hex");
  return { plan, keys, pythons, run: { name, path, traffic: [{ deployment: NAME, percent: 100 }], deployments: [{ name: NAME, hash, ...started }] } };
};

const deploymentFile = async (endpoint: string, deployment: LocalBatchDeployment<string>, around: Surroundings, pythons: Map<string, Python>): Promise<BatchDeploymentFile> => {
  if (deployment.type === "pipeline") return pipelineFile(endpoint, deployment, around);
  const { name, settings } = deployment;
  const python = await choosePython(deployment, around);
  if (python !== undefined) pythons.set(name, python);
  return { kind: "model", settings, driver: driverOf(deployment, join(endpoint, name), python, around) };
};

const pipelineFile = async (endpoint: string, deployment: LocalPipelineDeployment<string>, around: Surroundings): Promise<BatchDeploymentFile> => {
  const { continueOnStepFailure, inputs, name, outputs } = deployment;
  const steps = await Promise.all(deployment.steps.map(async (step) => [step.name, await stepFile(join(endpoint, name), step, around)] as const));
  return { kind: "pipeline", inputs, outputs, continueOnStepFailure, steps: Object.fromEntries(steps) };
};

const stepFile = async (place: string, step: LocalStep<string>, around: Surroundings): Promise<PipelineStep> => {
  const { inputs, name, outputs } = step;
  const python = await choosePython(step, around);
  if (step.type === "parallel") return { kind: "model", inputs, outputs, settings: step.settings, driver: driverOf(step, join(place, name), python, around) };
  const variables = { ...pathTo(python, around), ...modelVariable(step, join(place, name), around), ...withoutOurs(step.environment) };
  return { kind: "command", inputs, outputs, command: step.command, appRoot: step.code ?? around.programFolder, environmentVariables: variables };
};

const driverOf = (driver: LocalDriver<string>, place: string, python: Python | undefined, around: Surroundings): BatchDriver => {
  const { code, entryScript, environment, model } = driver;
  return {
    ...(entryScript === undefined ? {} : { entryScript }),
    appRoot: code ?? around.programFolder,
    ...(model === undefined ? {} : { modelDir: layOutModel(join(around.stackFolder, "models", place), model) }),
    ...(python === undefined ? {} : { python: python.interpreter }),
    environmentVariables: withoutOurs(environment),
  };
};

/** A command that says `python3` means the one with its packages. */
const pathTo = (python: Python | undefined, { env }: Surroundings): Record<string, string> =>
  python === undefined || !isAbsolute(python.interpreter) ? {} : { PATH: [dirname(python.interpreter), env["PATH"] ?? ""].join(delimiter) };

const modelVariable = ({ model }: LocalSources<string>, place: string, { stackFolder }: Surroundings): Record<string, string> =>
  model === undefined ? {} : { AZUREML_MODEL_DIR: layOutModel(join(stackFolder, "models", place), model) };
