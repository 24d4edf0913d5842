/** Reads the file of `--service`, or that of `--cluster`. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { ARGO_TAG, type BatchClusterFile } from "../contract/batch-cluster.ts";
import { LOGGING_LEVELS, OUTPUT_ACTIONS, PIPELINE_INPUT_TYPES, PIPELINE_OUTPUT_TYPES, type BatchServiceFile } from "../contract/batch.ts";

const texts = z.record(z.string(), z.string());

const Driver = z.strictObject({
  entryScript: z.string().min(1).optional(),
  appRoot: z.string().min(1).optional(),
  modelDir: z.string().min(1).optional(),
  python: z.string().min(1).optional(),
  environmentVariables: texts,
});

const Settings = z.strictObject({
  miniBatchSize: z.int().min(1),
  maxConcurrencyPerInstance: z.int().min(1),
  instanceCount: z.int().min(1),
  outputAction: z.enum(OUTPUT_ACTIONS),
  outputFileName: z.string().min(1),
  errorThreshold: z.int().min(-1),
  retrySettings: z.strictObject({ maxRetries: z.int().min(0), timeout: z.number().positive() }),
  loggingLevel: z.enum(LOGGING_LEVELS),
  partitionRows: z.int().min(1).optional(),
});

const literal = z.union([z.string(), z.number(), z.boolean()]);
const StepInput = z.union([z.strictObject({ input: z.string() }), z.strictObject({ step: z.string(), output: z.string() }), z.strictObject({ value: literal })]);
const ports = { inputs: z.record(z.string(), StepInput), outputs: z.record(z.string(), z.strictObject({ type: z.enum(PIPELINE_OUTPUT_TYPES), output: z.string().optional() })) };

const modelStep = { kind: z.literal("model"), settings: Settings, ...ports };
const commandStep = { kind: z.literal("command"), command: z.array(z.string()).min(1), ...ports };

const Step = z.discriminatedUnion("kind", [
  z.strictObject({ ...modelStep, driver: Driver }),
  z.strictObject({ ...commandStep, appRoot: z.string().optional(), environmentVariables: texts }),
]);

const pipeline = <S extends z.ZodType>(step: S) => ({
  kind: z.literal("pipeline"),
  inputs: z.record(z.string(), z.strictObject({ type: z.enum(PIPELINE_INPUT_TYPES), default: literal.optional(), optional: z.boolean().optional() })),
  outputs: z.record(z.string(), z.strictObject({ type: z.enum(PIPELINE_OUTPUT_TYPES) })),
  steps: z.record(z.string(), step),
  continueOnStepFailure: z.boolean(),
});

const Deployment = z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("model"), driver: Driver, settings: Settings }), z.strictObject(pipeline(Step))]);

const Service = z.strictObject({ endpoint: z.string().min(1), defaultDeployment: z.string().optional(), deployments: z.record(z.string(), Deployment) });

/** The API server judges the rest of it. */
const Pod = z.looseObject({ spec: z.looseObject({ containers: z.array(z.looseObject({ name: z.string() })).min(1) }) });

/** One that becomes part of a Workflow. Compilers refuse the same where they know the text. */
const StepPod = Pod.refine((pod) => !JSON.stringify(pod).includes(ARGO_TAG), { error: `one of its texts holds ${ARGO_TAG}, which Argo Workflows reads as a template of its own: write it otherwise` });

const ClusterStep = z.discriminatedUnion("kind", [z.strictObject({ ...modelStep, pod: StepPod }), z.strictObject({ ...commandStep, pod: StepPod })]);

const ClusterDeployment = z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("model"), settings: Settings, pod: Pod }), z.strictObject({ ...pipeline(ClusterStep), pod: StepPod })]);

const Cluster = z.strictObject({
  endpoint: z.string().min(1),
  defaultDeployment: z.string().optional(),
  deployments: z.record(z.string(), ClusterDeployment),
  jobsClaim: z.string().min(1).optional(),
  queueName: z.string().min(1).optional(),
  maxConcurrentJobs: z.int().min(1),
  recordRetentionDays: z.number().positive(),
  ttlSecondsAfterFinished: z.int().min(0),
});

/** The file of `--service`. Throws with every problem and its place. Values are not quoted: variables may be secrets. */
export const readServiceFile = (path: string): BatchServiceFile => read("--service", path, Service) as BatchServiceFile;

/** The file of `--cluster`, the same way. */
export const readClusterFile = (path: string): BatchClusterFile => read("--cluster", path, Cluster) as unknown as BatchClusterFile;

const read = (flag: string, path: string, schema: z.ZodType): unknown => {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(`${flag} ${path} cannot be read: ${error instanceof SyntaxError ? "it is not JSON" : (error as Error).message}`, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Error(`${flag} ${path}: ${parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}`);
  return parsed.data;
};
