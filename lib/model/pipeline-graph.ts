/** How a pipeline hangs together, and what is wrong with one whose parts are sound: names that lead nowhere, circles, types that do not meet. */
import type { PIPELINE_INPUT_TYPES, PIPELINE_OUTPUT_TYPES } from "../scoring/contract/batch.ts";
import { listed, nearMiss, show } from "./refusal.ts";
import { certain, certainOfEach } from "./refused.ts";

type OutputType = (typeof PIPELINE_OUTPUT_TYPES)[number];

/** Where a step's input comes from. */
export type StepSource = { readonly input: string } | { readonly step: string; readonly output: string } | { readonly value: string | number | boolean };

/** Where a step's output goes: to one of the pipeline's, or to other steps alone. */
export type StepTarget = { readonly output: string } | { readonly type: OutputType };

interface Input {
  readonly type: (typeof PIPELINE_INPUT_TYPES)[number];
  readonly default?: string | number | boolean | undefined;
  readonly optional: boolean;
}

interface Step {
  readonly type: "command" | "parallel";
  readonly inputs: Readonly<Record<string, StepSource>>;
  readonly outputs: Readonly<Record<string, StepTarget>>;
  readonly command?: readonly string[] | undefined;
  readonly settings?: { readonly outputAction: "append_row" | "summary_only" } | undefined;
}

interface Graph {
  readonly inputs: Readonly<Record<string, Input>>;
  readonly outputs: Readonly<Record<string, { readonly type: OutputType }>>;
  readonly jobs: Readonly<Record<string, Step>>;
}

/** A problem at a path inside the pipeline. */
export interface PipelineProblem {
  readonly path: readonly string[];
  readonly message: string;
}

export const pipelineProblems = (job: Graph): PipelineProblem[] =>
  certain(
    () => nameProblems(job),
    () => certainOfEach(job.inputs, (input, name) => inputProblems(name, input)),
    () => certainOfEach(job.jobs, (step, name) => stepProblems(job, name, step)),
    () => writerProblems(job),
    () => circleProblems(job),
  );

const stepProblems = (job: Graph, name: string, step: Step): PipelineProblem[] =>
  certain(
    () => sourceProblems(job, name, step),
    () => targetProblems(job, name, step),
    () => kindProblems(job, name, step),
  );

const NAME = /^[a-z][a-z0-9_]*$/;

const nameProblems = (job: Graph): PipelineProblem[] => {
  const paths = certain(
    ...(["inputs", "outputs", "jobs"] as const).map((kind) => () => Object.keys(job[kind]).map((name) => [kind, name])),
    () => certainOfEach(job.jobs, (ports, step) => certain(...(["inputs", "outputs"] as const).map((kind) => () => Object.keys(ports[kind]).map((name) => ["jobs", step, kind, name])))),
  );
  return paths.filter((path) => !NAME.test(path.at(-1) ?? "")).map((path) => ({ path, message: "expected a name of lower-case letters, digits and underscores, a letter first" }));
};

const LITERALS = { string: "string", number: "number", integer: "number", boolean: "boolean" } as const;

const inputProblems = (name: string, { default: value, type }: Input): PipelineProblem[] => {
  if (value === undefined) return [];
  const path = ["inputs", name, "default"];
  if (type === "uri_folder" || type === "uri_file") return [{ path, message: "data has no default; leave it out" }];
  const fits = typeof value === LITERALS[type] && (type !== "integer" || Number.isInteger(value));
  return fits ? [] : [{ path, message: `expected a value of type ${type}` }];
};

const sourceProblems = (job: Graph, name: string, step: Step): PipelineProblem[] =>
  certainOfEach(step.inputs, (source, input): PipelineProblem[] => {
    const path = ["jobs", name, "inputs", input];
    if ("input" in source && !Object.hasOwn(job.inputs, source.input)) return [{ path, message: unknown("input of the pipeline", source.input, Object.keys(job.inputs)) }];
    if (!("step" in source)) return [];
    const from = Object.hasOwn(job.jobs, source.step) ? job.jobs[source.step] : undefined;
    if (from === undefined) return [{ path, message: unknown("step", source.step, Object.keys(job.jobs)) }];
    return Object.hasOwn(from.outputs, source.output) ? [] : [{ path, message: unknown(`output of step ${show(source.step)}`, source.output, Object.keys(from.outputs)) }];
  });

const targetProblems = (job: Graph, name: string, step: Step): PipelineProblem[] =>
  certainOfEach(step.outputs, (target, output) =>
    "output" in target && !Object.hasOwn(job.outputs, target.output) ? [{ path: ["jobs", name, "outputs", output], message: unknown("output of the pipeline", target.output, Object.keys(job.outputs)) }] : [],
  );

const unknown = (what: string, name: string, known: readonly string[]): string => {
  const meant = nearMiss(name, known);
  return `there is no ${what} ${show(name)}; ${meant === undefined ? `there is ${listed(known.map(show))}` : `did you mean ${show(meant)}?`}`;
};

/** What a command and a model ask of their inputs and outputs. */
const kindProblems = (job: Graph, name: string, step: Step): PipelineProblem[] => {
  if (step.type === "command") return certainOfEach(step.command ?? [], (text, i) => placeholders(text, step).map((message) => ({ path: ["jobs", name, "command", i], message })));
  return certain(
    () => givenProblems(job, name, step),
    () => madeProblems(job, name, step),
  );
};

const givenProblems = (job: Graph, name: string, { inputs }: Step): PipelineProblem[] => {
  const [first, ...others] = Object.keys(inputs);
  const source = first === undefined || others.length > 0 ? undefined : inputs[first];
  if (source !== undefined && isData(job, source)) return [];
  return [{ path: ["jobs", name, "inputs"], message: `expected one input, the folder or file that the model runs over; got ${Object.keys(inputs).length}` }];
};

const madeProblems = (job: Graph, name: string, { outputs, settings }: Step): PipelineProblem[] => {
  const [[output, target] = [], ...others] = Object.entries(outputs);
  if (output === undefined || target === undefined || others.length > 0) return [{ path: ["jobs", name, "outputs"], message: `expected one output, for what the model says; got ${Object.keys(outputs).length}` }];
  const made = "type" in target ? target : Object.hasOwn(job.outputs, target.output) ? job.outputs[target.output] : undefined;
  if (made?.type !== "uri_file" || settings?.outputAction !== "summary_only") return [];
  return [{ path: ["jobs", name, "outputs", output], message: 'with outputAction "summary_only" the script writes files of its own, into a folder: expected uri_folder' }];
};

const isData = ({ inputs }: Graph, source: StepSource): boolean => {
  if ("value" in source) return false;
  // What leads nowhere has been told.
  const input = "input" in source && Object.hasOwn(inputs, source.input) ? inputs[source.input] : undefined;
  return input === undefined || (input.type.startsWith("uri_") && !input.optional);
};

const placeholders = (text: string, step: Step): string[] =>
  [...text.matchAll(/\$\{\{\s*(.*?)\s*\}\}/g)].flatMap(([whole, inner = ""]) => {
    const [kind = "", name = "", ...rest] = inner.split(".");
    const known = kind === "inputs" || kind === "outputs" ? Object.keys(step[kind]) : undefined;
    if (known === undefined || rest.length > 0) return [`expected \${{inputs.<name>}} or \${{outputs.<name>}}, not ${show(whole)}`];
    return known.includes(name) ? [] : [unknown(`${kind === "inputs" ? "input" : "output"} of this step`, name, known)];
  });

/** Each output of the pipeline is one step's. */
const writerProblems = ({ jobs, outputs }: Graph): PipelineProblem[] =>
  Object.keys(outputs).flatMap((name) => {
    const writers = Object.entries(jobs).flatMap(([step, ports]) => Object.values(ports.outputs).flatMap((target) => ("output" in target && target.output === name ? [step] : [])));
    return writers.length === 1 ? [] : [{ path: ["outputs", name], message: `expected one step that writes it, by \${{parent.outputs.${name}}}; there is ${listed(writers.map(show))}` }];
  });

const circleProblems = ({ jobs }: Graph): PipelineProblem[] => {
  // Looked at from one step, a step is not looked at from another: paths are many more than steps.
  const known = new Set<string>();
  const circle = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (known.has(name) || !Object.hasOwn(jobs, name)) return undefined;
    known.add(name);
    return firstOf(before(jobs[name]), (step) => circle(step, [...path, name]));
  };
  const found = firstOf(Object.keys(jobs), (name) => circle(name, []));
  return found === undefined ? [] : [{ path: ["jobs", found[0] ?? ""], message: `steps wait for each other: ${found.map(show).join(" reads from ")}` }];
};

/** The first that is found. */
const firstOf = <E, T>(values: readonly E[], find: (value: E) => T | undefined): T | undefined => {
  for (const value of values) {
    const found = find(value);
    if (found !== undefined) return found;
  }
  return undefined;
};

const before = (step: Step | undefined): string[] => Object.values(step?.inputs ?? {}).flatMap((source) => ("step" in source ? [source.step] : []));
