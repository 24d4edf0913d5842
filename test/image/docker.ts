/** A Docker of the tests' own, with its data, socket and configuration in folders of its own: nobody's images are touched, and none stay. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";

/** A daemon that answers. */
export interface Docker {
  /** What makes a `docker` command ask this daemon. */
  readonly env: Readonly<Record<string, string>>;
  /** For what else belongs to this run. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** This machine runs no Docker of ours. Nothing else that goes wrong is this. */
export class NoDocker extends Error {
  override readonly name = "NoDocker";
}

/** Why none can be started here, in words for people; nothing where it can. */
export const obstacle = (): string | undefined => {
  if (process.platform !== "linux") return "dockerd runs on Linux alone";
  if (process.getuid?.() !== 0) return "dockerd of the tests' own needs root";
  const missing = ["docker", "dockerd", "debootstrap", "docker-registry", "setpriv"].filter((tool) => spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(", ")} (Debian: docker.io debootstrap docker-registry util-linux)`;
};

/** What is large, or kept between runs: a temporary file system may be memory. */
export const cacheFolder = (): string => {
  const folder = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "inference-endpoints/image-test");
  mkdirSync(folder, { recursive: true });
  return folder;
};

const QUIET = ["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"];
const READY = "Daemon has completed initialization";
/** For its start, and for its end. It takes a second or two. */
const PATIENCE_MS = 60_000;

/** Starts one. It ends with this process, whatever happens to that. It has no network of its own: builds and containers use the machine's, or none. */
export const startDocker = async (): Promise<Docker> => {
  removeLeftovers();
  const folder = mkdtempSync(join(cacheFolder(), `docker-${process.pid}-`));
  // The path of a socket may have 107 bytes.
  const sockets = mkdtempSync(join(tmpdir(), "image-"));
  const socket = `unix://${sockets}/docker.sock`;
  const places = ["--data-root", join(folder, "data"), "--exec-root", join(sockets, "exec"), "--pidfile", join(sockets, "docker.pid"), "--host", socket];
  mkdirSync(join(folder, "config"));
  const child = spawn("setpriv", ["--pdeathsig", "TERM", "dockerd", ...places, ...QUIET], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    await end(child, ended);
    for (const each of [folder, sockets]) remove(each);
  };
  const problem = await readiness(child, ended);
  if (problem !== undefined) {
    await stop();
    throw new NoDocker(problem);
  }
  // The builder that every Docker has: nothing of ours may need another.
  return { env: { DOCKER_HOST: socket, DOCKER_CONFIG: join(folder, "config"), DOCKER_BUILDKIT: "0" }, folder, stop };
};

/** Why it did not get ready; nothing when it did. */
const readiness = async (child: ChildProcess, ended: Promise<void>): Promise<string | undefined> => {
  let log = "";
  const ready = new Promise<"ready">((resolve) => child.stderr?.on("data", (chunk: Buffer) => (log += chunk, log.includes(READY) && resolve("ready"))));
  const outcome = await within(Promise.race([ready, ended.then(() => "ended" as const)]));
  if (outcome === "ready") return undefined;
  const last = log.split("\n").filter((line) => !line.includes("level=info")).slice(-10).join("\n");
  return outcome === "ended" ? `dockerd cannot be started here:\n${last}` : `dockerd was not ready after ${PATIENCE_MS / 1000} s:\n${last}`;
};

const end = async (child: ChildProcess, ended: Promise<void>): Promise<void> => {
  child.kill("SIGTERM");
  if ((await within(ended.then(() => true))) === true) return;
  child.kill("SIGKILL");
  await ended;
};

/** What comes of it in time, else nothing. */
const within = async <T>(outcome: Promise<T>): Promise<T | undefined> => {
  const timer = new AbortController();
  const late = after(PATIENCE_MS, undefined, { signal: timer.signal }).catch(() => undefined);
  try {
    return await Promise.race([outcome, late]);
  } finally {
    timer.abort();
  }
};

/** A run that was killed could not clean up. */
const removeLeftovers = (): void => {
  for (const name of readdirSync(cacheFolder())) {
    const pid = /^docker-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !readdirSync("/proc").includes(pid)) remove(join(cacheFolder(), name));
  }
};

/** A daemon leaves the machine's network namespace mounted in its folder. */
const remove = (folder: string): void => {
  const mounted = readFileSync("/proc/self/mounts", "utf8").split("\n").map((line) => line.split(" ")[1] ?? "");
  for (const place of mounted.filter((each) => each.startsWith(`${folder}/`)).toReversed()) spawnSync("umount", [place]);
  rmSync(folder, { recursive: true, force: true });
};

/** Longer than any build of the tests takes: what hangs must end. */
const LONGEST_MS = 1_200_000;

/** Runs a docker command to its end, and gives what it prints. */
export const docker = (env: Docker["env"], args: readonly string[], timeout = LONGEST_MS): string => {
  const { error, status, stderr, stdout } = spawnSync("docker", args, { env: { ...process.env, ...env }, encoding: "utf8", maxBuffer: 64 * 1024 * 1024, timeout });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`docker ${args.slice(0, 3).join(" ")} ended with ${status}\n${stdout.slice(-3000)}\n${stderr.slice(-3000)}`);
  return stdout.trim();
};
