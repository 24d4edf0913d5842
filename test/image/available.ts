/** Run by itself: whether the tests of this folder can run here. Where they cannot, says why and exits with 75; any other code is a defect. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { docker, NoDocker, obstacle, startDocker, type Docker } from "./docker.ts";

/** `EX_TEMPFAIL` of sysexits: not wrong, and not here. */
const CANNOT = 75;
const PATIENCE_MS = 60_000;

/** A daemon may answer on a machine whose kernel lets it start no container: one is built from a shell, and run. */
const tryOut = ({ env, folder }: Docker): void => {
  const context = mkdtempSync(join(folder, "try-"));
  const libraries = spawnSync("ldd", ["/bin/sh"], { encoding: "utf8" }).stdout.match(/\/\S+(?= \()/g) ?? [];
  for (const file of ["/bin/sh", ...libraries]) {
    mkdirSync(join(context, "root", dirname(file)), { recursive: true });
    copyFileSync(file, join(context, "root", file));
  }
  writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY root/ /\nRUN echo built > /built\n");
  try {
    docker(env, ["build", "--network", "host", "--tag", "try", context], PATIENCE_MS);
    docker(env, ["run", "--rm", "--network", "none", "--read-only", "--cap-drop", "ALL", "try", "/bin/sh", "-c", "read word < /built && [ $word = built ]"], PATIENCE_MS);
  } catch (error) {
    throw new NoDocker(`dockerd runs here, and no container does: ${(error as Error).message}`);
  }
};

const check = async (): Promise<void> => {
  const missing = obstacle();
  if (missing !== undefined) throw new NoDocker(missing);
  const daemon = await startDocker();
  try {
    tryOut(daemon);
  } finally {
    await daemon.stop();
  }
};

await check().catch((error: unknown) => {
  if (!(error instanceof NoDocker)) throw error;
  process.stdout.write(`${error.message}\n`);
  process.exitCode = CANNOT;
});
