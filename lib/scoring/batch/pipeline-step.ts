/** What a step of a pipeline does, once everything that it reads is there. */
import { randomUUID } from "node:crypto";
import { closeSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BatchDriver, PlannedStep } from "../contract/batch.ts";
import { runCommand } from "./command-step.ts";
import { Stopped } from "./coordinator.ts";
import type { Input } from "./inputs.ts";
import { JobError } from "./job-error.ts";
import type { Layout } from "./layout.ts";
import { layoutOfStep, logsOf, resolve, stepFolder, type Given, type PipelineJob } from "./pipeline-files.ts";
import { printsOf } from "./prints.ts";

type Step<K extends PlannedStep["kind"]> = Extract<PlannedStep, { kind: K }>;

const givenTo = (job: PipelineJob, { inputs }: PlannedStep): [string, NonNullable<Given>][] =>
  Object.entries(inputs).flatMap(([name, from]) => {
    const value = resolve(job, from);
    return value === undefined ? [] : [[name, value] as [string, NonNullable<Given>]];
  });

/** What the model of a step runs over, and where what it says stands. */
export const modelStep = (job: PipelineJob, name: string, step: Step<"model">): { readonly input: Input; readonly layout: Layout } => {
  const [input, ...others] = givenTo(job, step).flatMap(([, value]) => ("data" in value ? [value.data] : []));
  const [output, ...more] = Object.entries(step.outputs);
  if (input === undefined || others.length > 0 || output === undefined || more.length > 0) throw new JobError("a step with a model has exactly one data input and one output");
  return { input, layout: layoutOfStep(job.home, name, output, step.settings.outputFileName) };
};

/** Where a command runs, and which attempt of its job this is. */
export interface CommandPlace extends Pick<BatchDriver, "appRoot" | "environmentVariables"> {
  readonly attempt: number;
}

/** Runs a command. Rejects with JobError or Stopped. */
export async function commandStep(job: PipelineJob, name: string, step: Step<"command">, { appRoot, attempt, environmentVariables }: CommandPlace, signal: AbortSignal): Promise<void> {
  const own = stepFolder(job.home, name);
  const { folder, spare } = beginTry(own, attempt);
  const outputs = Object.fromEntries(Object.keys(step.outputs).map((output) => [output, join(folder, output)]));
  for (const [output, { type }] of Object.entries(step.outputs)) if (type === "uri_folder") mkdirSync(outputs[output] as string);
  const logs = logsOf(job.home, name);
  const prints = printsOf({ logs, node: "127.0.0.1", name: "command" });
  try {
    await runCommand({ command: step.command, words: wordsOf(givenTo(job, step), outputs), cwd: appRoot, environment: environmentVariables, prints, signal, logs });
  } catch (error) {
    if (error instanceof Stopped) spare();
    throw error;
  } finally {
    closeSync(prints.stdout);
    closeSync(prints.stderr);
  }
  const missing = Object.entries(outputs).find(([, path]) => !existsSync(path));
  if (missing !== undefined) throw new JobError(`the command has not written its output ${missing[0]}`);
  rmSync(join(own, "outputs"), { recursive: true, force: true }); // of one that ended without being written down
  renameSync(folder, join(own, "outputs"));
  for (const left of globSync("try-*", { cwd: own })) removeTry(join(own, left)); // not before: one that goes on would fail for it
}

/** Tries of a command in one attempt of its job that may be cut short, by a machine that goes or by memory that its pod has not. One that was asked to stop is none. */
const TRIES = 10;

/** Of tries that began, by attempt: resumed, a job has as many again. */
const countOf = (own: string, attempt: number): string => join(own, `tries-${attempt}`);

/** A folder for each try: a command that has outlived its service, or its pod, may still be writing to its own. Throws JobError after too many. */
function beginTry(own: string, attempt: number): { readonly folder: string; readonly spare: () => void } {
  const count = countOf(own, attempt);
  mkdirSync(own, { recursive: true });
  const before = existsSync(count) ? Number(readFileSync(count, "utf8")) : 0;
  if (before >= TRIES) throw new JobError(`the command was cut short ${TRIES} times, each time without an exit code of its own: has its pod too little memory? Resume the job to try again`);
  writeFileSync(count, String(before + 1));
  const folder = join(own, `try-${randomUUID()}`);
  mkdirSync(folder);
  return { folder, spare: () => writeFileSync(count, String(before)) };
}

const removeTry = (folder: string): void => {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Somebody still writes there.
  }
};

/** A command may be tried as often as the first time. */
export const resumeCommand = (home: string, step: string): void => rmSync(countOf(stepFolder(home, step), 0), { force: true });

const wordsOf = (given: readonly (readonly [string, NonNullable<Given>])[], outputs: Readonly<Record<string, string>>): Record<string, string> => {
  const text = (value: NonNullable<Given>): string => ("value" in value ? String(value.value) : value.data.place.kind === "local" ? value.data.place.path : value.data.place.uri);
  return Object.fromEntries([...given.map(([name, value]) => [`inputs.${name}`, text(value)]), ...Object.entries(outputs).map(([name, path]) => [`outputs.${name}`, path])]) as Record<string, string>;
};
