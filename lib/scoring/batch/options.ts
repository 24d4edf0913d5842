/** The flags of `serve-batch`. */
import { z } from "zod";
import { BATCH_FLAGS, type BatchServeOptions } from "../contract/batch.ts";

/** Wrong flags, one line each. */
export class BatchOptionsError extends Error {
  override readonly name = "BatchOptionsError";
}

const Options = z.strictObject({
  service: z.string({ error: "--service is missing: a JSON file that names the deployments" }),
  jobs: z.string({ error: "--jobs is missing: a folder for the jobs' records" }),
  host: z.string().default("127.0.0.1"),
  port: z.coerce.number({ error: "--port: expected a port" }).int().min(0, { error: "--port: expected 0 to 65535" }).max(65_535, { error: "--port: expected 0 to 65535" }).default(5001),
  pathPrefix: z.string().regex(/^(\/[^/?#]+)*$/, { error: "--path-prefix: expected a path such as /endpoints/credit, without a slash at the end" }).default(""),
  keys: z.string().optional(),
  tokens: z.string().optional(),
  logFormat: z.enum(["text", "json"], { error: "--log-format: expected text or json" }).default("text"),
});

/** Options with their defaults. */
export type BatchSettled = z.output<typeof Options>;

/** Throws {@link BatchOptionsError}. */
export function parseBatchOptions(argv: readonly string[]): BatchSettled {
  const names = new Map(BATCH_FLAGS.map(([key, flag]) => [flag, key]));
  const given: Partial<Record<keyof BatchServeOptions, string>> = {};
  const problems: string[] = [];
  for (let at = 0; at < argv.length; at += 2) {
    const [flag = "", value] = [argv[at], argv[at + 1]];
    const key = names.get(flag);
    if (key === undefined) problems.push(`unknown flag ${flag}; expected ${[...names.keys()].join(", ")}`);
    else if (value === undefined) problems.push(`${flag} needs a value`);
    else if (given[key] !== undefined) problems.push(`${flag} is given twice`);
    else given[key] = value;
  }
  const parsed = Options.safeParse(given);
  if (!parsed.success) problems.push(...parsed.error.issues.map(({ message }) => message));
  if (problems.length > 0 || !parsed.success) throw new BatchOptionsError(problems.join("\n"));
  return parsed.data;
}
