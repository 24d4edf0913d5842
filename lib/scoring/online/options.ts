/** The flags of `serve` and the environment of Azure's images become one set of settings, or a list of everything that is wrong. */
import { z } from "zod";
import { ENVIRONMENT, FLAGS, MAX_BODY_BYTES } from "../contract.ts";
import type { ServeOptions } from "../contract.ts";

/** What runs behind a front, whole: every default is filled in. */
export type Settings = Readonly<z.infer<typeof Options> & z.infer<typeof Environment>>;

/** Wrong flags or environment: one line per problem. */
export class OptionsError extends Error {
  override readonly name = "OptionsError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

const whole = (low: number, high: number) =>
  z
    .union([z.string(), z.number()])
    .transform((value) => (typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value))
    .refine((value): value is number => Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high, {
      error: ({ input }) => `expected a whole number from ${low}${high === MANY ? "" : ` to ${high}`}; got ${JSON.stringify(input)}`,
    });
const MANY = Number.MAX_SAFE_INTEGER;
/** The longest that setTimeout can wait. */
const LONGEST_MS = 2 ** 31 - 1;

const text = z.string().min(1, "expected a text that is not empty");

const script = text.refine((path) => path.endsWith(".py"), {
  error: ({ input }) => `expected a Python script, *.py; got ${JSON.stringify(input)}`,
});

const prefix = z
  .string()
  .regex(/^(\/[\w.~-]+)+\/?$/, { error: ({ input }) => `expected a path such as /endpoints/credit; got ${JSON.stringify(input)}` })
  .transform((path) => path.replace(/\/$/, ""));

const Options = z.object({
  host: text.default("127.0.0.1"),
  port: whole(0, 65_535).default(5001),
  entryScript: script.optional(),
  modelDir: text.optional(),
  workerCount: whole(1, 1024).default(1),
  python: text.default("python3"),
  deployment: text.optional(),
  statuses: z
    .enum(["raw", "managed"], { error: ({ input }) => `expected raw or managed; got ${JSON.stringify(input)}` })
    .default("raw"),
  pathPrefix: z.union([z.literal(""), prefix], { error: ({ input }) => `expected a path such as /endpoints/credit; got ${JSON.stringify(input)}` }).default(""),
  keys: text.optional(),
  maxInFlight: whole(1, MANY).optional(),
  requestTimeoutMs: whole(1, LONGEST_MS).optional(),
  maxQueueWaitMs: whole(0, LONGEST_MS).optional(),
  maxBodyBytes: whole(0, MANY).default(MAX_BODY_BYTES),
} satisfies Record<keyof ServeOptions, z.ZodType>);

const Environment = z.object({
  appRoot: text,
  workerTimeoutMs: whole(1, Math.floor(LONGEST_MS / 1000))
    .default(300)
    .transform((seconds) => seconds * 1000),
  scoringTimeoutMs: whole(1, LONGEST_MS).optional(),
  versionHeader: z.boolean(),
});

const NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(FLAGS),
  appRoot: ENVIRONMENT.appRoot,
  workerTimeoutMs: ENVIRONMENT.workerTimeoutSeconds,
  scoringTimeoutMs: ENVIRONMENT.scoringTimeoutMs,
};

/** Settings from flags; what no flag says comes from the environment. Throws {@link OptionsError}. */
export function parseOptions(argv: readonly string[], env: Readonly<NodeJS.ProcessEnv>, cwd: string): Settings {
  const { values, problems } = readFlags(argv);
  const given = (name: string): string | undefined => (env[name] === "" ? undefined : env[name]);
  const options = Options.safeParse({
    entryScript: given(ENVIRONMENT.entryScript),
    modelDir: given(ENVIRONMENT.modelDir),
    workerCount: given(ENVIRONMENT.workerCount),
    ...values,
  });
  const flag = given(ENVIRONMENT.serverVersionHeader);
  const environment = Environment.safeParse({
    appRoot: given(ENVIRONMENT.appRoot) ?? cwd,
    workerTimeoutMs: given(ENVIRONMENT.workerTimeoutSeconds),
    scoringTimeoutMs: given(ENVIRONMENT.scoringTimeoutMs),
    versionHeader: flag === undefined || flag === "true",
  });
  const issues = [...(options.error?.issues ?? []), ...(environment.error?.issues ?? [])];
  const all = [...problems, ...issues.map((issue) => `${NAMES[String(issue.path[0])] ?? String(issue.path[0])}: ${issue.message}`)];
  if (all.length > 0 || !options.success || !environment.success) throw new OptionsError(all);
  return { ...options.data, ...environment.data };
}

/** `--flag value` and `--flag=value`. A value may begin with a dash: flags have exactly one. */
function readFlags(argv: readonly string[]): { values: Record<string, string>; problems: string[] } {
  const byFlag = new Map(FLAGS.map(([key, flag]) => [flag, key]));
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const [flag = "", ...rest] = (argv[at] ?? "").split("=");
    const key = byFlag.get(flag);
    const value = rest.length > 0 ? rest.join("=") : key === undefined ? undefined : argv[++at];
    if (key === undefined) problems.push(unknown(flag, byFlag));
    else if (value === undefined) problems.push(`${flag}: a value is missing`);
    else if (values[key] !== undefined) problems.push(`${flag}: given twice`);
    else values[key] = value;
  }
  return { values, problems };
}

/** `--worker-count` and `--worker_count` are told apart by nobody but a parser. */
function unknown(flag: string, known: ReadonlyMap<string, unknown>): string {
  if (!flag.startsWith("-")) return `unexpected argument ${JSON.stringify(flag)}`;
  const bare = (name: string): string => name.replaceAll(/[-_]/g, "").toLowerCase();
  const meant = [...known.keys()].find((name) => bare(name) === bare(flag));
  return `unknown flag ${flag}${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}
