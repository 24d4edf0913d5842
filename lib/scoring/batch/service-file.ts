/** Reads the file of `--service`. */
import { readFileSync } from "node:fs";
import { z } from "zod";
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

const Step = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("model"), driver: Driver, settings: Settings, ...ports }),
  z.strictObject({ kind: z.literal("command"), command: z.array(z.string()).min(1), appRoot: z.string().optional(), environmentVariables: texts, ...ports }),
]);

const Deployment = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("model"), driver: Driver, settings: Settings }),
  z.strictObject({
    kind: z.literal("pipeline"),
    inputs: z.record(z.string(), z.strictObject({ type: z.enum(PIPELINE_INPUT_TYPES), default: literal.optional(), optional: z.boolean().optional() })),
    outputs: z.record(z.string(), z.strictObject({ type: z.enum(PIPELINE_OUTPUT_TYPES) })),
    steps: z.record(z.string(), Step),
    continueOnStepFailure: z.boolean(),
  }),
]);

const Service = z.strictObject({ endpoint: z.string().min(1), defaultDeployment: z.string().optional(), deployments: z.record(z.string(), Deployment) });

/** Throws with every problem and its place. Values are not quoted: variables may be secrets. */
export function readServiceFile(path: string): BatchServiceFile {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(`--service ${path} cannot be read: ${error instanceof SyntaxError ? "it is not JSON" : (error as Error).message}`, { cause: error });
  }
  const parsed = Service.safeParse(value);
  if (!parsed.success) throw new Error(`--service ${path}: ${parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}`);
  return parsed.data as BatchServiceFile;
}
