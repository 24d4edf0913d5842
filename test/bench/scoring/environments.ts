/** What the bench needs and keeps: one Python environment per peer, because their dependencies conflict, and the models. Made once, and again when what they are made from changes. */
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const cache = here("../../../node_modules/.cache/bench");
const execute = promisify(execFile);
const PIP = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
/** Whose environment trains the models; every environment has the same scikit-learn. */
const TRAINER = "azmlinfsrv";

/** Rows to send, and each model's label for each of them. */
export interface Rows {
  readonly rows: readonly (readonly number[])[];
  readonly labels: Readonly<Record<string, readonly number[]>>;
}

/** The `bin` of an environment, with a slash at the end. Throws what pip said when it cannot be installed. */
export async function environment(name: string): Promise<string> {
  const folder = `${cache}/${name}`;
  const requirements = here(`${name}/requirements.txt`);
  const make = async (): Promise<void> => {
    await run("python3", ["-m", "venv", folder]);
    await run(`${folder}/bin/python`, [...PIP, requirements]);
  };
  await once(folder, [requirements], `installing ${name}`, make);
  return `${folder}/bin/`;
}

/** Where it runs is gone afterwards: mlflow leaves folders of its own where it stands. */
async function run(file: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<void> {
  const cwd = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    await execute(file, args, { cwd, env: { ...process.env, ...more } });
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** The folder of the models, and the rows. */
export async function models(): Promise<Rows & { readonly folder: string }> {
  const folder = `${cache}/models`;
  const bin = await environment(TRAINER);
  await once(folder, [here("models.py"), here(`${TRAINER}/requirements.txt`)], "training the models", () => run(`${bin}python`, [here("models.py"), folder]));
  return { folder, ...(JSON.parse(readFileSync(`${folder}/rows.json`, "utf8")) as Rows) };
}

/** The same models as mlflow saves them. */
export async function mlflowModels(): Promise<string> {
  const folder = `${cache}/mlflow-models`;
  const [bin, { folder: from }] = [await environment("mlflow"), await models()];
  const sources = [here("mlflow/save.py"), here("mlflow/requirements.txt"), `${from}/stamp.txt`];
  await once(folder, sources, "saving the models with mlflow", () => run(`${bin}python`, [here("mlflow/save.py"), from, folder], { MLFLOW_DISABLE_TELEMETRY: "true" }));
  return folder;
}

/** `Python 3.11.7`. */
export const pythonVersion = (): string => execFileSync("python3", ["--version"], { encoding: "utf8" }).trim();

/** Makes the folder unless its stamp says that it was made of these files as they are. */
async function once(folder: string, sources: readonly string[], what: string, make: () => Promise<unknown>): Promise<void> {
  const stamp = `${folder}/stamp.txt`;
  const wanted = createHash("sha256").update(pythonVersion()).update(sources.map((path) => readFileSync(path, "utf8")).join("\0")).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stderr.write(`${what}\n`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await make();
  writeFileSync(stamp, wanted);
}
