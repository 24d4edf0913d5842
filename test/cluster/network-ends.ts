/** Ends of connections: pods that do nothing, and machines beside the cluster. This machine, their node, connects and listens in their place. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Connection } from "../compile/kubernetes/network-evaluator.ts";
import { apply } from "../rig/kubernetes/apply.ts";
import type { Fields } from "../rig/kubernetes/client.ts";
import { PAUSE } from "../rig/kubernetes/pause.ts";
import { run } from "../rig/kubernetes/processes.ts";
import { client, eventually } from "./cluster.ts";
import { processesOf } from "./inside-pods.ts";

/** Where somebody stands: a network namespace, and an address in it. */
export interface Place {
  readonly address: string;
  readonly namespaceFile: string;
}

export type Target = Connection & { readonly address: string };

const peer = fileURLToPath(new URL("network-peer.ts", import.meta.url));

const startAt = ({ namespaceFile }: Place, what: "connect" | "listen", targets: readonly Target[]): ChildProcess =>
  spawn("nsenter", [`--net=${namespaceFile}`, process.execPath, peer, what, JSON.stringify(targets)], { stdio: ["pipe", "pipe", "inherit"] });

const firstLine = async (child: ChildProcess): Promise<string> => {
  for await (const line of createInterface(child.stdout!)) return line;
  throw new Error(`nothing was said at the other end, which ended with ${child.exitCode}`);
};

/** Which of the targets are reached from there, in their order. */
export const reachedFrom = async (place: Place, targets: readonly Target[]): Promise<boolean[]> => JSON.parse(await firstLine(startAt(place, "connect", targets))) as boolean[];

/** Answers at these ports and addresses, which are the place's, whoever comes. */
export const listenAt = async (place: Place, targets: readonly Target[]): Promise<AsyncDisposable> => {
  const child = startAt(place, "listen", targets);
  await firstLine(child);
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
};

/** A pod that runs, as a place. */
export const placeOf = async (path: string): Promise<Place> =>
  eventually(async () => {
    const pod = await client.ask("GET", path);
    const [first] = processesOf(pod);
    const address = pod["status"].podIP as string | undefined;
    return first === undefined || address === undefined ? undefined : { address, namespaceFile: `/proc/${first.pid}/ns/net` };
  });

/** A pod that does nothing, and is gone after the test. */
export const newPod = async (namespace: string, name: string, labels: Readonly<Record<string, string>>): Promise<Place & AsyncDisposable> => {
  const object = { apiVersion: "v1", kind: "Pod", metadata: { name, namespace, labels }, spec: IDLE };
  await apply(client, object);
  const path = await client.path(object);
  return { ...(await placeOf(path)), [Symbol.asyncDispose]: async () => void (await client.send("DELETE", `${path}?gracePeriodSeconds=0`)) };
};

const IDLE: Fields = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  automountServiceAccountToken: false,
  containers: [{ name: "idle", image: PAUSE, imagePullPolicy: "Never", securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } }],
};

const OUTSIDE = "inference-endpoints-outside";

/** Machines of these addresses on a network beside the node's, which is a network namespace of its own. */
export const newMachines = (addresses: readonly string[]): Place & AsyncDisposable => {
  const namespaceFile = `/var/run/netns/${OUTSIDE}`;
  const there = (...args: readonly string[]): string => run("nsenter", `--net=${namespaceFile}`, "ip", ...args);
  // Of a run that was killed.
  if (existsSync(namespaceFile)) run("ip", "netns", "delete", OUTSIDE);
  if (existsSync("/sys/class/net/outside0")) run("ip", "link", "delete", "outside0");
  run("ip", "netns", "add", OUTSIDE);
  run("ip", "link", "add", "outside0", "type", "veth", "peer", "name", "outside1", "netns", OUTSIDE);
  run("ip", "link", "set", "outside0", "up");
  // The node answers there for its pods, as a router does.
  writeFileSync("/proc/sys/net/ipv4/conf/outside0/proxy_arp", "1");
  there("link", "set", "lo", "up");
  there("link", "set", "outside1", "up");
  for (const address of addresses) {
    there("address", "add", `${address}/32`, "dev", "outside1");
    run("ip", "route", "add", `${address}/32`, "dev", "outside0");
  }
  there("route", "add", "default", "dev", "outside1");
  return { address: addresses[0] ?? "", namespaceFile, [Symbol.asyncDispose]: async () => void run("ip", "netns", "delete", OUTSIDE) };
};
