/** kube-router on the node, for the tests that need it: of its parts the one that enforces NetworkPolicies. Without it nobody does. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binaries, KUBECONFIG, NODE, SERVICES } from "./place.ts";
import { daemon, daemons, listening } from "./processes.ts";

const NAME = "kube-router";
const HEALTH_PORT = 20244;
const BRIDGE = "/proc/sys/net/bridge/bridge-nf-call-iptables";

/** From within the network namespace, where nothing can be built. */
export const startKubeRouter = async (): Promise<void> => {
  if (daemons().some(({ alive, name }) => alive && name === NAME)) return;
  // A bridge passes on by itself what one pod of a node sends to another, unless it is told to ask.
  if (!existsSync(BRIDGE)) throw new Error("NetworkPolicies between pods of one node need br_netfilter of the kernel: modprobe br_netfilter");
  writeFileSync(BRIDGE, "1");
  daemon(NAME, join(binaries(NAME), NAME), [
    `--kubeconfig=${KUBECONFIG}`,
    `--hostname-override=${NODE.name}`,
    `--service-cluster-ip-range=${SERVICES}`,
    "--run-firewall=true",
    ...["router", "service-proxy", "loadbalancer"].map((part) => `--run-${part}=false`),
    "--enable-ipv6=false",
    `--health-port=${HEALTH_PORT}`,
    "--v=1",
  ]);
  await listening(NAME, HEALTH_PORT);
};
