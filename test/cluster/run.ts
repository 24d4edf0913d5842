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
import { isRunning, startCluster, stopCluster } from "../rig/kubernetes/cluster.ts";
import { binaries, KUBECONFIG } from "../rig/kubernetes/place.ts";
import { inside } from "../rig/kubernetes/processes.ts";
import setUpEngine from "../engine/setup.ts";
import { bringImage } from "./image.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));
const isExternal = process.env["RIG"] === "external";
const keeps = process.env["RIG_KEEP"] === "1";

const said = async <T>(what: string, act: () => T | Promise<T>): Promise<T> => {
  const begin = performance.now();
  const result = await act();
  console.log(`test:cluster: ${what} in ${((performance.now() - begin) / 1000).toFixed(0)} s`);
  return result;
};

/** Signals go on to it, so that whatever happens the cluster is ended afterwards. */
const vitest = (env: NodeJS.ProcessEnv): Promise<number> => {
  const args = [`${top}/node_modules/vitest/vitest.mjs`, "run", "--config", "test/cluster/vitest.config.ts", ...process.argv.slice(2)];
  const [file, rest] = isExternal ? [process.execPath, args] : inside(process.execPath, args);
  const child = spawn(file, rest, { cwd: top, env, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
};

const own = async (): Promise<number> => {
  if (!keeps && isRunning()) await stopCluster();
  await said("cluster ready", startCluster);
  try {
    await said("scoring image on its node", bringImage);
    return await vitest({ ...process.env, KUBECONFIG, PATH: `${binaries("kubernetes")}:${process.env["PATH"]}` });
  } finally {
    if (!keeps) await said("cluster gone", stopCluster);
  }
};

await said("Pulumi's engine ready", setUpEngine);
if (isExternal && process.env["KUBECONFIG"] === undefined) throw new Error("RIG=external needs KUBECONFIG");
process.exitCode = isExternal ? await vitest(process.env) : await own();
