/** Which Python runs a deployment's script: the one that was named, a cached environment, `.venv`, or `python3`. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LocalSources } from "../compile/local/plan.ts";
import { refuse } from "./refusal.ts";
import { environmentOf, type EnvironmentTools } from "./venv.ts";

/** Where to look. */
export interface PythonOptions extends EnvironmentTools {
  /** `--python`. */
  readonly python?: string | undefined;
  /** Folder of the program. */
  readonly programFolder: string;
}

/** An interpreter, and where a missing package is to be written down. */
export interface Python {
  readonly interpreter: string;
  /** How the advice about a missing package ends. */
  readonly addTo: string;
}

/** Chooses for one deployment. ONNX files, scripts in JavaScript and custom containers need none. */
export const choosePython = async (deployment: LocalSources<string>, options: PythonOptions): Promise<Python | undefined> => {
  if (!deployment.needsPython) return undefined;
  const file = fileOf(deployment.python);
  const write = file === undefined ? 'a requirements file, and name it: environment: { requirements: "./requirements.txt" }' : file;
  if (options.python !== undefined && !runs(options.python)) refuse(`--python: ${JSON.stringify(options.python)} cannot be run as Python`);
  if (options.python !== undefined) return { interpreter: options.python, addTo: `${write} (${options.python} was named with --python: install it there)` };
  if (deployment.python !== undefined) return { interpreter: await environmentOf(deployment.python, options), addTo: write };
  const venv = nearVenv([options.programFolder, deployment.code]);
  if (venv !== undefined) return { interpreter: venv, addTo: `${write}; or install it into ${dirname(dirname(venv))}` };
  return { interpreter: "python3", addTo: write };
};

const runs = (python: string): boolean => spawnSync(python, ["--version"], { stdio: "ignore" }).status === 0;

const fileOf = (python: LocalSources<string>["python"]): string | undefined =>
  python === undefined ? undefined : "requirements" in python ? python.requirements : python.condaFile;

/** `.venv` beside the program, in the code's folder, or beside that. */
const nearVenv = ([program, code]: readonly (string | undefined)[]): string | undefined =>
  [program, code, code === undefined ? undefined : dirname(code)]
    .flatMap((folder) => (folder === undefined ? [] : [join(folder, ".venv/bin/python")]))
    .find((path) => existsSync(path));

/** What a worker's reason for not starting means to someone who must mend it. */
export const explainMissing = (reason: string, python: Python | undefined): string | undefined => {
  const module = /No module named '([^']+)'/.exec(reason)?.[1]?.split(".")[0];
  return module === undefined || python === undefined ? undefined : `the Python package of module ${JSON.stringify(module)} is not installed; add it to ${python.addTo}`;
};
