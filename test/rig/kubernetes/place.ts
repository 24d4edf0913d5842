/** Where the cluster of the tests lives: one on a machine, in a network namespace of its own. */
import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** No packet can leave it: its only interface is one half of a pair whose other half is in it too. */
export const NAMESPACE = "inference-endpoints";
export const NAMESPACE_FILE = `/var/run/netns/${NAMESPACE}`;

/** The node, and with it everything that runs outside pods. */
export const NODE = { name: "rig", address: "10.99.0.1", prefix: 24 } as const;
export const API_PORT = 6443;
export const PODS = "10.244.0.0/24";
export const SERVICES = "10.96.0.0/16";

const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "inference-endpoints");

/** What a running cluster keeps, images among it; gone when it stops. A temporary file system may be memory. */
export const STATE = join(cache, "cluster");
/** Sockets: their paths may have 107 bytes. */
export const SOCKETS = "/run/inference-endpoints";
export const CONTAINERD = `${SOCKETS}/containerd.sock`;

export const KUBECONFIG = join(STATE, "kubeconfig.json");

/** Parts of which the cluster is made. Those from `argo` on are for tests that need them. */
export type Part = "kubernetes" | "pause" | "gateway" | "crds" | "argo" | "kube-router" | "coredns" | "metrics-server" | "keda" | "prometheus";

/** The folder with a part's binaries, built now if they are missing. */
export const binaries = (part: Part): string => {
  const { status, stdout } = spawnSync(fileURLToPath(new URL("binaries", import.meta.url)), [part], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (status !== 0) throw new Error(`${part} could not be built; test/rig/kubernetes/binaries says why`);
  return stdout.trim();
};
