/**
 * `npm run test:cluster`: a cluster, the scoring image in it, the engine, and then the tests, inside the cluster's network namespace.
 *
 *     npm run test:cluster -- auth        the files of that name alone
 *     RIG_KEEP=1                          the cluster stays, and the next run finds it, with what `policies` enforces in it
 *     RIG=external KUBECONFIG=…           another cluster, with the images of `image.ts`, the types of `test/rig/kubernetes/types.ts`, and a Gateway
 *                                         like that of `gateway.ts` beside it: RIG_GATEWAY is its host, RIG_CA the file of who signed its certificate.
 *                                         RIG_HERE is the address at which its pods reach this machine. For `pipelines` it has Argo's controller; for `scaling` metrics-server and KEDA, and RIG_PROMETHEUS is the address
 *                                         inside it of a Prometheus that asks the endpoints' pods; `policies` wants a node of the tests' own
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { install } from "../kept.ts";
import { packages } from "../python.ts";
import { isRunning, startCluster, stopCluster } from "../rig/kubernetes/cluster.ts";
import { binaries, KUBECONFIG } from "../rig/kubernetes/place.ts";
import { inside } from "../rig/kubernetes/processes.ts";
import setUpEngine from "../engine/setup.ts";
import { bringImage } from "./image.ts";
import { groupsOf, MORE, type Lane } from "./projects.ts";

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

const children = new Set<ChildProcess>();
let stopped = false;
/** Signals go on to what runs, so that whatever happens the cluster is ended afterwards. */
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    stopped = true;
    for (const child of children) child.kill(signal);
  });

const vitest = (lane: Lane, env: NodeJS.ProcessEnv): Promise<number> => {
  const args = [`${top}/node_modules/vitest/vitest.mjs`, "run", "--config", "test/cluster/vitest.config.ts", "--project", lane, "--passWithNoTests", ...filters];
  const [file, rest] = isExternal ? [process.execPath, args] : inside(process.execPath, args);
  const child = spawn(file, rest, { cwd: top, env, stdio: "inherit" });
  children.add(child);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      children.delete(child);
      resolve(code ?? 1);
    });
  });
};

/** What stands on the command line and is no option names a file of tests, or nothing would be tested and all be well. */
const tests = readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".test.ts"));
const named = filters.filter((each, i) => !each.startsWith("-") && filters[i - 1]?.startsWith("-") !== true);
const unknown = named.filter((each) => !tests.some((name) => `test/cluster/${name}`.includes(each)));
if (unknown.length > 0) throw new Error(`no test file is called ${unknown.join(", ")}; there are ${tests.join(", ")}`);

/** What a part needs beside the cluster. Here, as the environment of Python is. */
const prepare = async (lanes: readonly Lane[]): Promise<void> => {
  const parts = isExternal ? [] : lanes.flatMap((lane) => MORE[lane] ?? []);
  if (parts.length > 0) await said(`${parts.join(", ")} ready`, () => void parts.map(binaries));
};

/** All of them, whatever becomes of the first. */
const all = async (env: NodeJS.ProcessEnv): Promise<number> => {
  const codes: number[] = [];
  for (const lanes of groupsOf(named)) {
    if (stopped) break;
    await prepare(lanes);
    codes.push(...(await Promise.all(lanes.map((lane) => vitest(lane, env)))));
  }
  return codes.find((code) => code !== 0) ?? (stopped ? 1 : 0);
};

const own = async (): Promise<number> => {
  // Where it could not, the cluster says what is missing.
  spawnSync(`${top}/test/rig/debian`, ["docker", "cluster"], { stdio: "inherit" });
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
