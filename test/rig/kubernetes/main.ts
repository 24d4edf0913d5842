/**
 * The cluster of the tests, by hand:
 *
 *     node test/rig/kubernetes/main.ts start            builds what is missing, and starts it unless it runs
 *     node test/rig/kubernetes/main.ts stop             ends it; binaries stay
 *     node test/rig/kubernetes/main.ts reset            a new one
 *     node test/rig/kubernetes/main.ts run <command>    a command inside its network namespace, with KUBECONFIG and its kubectl
 */
import { spawnSync } from "node:child_process";
import { fillCluster, startCluster, stopCluster } from "./cluster.ts";
import { binaries, KUBECONFIG } from "./place.ts";
import { inside } from "./processes.ts";

const [verb, ...rest] = process.argv.slice(2);

const runInside = (): void => {
  const env = { ...process.env, KUBECONFIG, PATH: `${binaries("kubernetes")}:${process.env["PATH"]}` };
  process.exitCode = spawnSync(...inside("env", rest), { env, stdio: "inherit" }).status ?? 1;
};

const verbs: Readonly<Record<string, () => void | Promise<void>>> = {
  start: startCluster,
  stop: stopCluster,
  reset: async () => {
    await stopCluster();
    await startCluster();
  },
  run: runInside,
  fill: fillCluster,
};

const chosen = verbs[verb ?? ""];
if (chosen === undefined) {
  process.stderr.write(`usage: main.ts start|stop|reset|run <command>\n`);
  process.exitCode = 64;
} else await chosen();
