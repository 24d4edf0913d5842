/** The body of an invocation, parsed: names in any case, as Azure's data plane takes them. */
import { z } from "zod";
import type { BatchSettings, PipelineInput, PlannedPipeline } from "../contract/batch.ts";
import { Refused } from "./refused.ts";

/** What a caller asks for. */
export interface JobRequest {
  readonly inputs: Readonly<Record<string, DataInput | LiteralInput>>;
  readonly outputs: Readonly<Record<string, Output>>;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** What a caller of a pipeline says of its job, such as `experimentName`; it is remembered. */
  readonly properties?: Readonly<Record<string, string>> | undefined;
  /** Settings in place of the deployment's. */
  readonly settings: Overrides;
}

export interface DataInput {
  readonly type: "UriFile" | "UriFolder";
  readonly uri: string;
}

export interface LiteralInput {
  readonly type: "Literal";
  readonly value: string | number | boolean;
}

export interface Output {
  readonly type: "UriFile" | "UriFolder";
  readonly uri: string;
}

/** Settings that one job may have of its own. */
export type Overrides = Partial<Pick<BatchSettings, "errorThreshold" | "loggingLevel" | "maxConcurrencyPerInstance" | "miniBatchSize" | "outputFileName" | "instanceCount">> & {
  readonly retrySettings?: Partial<BatchSettings["retrySettings"]>;
};

/** Names of the contract, by their lower case. */
const KNOWN = [
  "properties", "InputData", "OutputData", "JobInputType", "JobOutputType", "Uri", "Value", "errorThreshold", "loggingLevel", "maxConcurrencyPerInstance",
  "miniBatchSize", "outputFileName", "retrySettings", "maxRetries", "timeout", "compute", "instanceCount", "name", "description", "tags",
];
const SPELLING = new Map(KNOWN.map((name) => [name.toLowerCase(), name]));
/** Keys of these are the caller's own. */
const FREE = new Set(["InputData", "OutputData", "tags"]);

/** Gives every name of the contract its own spelling. */
const spelled = (value: unknown, free: boolean): unknown => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const name = free ? key : (SPELLING.get(key.toLowerCase()) ?? key);
      return [name, name === "tags" && !free ? inner : spelled(inner, !free && FREE.has(name))];
    }),
  );
};

const key = z.string().regex(/^\w+$/, { error: "expected letters, digits and underscores" });
const seconds = z.string().transform((text, context) => {
  const parsed = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/.exec(text);
  const total = parsed === null ? Number.NaN : Number(parsed[1] ?? 0) * 3600 + Number(parsed[2] ?? 0) * 60 + Number(parsed[3] ?? 0);
  if (total > 0) return total;
  context.addIssue(`expected an ISO 8601 duration such as PT30S; got ${JSON.stringify(text)}`);
  return z.NEVER;
});

const whole = (least: number) => z.int({ error: "expected a whole number" }).min(least, { error: `expected ${least} or more` });
const insensitive = <T extends string>(...values: readonly T[]) =>
  z.string().transform((text, context) => {
    const found = values.find((value) => value.toLowerCase() === text.toLowerCase());
    if (found !== undefined) return found;
    context.addIssue(`expected ${values.join(", ")}; got ${JSON.stringify(text)}`);
    return z.NEVER;
  });

const Input = z.strictObject({
  JobInputType: insensitive("UriFolder", "UriFile", "Literal"),
  Uri: z.string().min(1).optional(),
  Value: z.union([z.string(), z.number(), z.boolean()]).optional(),
});

const Body = z.strictObject({
  properties: z.strictObject({
    InputData: z.record(key, Input).default({}),
    OutputData: z.record(key, z.strictObject({ JobOutputType: insensitive("UriFile", "UriFolder"), Uri: z.string().min(1) })).default({}),
    errorThreshold: whole(-1).optional(),
    loggingLevel: insensitive("info", "warning", "debug").optional(),
    maxConcurrencyPerInstance: whole(1).optional(),
    miniBatchSize: whole(1).optional(),
    outputFileName: z.string().regex(/^(?!\.{1,2}$)[^/\\\0]+$/, { error: "expected a file's name, without a folder" }).optional(),
    retrySettings: z.strictObject({ maxRetries: whole(0).optional(), timeout: seconds.optional() }).optional(),
    compute: z.strictObject({ instanceCount: whole(1).optional() }).optional(),
    name: z.string().optional(),
    description: z.string().optional(),
    tags: z.record(z.string(), z.string()).optional(),
    properties: z.record(z.string(), z.string()).optional(),
  }),
});

type Properties = z.output<typeof Body>["properties"];

/** Parses a body for a deployment. Throws {@link Refused} with every problem. */
export function parseRequest(text: string, deployment: { readonly kind: "model" } | ({ readonly kind: "pipeline" } & PlannedPipeline)): JobRequest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refused(400, "the body is not JSON");
  }
  const parsed = Body.safeParse(spelled(value, false));
  if (!parsed.success) throw new Refused(400, parsed.error.issues.map(problemOf).join("; "));
  const request = requestOf(parsed.data.properties);
  const problems = deployment.kind === "model" ? modelProblems(request, parsed.data.properties) : pipelineProblems(request, deployment);
  if (problems.length > 0) throw new Refused(400, problems.join("; "));
  return request;
}

/** A wrong key has its reason one level down. */
const problemOf = (issue: z.core.$ZodIssue): string => {
  const message = issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  return `${issue.path.length === 0 ? "body" : issue.path.join(".")}: ${message}`;
};

const requestOf = ({ InputData, OutputData, compute, description, name, properties, tags, ...settings }: Properties): JobRequest => {
  const problems: string[] = [];
  const input = (at: string, { JobInputType: type, Uri: uri, Value: value }: z.output<typeof Input>): DataInput | LiteralInput => {
    if (type === "Literal") {
      if (value === undefined) problems.push(`properties.InputData.${at}.Value: a literal needs one`);
      return { type, value: value ?? "" };
    }
    if (uri === undefined) problems.push(`properties.InputData.${at}.Uri: ${type} needs one`);
    return { type, uri: uri ?? "" };
  };
  const inputs = Object.fromEntries(Object.entries(InputData).map(([at, each]) => [at, input(at, each)]));
  if (problems.length > 0) throw new Refused(400, problems.join("; "));
  const outputs = Object.fromEntries(Object.entries(OutputData).map(([at, { JobOutputType: type, Uri: uri }]) => [at, { type, uri }]));
  const overrides = Object.fromEntries(Object.entries({ ...settings, instanceCount: compute?.instanceCount }).filter(([, each]) => each !== undefined));
  return { inputs, outputs, name, description, tags, ...(properties === undefined ? {} : { properties }), settings: overrides as Overrides };
};

const modelProblems = ({ inputs, outputs, properties }: JobRequest, { OutputData }: Properties): string[] => {
  const given = Object.values(inputs);
  const literals = Object.entries(inputs).filter(([, { type }]) => type === "Literal").map(([name]) => name);
  return [
    ...(literals.length > 0 ? [`properties.InputData.${literals[0]}: a model deployment takes no literal inputs`] : []),
    ...(given.length - literals.length === 1 || literals.length > 0 ? [] : [`properties.InputData: a model deployment takes exactly one input; got ${given.length}`]),
    ...(properties === undefined ? [] : ["properties.properties: they are for pipelines; a model deployment takes name, description and tags"]),
    ...(Object.keys(outputs).length > 1 ? [`properties.OutputData: a model deployment has one output; got ${Object.keys(OutputData).length}`] : []),
  ];
};

const pipelineProblems = ({ inputs, outputs, settings }: JobRequest, deployment: PlannedPipeline): string[] => {
  const unknown = (given: object, known: object, where: string): string[] =>
    Object.keys(given).filter((name) => !(name in known)).map((name) => `properties.${where}.${name}: the pipeline has none of this name; it has ${Object.keys(known).join(", ") === "" ? "none" : Object.keys(known).join(", ")}`);
  const missing = Object.entries(deployment.inputs).filter(([name, { default: value, optional }]) => !(name in inputs) && value === undefined && optional !== true);
  const wrong = Object.entries(inputs).flatMap(([name, given]) => wrongType(name, given, deployment.inputs[name]));
  return [
    ...unknown(inputs, deployment.inputs, "InputData"),
    ...unknown(outputs, deployment.outputs, "OutputData"),
    ...missing.map(([name, { type }]) => `properties.InputData.${name}: the pipeline needs this input (${type})`),
    ...wrong,
    ...Object.keys(settings).map((name) => `properties.${name}: it is for model deployments; a pipeline's steps have their own settings`),
  ];
};

const TYPES: Readonly<Record<PipelineInput["type"], string>> = { uri_folder: "UriFolder", uri_file: "UriFile", string: "string", number: "number", integer: "number", boolean: "boolean" };

const wrongType = (name: string, given: DataInput | LiteralInput, wanted: PipelineInput | undefined): string[] => {
  if (wanted === undefined) return [];
  const type = given.type === "Literal" ? typeof given.value : given.type;
  const fits = type === TYPES[wanted.type] && (wanted.type !== "integer" || (given.type === "Literal" && Number.isInteger(given.value)));
  return fits ? [] : [`properties.InputData.${name}: expected ${wanted.type}; got ${given.type === "Literal" ? JSON.stringify(given.value) : given.type}`];
};
