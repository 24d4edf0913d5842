/** The flags of `serve-batch`. */
import { z } from "zod";
import { BATCH_FLAGS, type BatchServeOptions } from "../contract/batch.ts";

/** Wrong flags, one line each. */
export class BatchOptionsError extends Error {
  override readonly name = "BatchOptionsError";
}

const Options = z.strictObject({
  service: z.string().optional(),
  jobs: z.string().optional(),
  cluster: z.string().optional(),
  host: z.string().default("127.0.0.1"),
  port: z.coerce.number({ error: "--port: expected a port" }).int().min(0, { error: "--port: expected 0 to 65535" }).max(65_535, { error: "--port: expected 0 to 65535" }).default(5001),
  pathPrefix: z.string().regex(/^(\/[^/?#]+)*$/, { error: "--path-prefix: expected a path such as /endpoints/credit, without a slash at the end" }).default(""),
  keys: z.string().optional(),
  tokens: z.string().optional(),
  logFormat: z.enum(["text", "json"], { error: "--log-format: expected text or json" }).default("text"),
});

/** Where jobs run. */
export type Jobs = { readonly cluster: string } | { readonly service: string; readonly folder: string };

/** Options with their defaults. */
export type BatchSettled = Omit<z.output<typeof Options>, "service" | "jobs" | "cluster"> & { readonly jobs: Jobs };

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
  const jobs = jobsOf(given, problems);
  if (!parsed.success) problems.push(...parsed.error.issues.map(({ message }) => message));
  if (problems.length > 0 || !parsed.success || jobs === undefined) throw new BatchOptionsError(problems.join("\n"));
  const { cluster: _, jobs: __, service: ___, ...rest } = parsed.data;
  return { ...rest, jobs };
}

const jobsOf = ({ cluster, jobs, service }: Partial<Record<keyof BatchServeOptions, string>>, problems: string[]): Jobs | undefined => {
  if (cluster !== undefined) {
    if (service !== undefined || jobs !== undefined) problems.push("--cluster stands instead of --service and --jobs: give it alone");
    return { cluster };
  }
  if (service === undefined) problems.push("--service is missing: a JSON file that names the deployments");
  if (jobs === undefined) problems.push("--jobs is missing: a folder for the jobs' records");
  return service === undefined || jobs === undefined ? undefined : { service, folder: jobs };
};
