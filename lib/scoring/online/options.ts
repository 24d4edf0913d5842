/** The flags of `serve`, the environment of Azure's images and the config file become one set of settings, or a list of everything that is wrong. */
import { existsSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import type { z } from "zod";
import { ENVIRONMENT, FLAGS, WORKER_ENVIRONMENT } from "../contract.ts";
import type { ServeOptions } from "../contract.ts";
import { ConfigError, problemWith, readConfig, scoringTimeout } from "./config.ts";
import type { Config } from "./config.ts";
import { badOrigins } from "./cors.ts";
import { readFlags } from "./flags.ts";
import { readInsights } from "./insights.ts";
import type { Insights } from "./insights.ts";
import { conflicts } from "./option-conflicts.ts";
import { Environment, Options } from "./option-schemas.ts";
import type { Service } from "./swagger.ts";

/** What runs behind a front, whole: every default is filled in. */
export type Settings = Readonly<z.infer<typeof Options> & z.infer<typeof Environment> & Derived>;

/** What follows from several sources. */
interface Derived {
  /** What `/swagger.json` says of the service. */
  readonly service: Service;
  readonly insights: Insights;
  /** Health is answered on a port of its own, too. */
  readonly separateHealth: boolean;
  /** What workers find in their environment beside what stands in the front's. */
  readonly environment: Readonly<Record<string, string>>;
  /** Lines for the log: nothing is wrong enough to stop. */
  readonly warnings: readonly string[];
}

/** Wrong flags or environment: one line per problem. */
export class OptionsError extends Error {
  override readonly name = "OptionsError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

const NAMES: Readonly<Record<string, string>> = { ...Object.fromEntries(FLAGS), appRoot: ENVIRONMENT.appRoot, workerTimeoutMs: ENVIRONMENT.workerTimeoutSeconds };

/** What stands behind a flag that is not given. */
const VARIABLES: Readonly<Record<string, string>> = {
  entryScript: ENVIRONMENT.entryScript,
  modelDir: ENVIRONMENT.modelDir,
  workerCount: ENVIRONMENT.workerCount,
  corsOrigins: ENVIRONMENT.corsOrigins,
  healthPort: ENVIRONMENT.healthPort,
  ...WORKER_ENVIRONMENT,
};

/** How whoever gave a value has called it. */
const nameOf = (option: string, flags: Sources["flags"]): string => (flags[option] === undefined ? VARIABLES[option] : undefined) ?? NAMES[option] ?? option;

/** The original's sentence, for which tools look, and our own ways. */
const NOTHING =
  "Either provide an entry_script using --entry_script or provide a path to the configuration file using --config_file, " +
  "or the folder of an MLflow or ONNX model using --model_dir, or the address of another server using --upstream-scoring";

/** Settings from flags; what no flag says comes from the environment, then from the config file. Throws {@link OptionsError} and {@link ConfigError}. */
export function parseOptions(argv: readonly string[], env: Readonly<NodeJS.ProcessEnv>, cwd: string): Settings {
  const { values: flags, problems } = readFlags(argv);
  const given = (name: string): string | undefined => (env[name] === "" ? undefined : env[name]);
  const appRoot = given(ENVIRONMENT.appRoot) ?? cwd;
  const named = flags["configFile"] ?? given(ENVIRONMENT.configFile);
  const script = flags["entryScript"] === undefined ? given(ENVIRONMENT.entryScript) : located(flags["entryScript"], cwd);
  const config = problems.length > 0 ? NO_CONFIG : readConfig({ named, cwd, appRoot, entryScript: script });
  const sources: Sources = { flags, env, given, config, appRoot, script, named };
  const options = Options.safeParse(optionValues(sources));
  const environment = Environment.safeParse({
    appRoot,
    workerTimeoutMs: given(ENVIRONMENT.workerTimeoutSeconds),
    versionHeader: isTrue(env[ENVIRONMENT.serverVersionHeader] ?? "true"),
    preload: isTrue(env[ENVIRONMENT.preload]),
  });
  const issues = [...(options.error?.issues ?? []), ...(environment.error?.issues ?? [])];
  const all = [...problems, ...issues.map((issue) => `${nameOf(String(issue.path[0]), flags)}: ${issue.message}`)];
  if (all.length > 0 || !options.success || !environment.success) throw new OptionsError(all);
  return settings(sources, options.data, environment.data);
}

const isTrue = (value: string | undefined): boolean => value?.toLowerCase() === "true";

/** Azure's images install at the start what these name. */
const INSTALLS: readonly string[] = ["AZUREML_EXTRA_CONDA_YAML", "AZUREML_EXTRA_CONDA_YAML_ABS_PATH", "AZUREML_EXTRA_REQUIREMENTS_TXT"];
const NO_CONFIG: Config = { file: undefined, values: {}, warnings: [] };

/** Where values come from. */
interface Sources {
  readonly flags: Readonly<Record<string, string>>;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** A variable of the environment; an empty one is none. */
  readonly given: (name: string) => string | undefined;
  readonly config: Config;
  readonly appRoot: string;
  readonly script: string | undefined;
  /** The config file that flag or environment name. */
  readonly named: string | undefined;
}

const optionValues = ({ flags, given, config, appRoot, script, named }: Sources): Record<string, string | undefined> => ({
  modelDir: given(ENVIRONMENT.modelDir),
  workerCount: given(ENVIRONMENT.workerCount),
  maxBatchSize: given(WORKER_ENVIRONMENT.maxBatchSize),
  maxBatchWaitMs: given(WORKER_ENVIRONMENT.maxBatchWaitMs),
  logFormat: given(WORKER_ENVIRONMENT.logFormat),
  corsOrigins: given(ENVIRONMENT.corsOrigins),
  healthPort: given(ENVIRONMENT.healthPort),
  ...flags,
  configFile: config.file,
  entryScript: flags["upstreamScoring"] !== undefined && flags["entryScript"] === undefined ? undefined : (script ?? config.values[ENVIRONMENT.entryScript] ?? main(appRoot, named)),
});

/** A flag names the script from where the command stands, as in the original; else from the app root. */
function located(script: string, cwd: string): string {
  const here = resolve(cwd, script);
  return script !== "" && existsSync(here) ? realpathSync(here) : script;
}

/** The original serves a module `main` when it was given a config file and no script. */
const main = (appRoot: string, configFile: string | undefined): string | undefined =>
  configFile !== undefined && existsSync(join(appRoot, "main.py")) ? "main.py" : undefined;

function settings(sources: Sources, options: z.infer<typeof Options>, environment: z.infer<typeof Environment>): Settings {
  const { flags, env, config } = sources;
  const separateHealth = env[ENVIRONMENT.separateHealth] === "true";
  refuseConflicts(sources, options, separateHealth);
  const insights = readInsights(flags["appInsightsKey"], env[ENVIRONMENT.appInsightsEnabled], env[ENVIRONMENT.appInsightsKey]);
  const named = (name: string): string | undefined => env[name] ?? config.values[name];
  return {
    ...options,
    ...environment,
    service: {
      name: named(ENVIRONMENT.serviceName),
      version: named(ENVIRONMENT.serviceVersion),
      pathPrefix: named(ENVIRONMENT.servicePathPrefix) ?? options.pathPrefix,
    },
    insights,
    separateHealth,
    environment: variables(sources, options, insights, separateHealth),
    warnings: [...config.warnings, ...installs(env)],
  };
}

function refuseConflicts({ flags, named }: Sources, options: z.infer<typeof Options>, separateHealth: boolean): void {
  const { maxBatchSize, port, metricsPort, healthPort, entryScript, modelDir, upstreamScoring, corsOrigins } = options;
  const has = (option: keyof ServeOptions): boolean => flags[option] !== undefined;
  const nothing = entryScript === undefined && modelDir === undefined && upstreamScoring === undefined && named === undefined;
  const wrong = [
    ...conflicts({ has, maxBatchSize, port, metricsPort, healthPort: separateHealth ? healthPort : undefined }),
    ...badOrigins(corsOrigins).map((problem) => `${nameOf("corsOrigins", flags)}: ${problem}`),
  ];
  if (wrong.length > 0) throw new OptionsError(wrong);
  if (nothing) throw new OptionsError([NOTHING]);
}

function installs(env: Readonly<NodeJS.ProcessEnv>): string[] {
  const set = INSTALLS.filter((name) => (env[name] ?? "") !== "");
  return set.length === 0 ? [] : [`nothing is installed at the start, so ${set.join(", ")} has no effect: inference-endpoints build puts packages into the image`];
}

/** What workers see: the config file's values, and what the original's command writes into its environment. */
function variables({ env, config, named }: Sources, options: z.infer<typeof Options>, insights: Insights, separateHealth: boolean): Record<string, string> {
  const { workerCount, port, healthPort, corsOrigins, configFile } = options;
  const fromFile = Object.entries(config.values).filter(([name]) => env[name] === undefined);
  return {
    ...Object.fromEntries(fromFile),
    ...timeout(env),
    [ENVIRONMENT.workerCount]: String(workerCount),
    SERVER_PORT: String(port),
    [ENVIRONMENT.healthPort]: String(separateHealth ? healthPort : port),
    [ENVIRONMENT.appInsightsEnabled]: String(insights.enabled),
    ...(insights.key === undefined ? {} : { [ENVIRONMENT.appInsightsKey]: insights.key }),
    ...(corsOrigins.length === 0 ? {} : { [ENVIRONMENT.corsOrigins]: corsOrigins.join(",") }),
    ...(named === undefined || configFile === undefined ? {} : { [ENVIRONMENT.configFile]: configFile }),
  };
}

/** The environment's value has the same rules as the file's, and workers read it in its plain form. */
function timeout(env: Readonly<NodeJS.ProcessEnv>): Record<string, string> {
  const name = ENVIRONMENT.scoringTimeoutMs;
  if (env[name] === undefined || env[name] === "") return {};
  const parsed = scoringTimeout.safeParse(env[name]);
  if (!parsed.success) throw ConfigError.ofValues([problemWith(name, parsed.error)]);
  return { [name]: parsed.data };
}
