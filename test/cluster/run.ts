/**
 * `npm run test:cluster`: a cluster, the scoring image in it, the engine, and then the tests, inside the cluster's network namespace.
 *
 *     npm run test:cluster -- requests    the files of that name alone
 *     RIG_KEEP=1                          the cluster stays, and the next run finds it
 *     RIG=external KUBECONFIG=…           another cluster, with the images of `image.ts` and a Gateway like that of `test/rig/kubernetes/gateway.ts`:
 *                                         RIG_GATEWAY is its host, RIG_CA the file of who signed its certificate
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { install } from "../kept.ts";
import { packages } from "../python.ts";
import { isRunning, startCluster, stopCluster } from "../rig/kubernetes/cluster.ts";
import { binaries, KUBECONFIG } from "../rig/kubernetes/place.ts";
import { inside } from "../rig/kubernetes/processes.ts";
import setUpEngine from "../engine/setup.ts";
import { bringImage } from "./image.ts";
import { PROJECTS } from "./projects.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));
const isExternal = process.env["RIG"] === "external";
const filters = process.argv.slice(2);
const keeps = process.env["RIG_KEEP"] === "1";

const said = async <T>(what: string, act: () => T | Promise<T>): Promise<T> => {
  const begin = performance.now();
  const result = await act();
  console.log(`test:cluster: ${what} in ${((performance.now() - begin) / 1000).toFixed(0)} s`);
  return result;
};

/** Runs one part of `vitest.config.ts`. Signals go on to it, so that whatever happens the cluster is ended afterwards. */
const vitest = (project: string, env: NodeJS.ProcessEnv): Promise<number> => {
  const args = [`${top}/node_modules/vitest/vitest.mjs`, "run", "--config", "test/cluster/vitest.config.ts", "--project", project, "--passWithNoTests", ...filters];
  const [file, rest] = isExternal ? [process.execPath, args] : inside(process.execPath, args);
  const child = spawn(file, rest, { cwd: top, env, stdio: "inherit" });
  const pass = (signal: NodeJS.Signals): boolean => child.kill(signal);
  process.on("SIGINT", pass).on("SIGTERM", pass);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      process.off("SIGINT", pass).off("SIGTERM", pass);
      resolve(code ?? 1);
    });
  });
};

/** One after the other: what counts lost requests has the machine to itself. */
const all = async (env: NodeJS.ProcessEnv): Promise<number> => {
  for (const project of PROJECTS) {
    const code = await vitest(project, env);
    if (code !== 0) return code;
  }
  return 0;
};

const own = async (): Promise<number> => {
  if (!keeps && isRunning()) await stopCluster();
  await said("cluster ready", startCluster);
  try {
    await said("scoring image on its node", bringImage);
    return await all({ ...process.env, KUBECONFIG, PATH: `${binaries("kubernetes")}:${process.env["PATH"]}` });
  } finally {
    if (!keeps) await said("cluster gone", stopCluster);
  }
};

await said("Pulumi's engine ready", setUpEngine);
// Here, because no package registry can be reached from within.
await said("Python environment ready", () => install(packages));
if (isExternal && process.env["KUBECONFIG"] === undefined) throw new Error("RIG=external needs KUBECONFIG");
process.exitCode = isExternal ? await all(process.env) : await own();
