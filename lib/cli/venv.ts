/** Python environments, made from a deployment's file and kept by its content: equal files share one, and a start with nothing new makes none. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { LocalPython, LocalRequirements } from "../compile/local/plan.ts";
import { condaAsPip } from "./conda.ts";
import { lock } from "./lock.ts";
import { refuse } from "./refusal.ts";
import { notNamedIn, pythonIn } from "./requirements.ts";
import { CommandFailed, runCommand } from "./run-command.ts";
import { cacheHome } from "./state.ts";

/** What making an environment needs of its surroundings. */
export interface EnvironmentTools {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal?: AbortSignal | undefined;
  /** Tells what goes on. `passing`: the next line may take its place. */
  say(line: string, passing?: boolean): void;
}

/** A file in an environment that is whole. */
const MARK = "made-from.txt";

interface Recipe {
  readonly file: string;
  /** What the environment is named by. */
  readonly content: string;
  /** Makes it in a folder that does not exist yet. */
  make(folder: string): Promise<void>;
}

/** The interpreter of the environment that a file describes, made if it is not there. */
export const environmentOf = async (python: LocalPython, tools: EnvironmentTools): Promise<string> => {
  const { also = [] } = python;
  const recipe = "requirements" in python ? await pipRecipe(python, also, tools) : await condaRecipe(python.condaFile, also, tools);
  const folder = join(cacheHome(tools.env), "venv", createHash("sha256").update(recipe.content).digest("hex").slice(0, 16));
  const interpreter = join(folder, "bin/python");
  const made = (): boolean => existsSync(join(folder, MARK));
  if (made()) return interpreter;
  mkdirSync(dirname(folder), { recursive: true });
  const unlock = await lock(`${folder}.lock`, tools);
  try {
    if (!made()) await make(recipe, folder, tools);
  } finally {
    unlock();
  }
  return interpreter;
};

/**
 * An environment is made where it stays, because its scripts hold its path; the mark comes last. What a killed run left has no mark and is made
 * anew.
 */
const make = async (recipe: Recipe, folder: string, { say }: EnvironmentTools): Promise<void> => {
  const begin = performance.now();
  say(`making a Python environment from ${recipe.file}`);
  rmSync(folder, { recursive: true, force: true });
  try {
    await recipe.make(folder);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if (!(error instanceof CommandFailed)) throw error;
    return refuse([`${recipe.file} could not be installed: ${error.message}`, ...error.lines.map((line) => `  ${line}`)].join("\n"));
  }
  writeFileSync(join(folder, MARK), `${recipe.file}\n`);
  say(`made the Python environment in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
};

const pipRecipe = async ({ pythonFile, requirements: file }: LocalRequirements, also: readonly string[], tools: EnvironmentTools): Promise<Recipe> => {
  const { base, note, version } = await baseFor(pythonFile, pythonFile === undefined ? undefined : pythonIn(pythonFile), tools);
  const text = textOf(file);
  const more = notNamedIn(text, also);
  const make = async (folder: string): Promise<void> => {
    if (note !== undefined) tools.say(note);
    await makeVenv(base, folder, ["-r", file, ...more], dirname(file), tools);
  };
  return { file, content: contentOf(version, text, more), make };
};

/** Conda itself where it is installed, because only it knows every package; else pip. */
const condaRecipe = async (file: string, also: readonly string[], tools: EnvironmentTools): Promise<Recipe> => {
  const text = readFileSync(file, "utf8");
  const more = notNamedIn(text, also);
  const conda = ["micromamba", "mamba", "conda"].find((name) => onPath(name, tools.env));
  if (conda !== undefined) {
    const make = async (folder: string): Promise<void> => {
      await progress(tools, conda, ["env", "create", "--yes", "--quiet", "--prefix", folder, "--file", file]);
      if (more.length > 0) await pipInstall(folder, more, dirname(file), tools);
    };
    return { file, content: contentOf(conda, text, more), make };
  }
  const { python: wanted, requirements, translated } = condaAsPip(file);
  const { base, note, version } = await baseFor(file, wanted, tools);
  const make = async (folder: string): Promise<void> => {
    if (note !== undefined) tools.say(note);
    if (translated.length > 0) tools.say(`no conda here: ${translated.join(", ")} ${translated.length === 1 ? "is" : "are"} installed by pip, under the same name`);
    await makeVenv(base, folder, [...requirements, ...more], dirname(file), tools);
  };
  return { file, content: contentOf(version, text, more), make };
};

const contentOf = (maker: string, text: string, more: readonly string[]): string => [maker, text, ...more].join("\n");

interface Base {
  readonly base: string;
  readonly version: string;
  /** What to say where it is not the version that was asked for. */
  readonly note?: string;
}

/** The Python that a file asks for, where there is one that runs: a version manager puts names on the path that do not. */
const baseFor = async (file: string | undefined, wanted: string | undefined, tools: EnvironmentTools): Promise<Base> => {
  if (wanted !== undefined && onPath(`python${wanted}`, tools.env)) {
    const version = await pythonVersion(`python${wanted}`, tools).catch(() => undefined);
    tools.signal?.throwIfAborted();
    if (version !== undefined) return { base: `python${wanted}`, version };
  }
  const version = await pythonVersion("python3", tools);
  if (wanted === undefined || version.startsWith(`${wanted}.`)) return { base: "python3", version };
  return { base: "python3", version, note: `${file} asks for Python ${wanted}; there is no python${wanted} here, so Python ${version} is used` };
};

const makeVenv = async (base: string, folder: string, install: readonly string[], cwd: string, tools: EnvironmentTools): Promise<void> => {
  await runCommand(base, ["-m", "venv", folder], { signal: tools.signal });
  if (install.length > 0) await pipInstall(folder, install, cwd, tools);
};

const pipInstall = (folder: string, install: readonly string[], cwd: string, tools: EnvironmentTools): Promise<void> =>
  progress(tools, join(folder, "bin/python"), ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", ...install], cwd);

const progress = async (tools: EnvironmentTools, command: string, args: readonly string[], cwd?: string): Promise<void> => {
  const onLine = (line: string): void => tools.say(`  ${line.trim()}`, true);
  await runCommand(command, args, { signal: tools.signal, onLine, ...(cwd === undefined ? {} : { cwd }) });
};

const pythonVersion = async (interpreter: string, { signal }: EnvironmentTools): Promise<string> => {
  try {
    return (await runCommand(interpreter, ["-c", "import platform; print(platform.python_version())"], { signal })).trim();
  } catch (error) {
    return refuse(`${interpreter} cannot be run, and a Python script needs it (${(error as Error).message}); install Python, or name one with --python`);
  }
};

const onPath = (name: string, env: Readonly<NodeJS.ProcessEnv>): boolean => (env["PATH"] ?? "").split(":").some((folder) => folder !== "" && existsSync(join(folder, name)));

/** A requirements file with the files that it includes: a change of any is another environment. */
const textOf = (file: string, seen: ReadonlySet<string> = new Set()): string => {
  if (seen.has(file)) return "";
  const text = readFileSync(file, "utf8");
  const included = [...text.matchAll(/^\s*(?:-r|-c|--requirement|--constraint)[ =]+(\S+)/gm)].map((match) => resolve(dirname(file), match[1] as string));
  return [text, ...included.filter((path) => existsSync(path)).map((path) => textOf(path, new Set([...seen, file])))].join("\n");
};
