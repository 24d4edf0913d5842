/** Where the files of a pipeline's job are, a folder for each step below the job's own; what its steps read, and where what it gives goes. */
import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { PlannedPipeline, StepInput } from "../contract/batch.ts";
import { inputProblem, type Input } from "./inputs.ts";
import { JobError } from "./job-error.ts";
import { layoutOf, type Layout } from "./layout.ts";
import type { JobRequest } from "./request.ts";
import { HERE, shown, type Addresses } from "./uri.ts";

/** A pipeline's job, wherever it runs. */
export interface PipelineJob {
  readonly id: string;
  readonly pipeline: PlannedPipeline;
  readonly request: JobRequest;
  /** The job's own folder. */
  readonly home: string;
  readonly addresses: Addresses;
}

export const stepFolder = (home: string, step: string): string => join(home, "steps", step);
export const outputPath = (home: string, step: string, output: string): string => join(stepFolder(home, step), "outputs", output);
/** A step that has ended well. */
export const doneMark = (home: string, step: string): string => join(stepFolder(home, step), "done");
export const logsOf = (home: string, step: string): string => join(stepFolder(home, step), "logs");

/** Of a step with a model. */
export const layoutOfStep = (home: string, step: string, [output, { type }]: readonly [string, { readonly type: string }], fileName: string): Layout => {
  const path = outputPath(home, step, output);
  return type === "uri_file" ? layoutOf(dirname(path), basename(path), true) : layoutOf(path, fileName, false);
};

/** What a step reads: data, or a literal; nothing, for an optional input that nobody gave. */
export type Given = { readonly data: Input } | { readonly value: string | number | boolean } | undefined;

/** What an input of a step is in this job. */
export const resolve = ({ addresses, home, pipeline, request: { inputs } }: PipelineJob, from: StepInput): Given => {
  if ("value" in from) return from;
  if ("step" in from) {
    const type = pipeline.steps[from.step]?.outputs[from.output]?.type === "uri_file" ? "UriFile" : "UriFolder";
    return { data: { type, place: { kind: "local", path: outputPath(home, from.step, from.output) } } };
  }
  const given = inputs[from.input];
  if (given === undefined) {
    const value = pipeline.inputs[from.input]?.default;
    return value === undefined ? undefined : { value };
  }
  return given.type === "Literal" ? { value: given.value } : { data: { type: given.type, place: addresses.input(given.uri) } };
};

/** Where the outputs of a pipeline go, by name. Throws UriError or JobError when one cannot. */
export const targetsOf = ({ outputs: given }: JobRequest, names: readonly string[], home: string, addresses: Addresses = HERE): Readonly<Record<string, string>> =>
  Object.fromEntries(
    names.map((name) => {
      const uri = given[name]?.uri;
      if (uri === undefined) return [name, join(home, "outputs", name)];
      const place = addresses.output(uri);
      if (place.kind === "remote") throw new JobError(`properties.OutputData.${name}: a pipeline writes its outputs to ${addresses.own} addresses; got ${uri}`);
      return [name, place.path];
    }),
  );

/** Why a job cannot be started by anybody: an address that no step can use. */
export const addressProblem = ({ addresses, pipeline, request }: Pick<PipelineJob, "addresses" | "pipeline" | "request">): string | undefined =>
  Object.entries(request.inputs).flatMap(([name, given]) => {
    const place = given.type === "Literal" ? undefined : addresses.input(given.uri);
    return place?.kind === "remote" && forCommand(pipeline, name) ? [`properties.InputData.${name}: a command reads ${addresses.own} addresses; got ${shown(place.uri)}`] : [];
  })[0];

/** Why a job cannot be started: an input that is not there, an output that is. */
export const pipelineProblem = (job: Omit<PipelineJob, "id">): string | undefined => {
  const { addresses, home, pipeline, request } = job;
  const unread = Object.values(request.inputs).flatMap((given) => (given.type === "Literal" ? [] : (inputProblem({ type: given.type, place: addresses.input(given.uri) }) ?? [])));
  const taken = Object.values(targetsOf(request, Object.keys(pipeline.outputs), home, addresses)).filter(holdsSomething).map(takenProblem);
  return unread[0] ?? addressProblem(job) ?? taken[0];
};

export const takenProblem = (path: string): string => `the output ${path} exists already: choose another, or remove it`;

const forCommand = ({ steps }: PlannedPipeline, input: string): boolean =>
  Object.values(steps).some((step) => step.kind === "command" && Object.values(step.inputs).some((each) => "input" in each && each.input === input));

export const holdsSomething = (path: string): boolean => {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && (!found.isDirectory() || readdirSync(path).length > 0);
};
