/** Builds what is older than its sources, and makes the Python environments of the tests once for a machine, others when what they are made from changes. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./built.ts";
import { install, make } from "./kept.ts";
import { mlflowEnv, mlflowModels, mlflowModelsScript, mlflowPackages, mlflowPython } from "./mlflow-env.ts";
import { packages } from "./python.ts";

export default function setup(): void {
  build();
  install(packages);
  install(mlflowPackages);
  make(mlflowModels, (folder) => {
    // mlflow leaves folders of its own where it stands.
    const cwd = mkdtempSync(join(tmpdir(), "setup-"));
    try {
      execFileSync(mlflowPython, [mlflowModelsScript, folder], { cwd, stdio: "pipe", env: { ...process.env, ...mlflowEnv } });
    } finally {
      rmSync(cwd, { recursive: true, force: true });
    }
  });
}
