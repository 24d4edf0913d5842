/** The whole cluster: started if it does not run, and stopped without a trace but the binaries. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startControlPlane } from "./control-plane.ts";
import { startGateway, stopGateway } from "./gateway.ts";
import { makeNetwork, removeNetwork } from "./network.ts";
import { startNode, stopNode } from "./node.ts";
import { binaries, NAMESPACE_FILE, SOCKETS, STATE } from "./place.ts";
import { daemons, end, inside, run, unmountBelow } from "./processes.ts";
import { installTypes } from "./types.ts";

const DAEMONS = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "containerd", "kubelet", "kube-proxy", "envoy-gateway"];

/** Why no cluster can run here, in words for people; nothing where it can. */
export const obstacle = (): string | undefined => {
  if (process.platform !== "linux") return "a node runs on Linux alone";
  if (process.getuid?.() !== 0) return "a node of the tests' own needs root";
  const tools = ["containerd", "ctr", "runc", "iptables", "conntrack", "ip", "nsenter", "unshare", "openssl"].filter((tool) => !onPath(tool));
  const missing = [...tools, ...(existsSync("/usr/lib/cni/bridge") ? [] : ["/usr/lib/cni/bridge"])];
  return missing.length === 0 ? undefined : `not installed: ${missing.join(", ")} (Debian: containerd runc containernetworking-plugins iptables conntrack iproute2 util-linux openssl)`;
};

const onPath = (tool: string): boolean => (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(`${folder}/${tool}`));

export const isRunning = (): boolean => {
  const alive = new Set(daemons().filter((each) => each.alive).map(({ name }) => name));
  return existsSync(NAMESPACE_FILE) && DAEMONS.every((name) => alive.has(name));
};

export const startCluster = async (): Promise<void> => {
  const missing = obstacle();
  if (missing !== undefined) throw new Error(missing);
  if (isRunning()) return;
  await stopCluster();
  binaries("kubernetes");
  binaries("gateway");
  binaries("crds");
  mkdirSync(STATE, { recursive: true });
  makeNetwork();
  // The API server can be reached from inside alone.
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  if (spawnSync(...inside(process.execPath, [main, "fill"]), { stdio: "inherit" }).status !== 0) throw new Error(`the cluster did not start; logs are in ${STATE}/processes`);
};

/** Starts the daemons, from inside the network namespace. */
export const fillCluster = async (): Promise<void> => {
  const kubernetes = binaries("kubernetes");
  await startControlPlane(kubernetes);
  await Promise.all([startNode(kubernetes), startGateway(kubernetes), installTypes(kubernetes)]);
};

export const stopCluster = async (): Promise<void> => {
  await end("envoy-gateway");
  await stopNode();
  for (const { name } of daemons()) await end(name);
  stopGateway();
  endWhatIsLeft();
  removeNetwork();
  for (const place of [STATE, SOCKETS]) {
    unmountBelow(place);
    await remove(place);
  }
};

/** What the daemons started and left behind is in the namespace too, and in no other way can anything have come there. */
const endWhatIsLeft = (): void => {
  if (!existsSync(NAMESPACE_FILE)) return;
  for (const pid of run("ip", "netns", "pids", NAMESPACE_FILE.split("/").at(-1) ?? "").split("\n").filter(Boolean).map(Number)) {
    try {
      if (pid !== process.pid) process.kill(pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
};

/** A process that was killed a moment ago may still hold a file system. */
const remove = async (place: string): Promise<void> => {
  for (let tries = 50; ; tries--) {
    try {
      return rmSync(place, { recursive: true, force: true });
    } catch (error) {
      if (tries === 0) throw error;
      unmountBelow(place);
      await after(100);
    }
  }
};
