/** A Docker of the tests' own, with its data, socket and configuration in one folder: nobody's images are touched, and none stay. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A daemon that answers. */
export interface Docker {
  /** What makes a `docker` command ask this daemon. */
  readonly env: Readonly<Record<string, string>>;
  /** For what else belongs to this run. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Why none can be started here, in words for people; nothing where it can. */
export const obstacle = (): string | undefined => {
  if (process.platform !== "linux") return "dockerd runs on Linux alone";
  if (process.getuid?.() !== 0) return "dockerd of the tests' own needs root";
  const missing = ["docker", "dockerd", "debootstrap", "docker-registry", "setpriv"].filter((tool) => spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(", ")} (Debian: docker.io debootstrap docker-registry util-linux)`;
};

const QUIET = ["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"];
const READY = "Daemon has completed initialization";

/** Starts one. It ends with this process, whatever happens to that. It has no network of its own: builds and containers use the machine's, or none. */
export const startDocker = async (): Promise<Docker> => {
  const folder = mkdtempSync(join(tmpdir(), "image-"));
  const socket = `unix://${folder}/docker.sock`;
  const places = ["--data-root", join(folder, "data"), "--exec-root", join(folder, "exec"), "--pidfile", join(folder, "docker.pid"), "--host", socket];
  mkdirSync(join(folder, "config"));
  const child = spawn("setpriv", ["--pdeathsig", "TERM", "dockerd", ...places, ...QUIET], { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ready = new Promise<void>((resolve) => child.stderr.on("data", (chunk: Buffer) => (log += chunk, log.includes(READY) && resolve())));
  await Promise.race([ready, ended]);
  if (child.exitCode !== null) {
    remove(folder);
    throw new Error(`dockerd cannot be started here:\n${log.split("\n").filter((line) => !line.includes("level=info")).slice(-10).join("\n")}`);
  }
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
    remove(folder);
  };
  // The builder that every Docker has: nothing of ours may need another.
  return { env: { DOCKER_HOST: socket, DOCKER_CONFIG: join(folder, "config"), DOCKER_BUILDKIT: "0" }, folder, stop };
};

/** A daemon leaves the machine's network namespace mounted in its folder. */
const remove = (folder: string): void => {
  const mounted = readFileSync("/proc/self/mounts", "utf8").split("\n").map((line) => line.split(" ")[1] ?? "");
  for (const place of mounted.filter((each) => each.startsWith(`${folder}/`)).toReversed()) spawnSync("umount", [place]);
  rmSync(folder, { recursive: true, force: true });
};

/** Runs a docker command to its end, and gives what it prints. */
export const docker = (env: Docker["env"], args: readonly string[], input?: string): string => {
  const { error, status, stderr, stdout } = spawnSync("docker", args, { env: { ...process.env, ...env }, encoding: "utf8", maxBuffer: 64 * 1024 * 1024, ...(input === undefined ? {} : { input: readFileSync(input) }) });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`docker ${args.slice(0, 3).join(" ")} ended with ${status}\n${stdout.slice(-3000)}\n${stderr.slice(-3000)}`);
  return stdout.trim();
};
