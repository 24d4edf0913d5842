/** The network namespace. */
import { existsSync, writeFileSync } from "node:fs";
import { NAMESPACE, NAMESPACE_FILE, NODE } from "./place.ts";
import { inside, run } from "./processes.ts";

export const makeNetwork = (): void => {
  if (existsSync(NAMESPACE_FILE)) return;
  run("ip", "netns", "add", NAMESPACE);
  const ip = (...args: readonly string[]): string => run(...flat("ip", args));
  ip("link", "set", "lo", "up");
  // Some kernels have no dummy interface; a pair whose other end leads nowhere is as good.
  ip("link", "add", "eth0", "type", "veth", "peer", "name", "eth1");
  ip("addr", "add", `${NODE.address}/${NODE.prefix}`, "dev", "eth0");
  for (const end of ["eth0", "eth1"]) ip("link", "set", end, "up");
  ip("route", "add", "default", "dev", "eth0");
  run(...flat("sh", ["-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"]));
};

const flat = (file: string, args: readonly string[]): [string, ...string[]] => {
  const [outer, rest] = inside(file, args);
  return [outer, ...rest];
};

export const removeNetwork = (): void => {
  if (existsSync(NAMESPACE_FILE)) run("ip", "netns", "delete", NAMESPACE);
};

/** How the processes of pods find names, where a test starts something that knows them. */
export const writeResolver = (file: string): void => writeFileSync(file, `nameserver ${NODE.address}\n`);
