/** Makes the Python environments of the tests once, and again when what they are made from changes. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mlflowEnv, mlflowFixtures, mlflowModels, mlflowPackages, mlflowPython, mlflowVenv } from "./mlflow-env.ts";
import { packages, venv } from "./python.ts";

export default function setup(): void {
  install(venv, packages);
  install(mlflowVenv, mlflowPackages);
  const script = `${mlflowFixtures}/make_models.py`;
  once(mlflowModels, [...mlflowPackages, readFileSync(script, "utf8")].join("\n"), () => {
    // In one step, so that two test runs at the same time both find whole models.
    const making = `${mlflowModels}-${process.pid}`;
    run(mlflowPython, [script, making]);
    rmSync(mlflowModels, { recursive: true, force: true });
    renameSync(making, mlflowModels);
  });
}

/** Makes an environment that holds these packages, unless it is there. */
export const install = (folder: string, wanted: readonly string[]): void =>
  once(folder, wanted.join("\n"), () => {
    rmSync(folder, { recursive: true, force: true });
    run("python3", ["-m", "venv", folder]);
    run(`${folder}/bin/python`, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...wanted]);
  });

/** A folder that is whole has a note of what it was made from. */
function once(folder: string, from: string, make: () => void): void {
  const stamp = `${folder}/packages.txt`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === from) return;
  make();
  writeFileSync(stamp, from);
}

/** What it says is shown when it fails. Where it runs is gone afterwards: mlflow leaves folders of its own where it stands. */
const run = (file: string, args: readonly string[]): void => {
  const cwd = mkdtempSync(join(tmpdir(), "setup-"));
  try {
    execFileSync(file, args, { cwd, stdio: "pipe", env: { ...process.env, ...mlflowEnv } });
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
};
