/** The daemons of the cluster. They outlive the program that starts them, and are ended by what their files say of them. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { KUBECONFIG, NAMESPACE_FILE, NODE, STATE } from "./place.ts";

const folder = join(STATE, "processes");

/** Runs a command to its end, and gives what it prints. */
export const run = (file: string, ...args: readonly string[]): string => execFileSync(file, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 64 * 1024 * 1024 });

/** A command as it runs inside the network namespace. Not `ip netns exec`, which mounts another /sys, where the kubelet finds no cgroups. */
export const inside = (file: string, args: readonly string[]): [string, string[]] => ["nsenter", [`--net=${NAMESPACE_FILE}`, file, ...args]];

/** The same of what asks the cluster something. */
export const inCluster = (env: Readonly<Record<string, string>>, file: string, ...args: readonly string[]): [string, ...string[]] => {
  const [outer, rest] = inside("env", [...Object.entries({ KUBECONFIG, ...env }).map(([name, value]) => `${name}=${value}`), file, ...args]);
  return [outer, ...rest];
};

export interface Daemon {
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a daemon in the namespace; its log is `<state>/processes/<name>.log`. */
export const daemon = (name: string, file: string, args: readonly string[], { env = {} }: Daemon = {}): void => {
  mkdirSync(folder, { recursive: true });
  const log = openSync(logOf(name), "a");
  const child = spawn(...inside(file, args), { cwd: STATE, detached: true, stdio: ["ignore", log, log], env: { PATH: process.env["PATH"], HOME: STATE, ...env } });
  if (child.pid === undefined) throw new Error(`${name} cannot be started: ${file}`);
  writeFileSync(join(folder, `${name}.pid`), `${child.pid} ${startOf(child.pid)}`);
  child.unref();
};

export const logOf = (name: string): string => join(folder, `${name}.log`);

/** A daemon accepts connections at a port of the node, which the caller must be able to reach; where it does not, the end of its log says why. */
export const listening = async (name: string, port: number): Promise<void> => {
  const accepts = async (): Promise<boolean> => {
    const socket = connect({ host: NODE.address, port });
    try {
      await once(socket, "connect");
      return true;
    } finally {
      socket.destroy();
    }
  };
  await until(`${name} to listen at port ${port}`, accepts).catch((error: Error) => {
    const log = readFileSync(logOf(name), "utf8").trimEnd().split("\n").slice(-10).join("\n");
    throw new Error(`${error.message}; its log ends with:\n${log}`, { cause: error });
  });
};

/** Daemons of which there is a file, the newest last; whether each still runs. */
export const daemons = (): { readonly name: string; readonly pid: number; readonly alive: boolean }[] =>
  filesOf(folder)
    .filter((file) => file.endsWith(".pid"))
    .map((file) => {
      const [pid = 0, start] = readFileSync(join(folder, file), "utf8").split(" ").map(Number);
      return { name: file.replace(/\.pid$/, ""), pid, alive: startOf(pid) === start };
    });

/** Ends a daemon, kindly at first. */
export const end = async (name: string): Promise<void> => {
  const [found] = daemons().filter((each) => each.name === name);
  if (found?.alive === true) {
    process.kill(found.pid, "SIGTERM");
    const gone = (): boolean => !daemons().some((each) => each.name === name && each.alive);
    await until(`${name} to end`, () => gone(), 10_000).catch(() => process.kill(found.pid, "SIGKILL"));
    await until(`${name} to end`, () => gone(), 10_000);
  }
  rmSync(join(folder, `${name}.pid`), { force: true });
};

/** When a process started, in ticks since boot: with its number this is nobody else. Zombies do not count. */
const startOf = (pid: number): number | undefined => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return fields[0] === "Z" ? undefined : Number(fields[19]);
  } catch {
    return undefined;
  }
};

export const filesOf = (of: string): string[] => {
  try {
    return readdirSync(of);
  } catch {
    return [];
  }
};

/** What a look gives, as soon as it gives something that is true. For what sends no events, or does not run yet. */
export const until = async <T>(what: string, look: () => T | Promise<T>, patienceMs = 60_000): Promise<NonNullable<T>> => {
  const deadline = performance.now() + patienceMs;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const found = await look();
      if (found) return found as NonNullable<T>;
    } catch (error) {
      last = error;
    }
    await after(50);
  }
  throw new Error(`waited ${patienceMs / 1000} s for ${what}`, { cause: last });
};

/** Unmounts whatever lies below a folder, the innermost first. */
export const unmountBelow = (place: string): void => {
  const mounted = readFileSync("/proc/self/mounts", "utf8").split("\n").map((line) => line.split(" ")[1]?.replaceAll(String.raw`\040`, " ") ?? "");
  for (const each of mounted.filter((path) => path.startsWith(`${place}/`)).toReversed()) spawnSync("umount", ["--lazy", each]);
};
