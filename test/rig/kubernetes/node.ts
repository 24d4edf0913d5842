/** The one node: containerd, the kubelet and kube-proxy. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { connect } from "./client.ts";
import { AUTHORITY } from "./control-plane.ts";
import { writeResolver } from "./network.ts";
import { PAUSE, pauseArchive } from "./pause.ts";
import { binaries, CONTAINERD, KUBECONFIG, NODE, PODS, SOCKETS, STATE } from "./place.ts";
import { daemon, daemons, end, run, unmountBelow, until } from "./processes.ts";

const folder = join(STATE, "node");

export const startNode = async (kubernetes: string): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  await startContainerd();
  ctr("images", "import", pauseArchive(binaries("pause"), folder));
  startKubelet(kubernetes);
  startProxy(kubernetes);
  await until("the node to be ready", async () => {
    const { body } = await connect(KUBECONFIG).send("GET", `/api/v1/nodes/${NODE.name}`);
    return (body["status"]?.conditions as { type: string; status: string }[] | undefined)?.some(({ status, type }) => type === "Ready" && status === "True");
  });
};

/** Images and containers of the cluster are in this namespace of containerd's. */
export const ctr = (...args: readonly string[]): string => run("ctr", "--address", CONTAINERD, "--namespace", "k8s.io", ...args);

/** Every container ends, then what held them. */
export const stopNode = async (): Promise<void> => {
  await end("kubelet");
  await end("kube-proxy");
  if (daemons().some(({ alive, name }) => name === "containerd" && alive)) {
    const tasks = ctr("tasks", "list", "--quiet").split("\n").filter(Boolean);
    // Killed ones end with a code of their own, and one that ended meanwhile is not there: neither is a failure.
    if (tasks.length > 0) spawnSync("ctr", ["--address", CONTAINERD, "--namespace", "k8s.io", "tasks", "delete", "--force", ...tasks], { stdio: "ignore" });
  }
  await end("containerd");
  for (const place of [folder, SOCKETS]) {
    unmountBelow(place);
    await after(0);
  }
};

const startContainerd = async (): Promise<void> => {
  mkdirSync(SOCKETS, { recursive: true });
  mkdirSync(join(folder, "cni"), { recursive: true });
  writeFileSync(join(folder, "cni/rig.conflist"), JSON.stringify(CNI));
  writeFileSync(join(folder, "containerd.toml"), CONTAINERD_CONFIG);
  daemon("containerd", "containerd", ["--config", join(folder, "containerd.toml")]);
  await until("containerd", () => run("ctr", "--address", CONTAINERD, "version") !== "");
};

const CNI = {
  cniVersion: "0.4.0",
  name: "rig",
  plugins: [
    { type: "bridge", bridge: "cni0", isGateway: true, ipMasq: false, hairpinMode: true, ipam: { type: "host-local", dataDir: join(folder, "addresses"), ranges: [[{ subnet: PODS }]], routes: [{ dst: "0.0.0.0/0" }] } },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
};

/** Without the score kept, no container starts where this runs in a container itself: "can't get final child's PID from pipe". */
const CONTAINERD_CONFIG = `version = 2
root = "${join(folder, "containerd")}"
state = "${SOCKETS}/state"
[grpc]
address = "${CONTAINERD}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${PAUSE}"
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "${join(folder, "cni")}"
[plugins."io.containerd.internal.v1.opt"]
path = "${join(folder, "opt")}"
`;

const startKubelet = (kubernetes: string): void => {
  writeResolver(join(folder, "resolv.conf"));
  const config = {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: "0.0.0.0",
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: AUTHORITY } },
    authorization: { mode: "Webhook" },
    cgroupDriver: "cgroupfs",
    clusterDNS: [NODE.address],
    clusterDomain: "cluster.local",
    containerRuntimeEndpoint: `unix://${CONTAINERD}`,
    enforceNodeAllocatable: [],
    evictionHard: { "memory.available": "50Mi", "nodefs.available": "1%", "nodefs.inodesFree": "1%", "imagefs.available": "1%" },
    failCgroupV1: false,
    failSwapOn: false,
    imageGCHighThresholdPercent: 100,
    localStorageCapacityIsolation: false,
    maxPods: 250,
    resolvConf: join(folder, "resolv.conf"),
    // A changed Secret reaches its pods within this time and a little more.
    syncFrequency: "5s",
  };
  writeFileSync(join(folder, "kubelet.json"), JSON.stringify(config));
  const flags = ["--config", join(folder, "kubelet.json"), "--kubeconfig", KUBECONFIG, "--root-dir", join(folder, "kubelet"), "--hostname-override", NODE.name, "--node-ip", NODE.address, "--cert-dir", join(folder, "certificates")];
  daemon("kubelet", join(kubernetes, "kubelet"), flags);
};

const startProxy = (kubernetes: string): void => {
  const config = {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig: KUBECONFIG },
    clusterCIDR: PODS,
    // What is the machine's to set stays as it is.
    conntrack: { maxPerCore: 0 },
    hostnameOverride: NODE.name,
    mode: "iptables",
  };
  writeFileSync(join(folder, "kube-proxy.json"), JSON.stringify(config));
  daemon("kube-proxy", join(kubernetes, "kube-proxy"), ["--config", join(folder, "kube-proxy.json")]);
};
