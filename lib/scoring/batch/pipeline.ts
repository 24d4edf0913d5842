/** Runs the steps of a pipeline in order, each in a folder of the job's own; what the caller asked for is published when every step has succeeded. */
import { randomUUID } from "node:crypto";
import { closeSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { BatchPipelineDeployment, PipelineStep, StepInput } from "../contract/batch.ts";
import { runCommand } from "./command-step.ts";
import { Stopped } from "./coordinator.ts";
import { progressOf, type Execution } from "./execute.ts";
import { inputProblem, type Input } from "./inputs.ts";
import { JobError } from "./job-error.ts";
import { Journal } from "./journal.ts";
import { layoutOf, type Layout } from "./layout.ts";
import { runModelJob } from "./model-job.ts";
import { printsOf } from "./prints.ts";
import type { JobRequest } from "./request.ts";
import { inputPlace, outputPlace } from "./uri.ts";

type Value = string | number | boolean;

/** What a step reads: data, or a literal; nothing, for an optional input that nobody gave. */
type Given = { readonly data: Input } | { readonly value: Value } | undefined;

const stepFolder = (home: string, step: string): string => join(home, "steps", step);
const outputPath = (home: string, step: string, output: string): string => join(stepFolder(home, step), "outputs", output);
/** A step that has ended well. */
const doneMark = (home: string, step: string): string => join(stepFolder(home, step), "done");

/** Where the outputs of a pipeline go, by name. Throws UriError or JobError when one cannot. */
export const targetsOf = ({ outputs: given }: JobRequest, names: readonly string[], home: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    names.map((name) => {
      const uri = given[name]?.uri;
      if (uri === undefined) return [name, join(home, "outputs", name)];
      const place = outputPlace(uri);
      if (place.kind === "remote") throw new JobError(`properties.OutputData.${name}: a pipeline writes its outputs to file: addresses; got ${uri}`);
      return [name, place.path];
    }),
  );

/** Why a job cannot be started: an input that is not there, an output that is. */
export const pipelineProblem = (deployment: BatchPipelineDeployment, request: JobRequest, home: string): string | undefined => {
  const inputs = Object.entries(request.inputs).flatMap(([name, given]) => (given.type === "Literal" ? [] : [{ name, input: { type: given.type, place: inputPlace(given.uri) } }]));
  const problems = inputs.flatMap(({ input, name }) => inputProblem(input) ?? (input.place.kind === "remote" && forCommand(deployment, name) ? [`properties.InputData.${name}: a command reads file: addresses; got ${input.place.uri}`] : []));
  const taken = Object.values(targetsOf(request, Object.keys(deployment.outputs), home)).filter(holdsSomething);
  return [...problems, ...taken.map((path) => `the output ${path} exists already: choose another, or remove it`)][0];
};

const forCommand = ({ steps }: BatchPipelineDeployment, input: string): boolean =>
  Object.values(steps).some((step) => step.kind === "command" && Object.values(step.inputs).some((each) => "input" in each && each.input === input));

const holdsSomething = (path: string): boolean => {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && (!found.isDirectory() || readdirSync(path).length > 0);
};

/** Runs what has not ended well. Rejects with JobError or Stopped. */
export async function executePipeline(execution: Execution & { readonly deployment: BatchPipelineDeployment }): Promise<void> {
  const { deployment, home, signal, status } = execution;
  status("Running");
  const failed = new Map<string, string>();
  for (const [name, step] of inOrder(deployment)) {
    if (signal.aborted) throw new Stopped("the job was stopped");
    const before = Object.values(step.inputs).flatMap((each) => ("step" in each && failed.has(each.step) ? [each.step] : []));
    if (before.length > 0) {
      failed.set(name, `step ${before[0]} has failed`);
      continue;
    }
    if (existsSync(doneMark(home, name))) continue;
    try {
      await runStep(execution, name, step);
      writeFileSync(doneMark(home, name), "");
    } catch (error) {
      if (error instanceof Stopped || !deployment.continueOnStepFailure) throw error instanceof JobError ? new JobError(`step ${name}: ${error.message}`) : error;
      failed.set(name, error instanceof Error ? error.message : String(error));
    }
  }
  if (failed.size > 0) throw new JobError([...failed].map(([name, why]) => `step ${name}: ${why}`).join("; "));
  status("Finalizing");
  publish(execution);
}

/** Steps after those whose outputs they read. */
const inOrder = ({ steps }: BatchPipelineDeployment): [string, PipelineStep][] => {
  const sorted: [string, PipelineStep][] = [];
  const visit = (name: string, path: readonly string[]): void => {
    const step = steps[name];
    if (step === undefined) throw new JobError(`there is no step ${name}, which ${path.at(-1)} reads from`);
    if (path.includes(name)) throw new JobError(`the steps ${[...path, name].join(", ")} wait for each other`);
    if (sorted.some(([each]) => each === name)) return;
    for (const each of Object.values(step.inputs)) if ("step" in each) visit(each.step, [...path, name]);
    sorted.push([name, step]);
  };
  for (const name of Object.keys(steps)) visit(name, []);
  return sorted;
};

async function runStep(execution: Execution & { readonly deployment: BatchPipelineDeployment }, name: string, step: PipelineStep): Promise<void> {
  const { deployment, home, progress, record, signal } = execution;
  const given = Object.entries(step.inputs).flatMap(([key, each]) => {
    const value = resolve(deployment, record.request, home, each);
    return value === undefined ? [] : [[key, value] as const];
  });
  if (step.kind === "command") return command(home, name, step, Object.fromEntries(given), signal);
  const [input, ...others] = given.flatMap(([, value]) => ("data" in value ? [value.data] : []));
  const [output, ...more] = Object.entries(step.outputs);
  if (input === undefined || others.length > 0 || output === undefined || more.length > 0) throw new JobError("a step with a model has exactly one data input and one output");
  await runModelJob({
    owner: record.id,
    deployment: { kind: "model", driver: step.driver, settings: step.settings },
    input,
    layout: layoutOfStep(home, name, output, step.settings.outputFileName),
    signal,
    status: () => {}, // the pipeline is running all the while
    progress: (planned, tally) => progress(() => progressOf(planned, tally)),
  });
}

const layoutOfStep = (home: string, step: string, [output, { type }]: readonly [string, { readonly type: string }], fileName: string): Layout => {
  const path = outputPath(home, step, output);
  return type === "uri_file" ? layoutOf(dirname(path), basename(path), true) : layoutOf(path, fileName, false);
};

const resolve = (deployment: BatchPipelineDeployment, { inputs }: JobRequest, home: string, from: StepInput): Given => {
  if ("value" in from) return from;
  if ("step" in from) {
    const type = deployment.steps[from.step]?.outputs[from.output]?.type === "uri_file" ? "UriFile" : "UriFolder";
    return { data: { type, place: { kind: "local", path: outputPath(home, from.step, from.output) } } };
  }
  const given = inputs[from.input];
  if (given === undefined) {
    const value = deployment.inputs[from.input]?.default;
    return value === undefined ? undefined : { value };
  }
  return given.type === "Literal" ? { value: given.value } : { data: { type: given.type, place: inputPlace(given.uri) } };
};

async function command(home: string, name: string, step: Extract<PipelineStep, { kind: "command" }>, given: Readonly<Record<string, Given>>, signal: AbortSignal): Promise<void> {
  // A folder for each try: a command that has outlived its service may still be writing to its own.
  const folder = join(stepFolder(home, name), `try-${randomUUID()}`);
  const outputs = Object.fromEntries(Object.keys(step.outputs).map((output) => [output, join(folder, output)]));
  mkdirSync(folder, { recursive: true });
  for (const [output, { type }] of Object.entries(step.outputs)) if (type === "uri_folder") mkdirSync(outputs[output] as string);
  const words: Record<string, string> = {};
  for (const [key, value] of Object.entries(given)) {
    if (value !== undefined) words[`inputs.${key}`] = "value" in value ? String(value.value) : value.data.place.kind === "local" ? value.data.place.path : value.data.place.uri;
  }
  for (const [key, path] of Object.entries(outputs)) words[`outputs.${key}`] = path;
  const prints = printsOf({ logs: join(stepFolder(home, name), "logs"), node: "127.0.0.1", name: "command" });
  try {
    await runCommand({ command: step.command, words, cwd: step.appRoot, environment: step.environmentVariables, prints, signal, logs: join(stepFolder(home, name), "logs") });
  } finally {
    closeSync(prints.stdout);
    closeSync(prints.stderr);
  }
  const missing = Object.entries(outputs).find(([, path]) => !existsSync(path));
  if (missing !== undefined) throw new JobError(`the command has not written its output ${missing[0]}`);
  rmSync(join(stepFolder(home, name), "outputs"), { recursive: true, force: true }); // of one that ended without being written down
  renameSync(folder, join(stepFolder(home, name), "outputs"));
}

/** Each output appears in one step. */
function publish({ deployment, home, record }: Execution & { readonly deployment: BatchPipelineDeployment }): void {
  const targets = targetsOf(record.request, Object.keys(deployment.outputs), home);
  for (const [step, { outputs }] of Object.entries(deployment.steps)) {
    for (const [name, { output }] of Object.entries(outputs)) {
      const target = output === undefined ? undefined : targets[output];
      const source = outputPath(home, step, name);
      if (target === undefined || !existsSync(source)) continue; // published before a restart
      if (holdsSomething(target)) throw new JobError(`the output ${target} exists already: choose another, or remove it`);
      move(source, target, record.id);
    }
  }
}

function move(source: string, target: string, id: string): void {
  mkdirSync(dirname(target), { recursive: true });
  const next = `${target}.${id}.next`;
  rmSync(next, { recursive: true, force: true });
  cpSync(source, next, { recursive: true });
  if (statSync(source).isDirectory()) rmSync(target, { recursive: true, force: true }); // empty, as was seen
  renameSync(next, target);
  rmSync(source, { recursive: true, force: true });
}

/** Steps that failed may try anew. */
export function resumePipeline({ steps }: BatchPipelineDeployment, home: string): void {
  for (const [name, step] of Object.entries(steps)) {
    const [output] = Object.entries(step.outputs);
    if (step.kind !== "model" || output === undefined) continue;
    const layout = layoutOfStep(home, name, output, step.settings.outputFileName);
    if (existsSync(layout.journal)) Journal.resume(layout);
  }
}
