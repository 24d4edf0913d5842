/** What a step of a pipeline does, once everything that it reads is there. */
import { randomUUID } from "node:crypto";
import { closeSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BatchDriver, PlannedStep } from "../contract/batch.ts";
import { runCommand } from "./command-step.ts";
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

/** Runs a command. Rejects with JobError or Stopped. */
export async function commandStep(job: PipelineJob, name: string, step: Step<"command">, { appRoot, environmentVariables }: Pick<BatchDriver, "appRoot" | "environmentVariables">, signal: AbortSignal): Promise<void> {
  const own = stepFolder(job.home, name);
  // A folder for each try: a command that has outlived its service, or its pod, may still be writing to its own.
  const folder = join(own, `try-${randomUUID()}`);
  const outputs = Object.fromEntries(Object.keys(step.outputs).map((output) => [output, join(folder, output)]));
  mkdirSync(folder, { recursive: true });
  for (const [output, { type }] of Object.entries(step.outputs)) if (type === "uri_folder") mkdirSync(outputs[output] as string);
  const logs = logsOf(job.home, name);
  const prints = printsOf({ logs, node: "127.0.0.1", name: "command" });
  try {
    await runCommand({ command: step.command, words: wordsOf(givenTo(job, step), outputs), cwd: appRoot, environment: environmentVariables, prints, signal, logs });
  } finally {
    closeSync(prints.stdout);
    closeSync(prints.stderr);
  }
  const missing = Object.entries(outputs).find(([, path]) => !existsSync(path));
  if (missing !== undefined) throw new JobError(`the command has not written its output ${missing[0]}`);
  rmSync(join(own, "outputs"), { recursive: true, force: true }); // of one that ended without being written down
  renameSync(folder, join(own, "outputs"));
}

const wordsOf = (given: readonly (readonly [string, NonNullable<Given>])[], outputs: Readonly<Record<string, string>>): Record<string, string> => {
  const text = (value: NonNullable<Given>): string => ("value" in value ? String(value.value) : value.data.place.kind === "local" ? value.data.place.path : value.data.place.uri);
  return Object.fromEntries([...given.map(([name, value]) => [`inputs.${name}`, text(value)]), ...Object.entries(outputs).map(([name, path]) => [`outputs.${name}`, path])]) as Record<string, string>;
};
