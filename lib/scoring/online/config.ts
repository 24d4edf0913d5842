/** The config file: values for variables of the environment, which flags and environment override. Its rules are those of the original. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { ENVIRONMENT, LONGEST_TIMER_MS } from "../contract.ts";

const NAME = "config.json";

/** Values that cannot be served with: one line per problem. The process exits with 3, as the original's workers do. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  /** Problems with values stand in the original's banner, for which tools look. */
  static ofValues(problems: readonly string[]): ConfigError {
    return new ConfigError(problems.map((problem) => `\n===============Configuration Error=================\n${problem}\n===================================================`).join(""));
  }
}

/** What a config file says, as the environment would say it. */
export interface Config {
  /** Undefined: there is none. */
  readonly file: string | undefined;
  readonly values: Readonly<Record<string, string>>;
  /** What to say about it, though it can be used. */
  readonly warnings: readonly string[];
}

/** Where a config file may be. */
export interface ConfigPlaces {
  /** What the flag or the environment names, relative to where the command stands. */
  readonly named: string | undefined;
  readonly cwd: string;
  readonly appRoot: string;
  /** Relative to the app root. */
  readonly entryScript: string | undefined;
}

/** Reads the first config file that exists: the one that is named, the app root's, the one beside the script. Throws {@link ConfigError}. */
export function readConfig({ named, cwd, appRoot, entryScript }: ConfigPlaces): Config {
  const namedFile = named === undefined ? [] : [resolve(cwd, named)];
  const beside = entryScript === undefined ? [] : [join(dirname(resolve(appRoot, entryScript)), NAME)];
  const file = [...namedFile, join(appRoot, NAME), ...beside].find((path) => existsSync(path));
  const missing = namedFile.filter((path) => path !== file).map((path) => `The config file ${path} does not exist; ${file ?? "no other"} is used.`);
  if (file === undefined) return { file, values: {}, warnings: missing };
  const { values, extra } = parse(file);
  return { file, values, warnings: [...missing, ...extra] };
}

/** The milliseconds of one call of run(); 0 is no limit. Texts may carry blanks and ".0", which the original's parser takes too. */
export const scoringTimeout = z
  .union([z.string(), z.number()], { error: expected("a whole number of milliseconds") })
  .transform((value) => (typeof value === "string" && /^\s*\d+(\.0+)?\s*$/.test(value) ? Number(value) : value))
  .refine((value) => Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= LONGEST_TIMER_MS, { error: expected(`a whole number from 0 to ${LONGEST_TIMER_MS}`) })
  .transform(String);

/** One problem with a variable, in the form of the original. */
export const problemWith = (name: string, error: z.ZodError): string => `${name}: ${error.issues[0]?.message} (environment variable: ${name})`;

const word = z.string({ error: expected("a text") });
const flag = z.union([z.boolean(), z.stringbool()], { error: expected("true or false") }).transform(String);
const number = z.union([z.string().regex(/^\d+$/), z.int()], { error: expected("a whole number") }).transform(String);

/** What the original takes from the file. Everything else it reads from the environment only. */
const KEYS: Readonly<Record<string, z.ZodType<string>>> = {
  [ENVIRONMENT.entryScript]: word,
  AZUREML_SOURCE_DIRECTORY: word,
  AZUREML_LOG_LEVEL: word,
  AZUREML_DEBUG_PORT: number,
  APP_INSIGHTS_LOG_RESPONSE_ENABLED: flag,
  [ENVIRONMENT.scoringTimeoutMs]: scoringTimeout,
  [ENVIRONMENT.serviceName]: word,
  [ENVIRONMENT.serviceVersion]: word,
  [ENVIRONMENT.servicePathPrefix]: word,
  [ENVIRONMENT.workspaceName]: word,
  HOSTNAME: word,
};

function parse(file: string): { values: Record<string, string>; extra: string[] } {
  const values: Record<string, string> = {};
  const extra: string[] = [];
  const problems: string[] = [];
  for (const [name, value] of Object.entries(read(file))) {
    const key = KEYS[name];
    if (key === undefined) extra.push(name);
    else if (value !== null) {
      const parsed = key.safeParse(value);
      if (parsed.success) values[name] = parsed.data;
      else problems.push(problemWith(name, parsed.error));
    }
  }
  if (problems.length > 0) throw ConfigError.ofValues(problems);
  const names = extra.map((name) => `'${name}'`).join(", ");
  const warning = `Found extra keys in the config file that are not supported by the server.\nExtra keys = [${names}]`;
  return { values, extra: extra.length === 0 ? [] : [warning] };
}

/** An empty file says nothing, and is none. */
function read(file: string): object {
  try {
    const content = readFileSync(file, "utf8");
    const value: unknown = content === "" ? {} : JSON.parse(content);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
    throw new Error(`expected a JSON object, such as {"${ENVIRONMENT.serviceName}": "credit"}`);
  } catch (error) {
    throw new ConfigError(`Invalid config file!: ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function expected(what: string): (issue: { input?: unknown }) => string {
  return ({ input }) => `expected ${what}; got ${JSON.stringify(input)}`;
}
