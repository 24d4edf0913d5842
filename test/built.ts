/** The commands as a package has them: plain JavaScript, which starts in half the time of types that Node strips. */
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const top = fileURLToPath(new URL("..", import.meta.url));

/** `inference-endpoints`. */
export const CLI = join(top, "dist/cli/main.js");
/** The scoring server alone. */
export const SERVER = join(top, "dist/scoring/online/main.js");
/** The service of batch jobs alone. */
export const BATCH_SERVICE = join(top, "dist/scoring/batch/main.js");

/** Builds what is older than its sources, before tests begin. Of a build the container's recipe is written last, and only if all went well. */
export const build = (): void => {
  const made = statSync(join(top, "dist/Dockerfile"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(top, "lib"), { recursive: true, encoding: "utf8" }).map((file) => join("lib", file));
  if ([...sources, "package.json", "package-lock.json", "tsconfig.json"].every((file) => statSync(join(top, file)).mtimeMs <= made)) return;
  if (spawnSync("npm", ["run", "--silent", "build"], { cwd: top, stdio: "inherit" }).status !== 0) throw new Error("lib/ cannot be built");
};
