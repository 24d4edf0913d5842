/** Finds the real engine, or builds it, before the lives. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export default function setup(): void {
  const { status, stdout } = spawnSync(fileURLToPath(new URL("../rig/pulumi", import.meta.url)), { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (status !== 0) throw new Error("there is no Pulumi engine to test with; test/rig/pulumi says why");
  // The folder of the CLI and its language host, for the processes of the tests.
  process.env["RIG_PULUMI"] = stdout.trim();
}
