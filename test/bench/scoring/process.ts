/** One server under test: started, awaited, weighed and ended, with everything that it has started. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { once } from "node:events";
import { request } from "node:http";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

const START_MS = 60_000;
const POLL_MS = 5;
const END_MS = 2_000;

/** `free`: the system spreads server and load over all cores. `pinned`: the server's whole tree has one core, the load the others. */
export const CORES = ["free", "pinned"] as const;
export type Cores = (typeof CORES)[number];

const SERVER_CORE = "0";
const LOAD_CORES = `1-${availableParallelism() - 1}`;

export const CAN_PIN = availableParallelism() > 1 && has("taskset");
const on = (cores: Cores, where: string, command: readonly string[]): readonly string[] => (cores === "pinned" ? ["taskset", "-c", where, ...command] : command);
/** The command, kept to the cores of its part. */
export const asServer = (cores: Cores, command: readonly string[]): readonly string[] => on(cores, SERVER_CORE, command);
export const asLoad = (cores: Cores, command: readonly string[]): readonly string[] => on(cores, LOAD_CORES, command);

/** What still runs ends with this process, however it is told to, and its folder with it. */
const children = new Map<ChildProcess, string>();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
process.once("exit", () => children.forEach((folder, child) => {
  if (child.pid !== undefined) kill(tree(child.pid));
  rmSync(folder, { recursive: true, force: true });
}));

export interface Running {
  readonly child: ChildProcess;
  /** From its start to the first 200 of its health, in milliseconds. */
  readonly startMs: number;
  /** The end of what it has written. */
  readonly log: () => string;
  readonly end: () => Promise<void>;
}

/** Starts in a folder of its own, which is its home too. Rejects with the end of its log when it is not healthy within a minute. */
export async function start(command: readonly string[], env: Readonly<Record<string, string>>, health: string): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "scoring-bench-"));
  const output = openSync(join(folder, "log.txt"), "w");
  const began = performance.now();
  const child = spawn(command[0]!, command.slice(1), { cwd: folder, env: { ...process.env, HOME: folder, ...env }, stdio: ["ignore", output, output] });
  closeSync(output);
  children.set(child, folder);
  const gone = new AbortController();
  child.once("error", (error) => gone.abort(error)).once("exit", () => gone.abort(new Error("it ended")));
  const log = (): string => readFileSync(join(folder, "log.txt"), "utf8").trim().split("\n").slice(-12).join("\n");
  const end = async (): Promise<void> => {
    await endTree(child);
    children.delete(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await healthy(health, AbortSignal.any([gone.signal, AbortSignal.timeout(START_MS)]));
    return { child, startMs: performance.now() - began, log, end };
  } catch (error) {
    const message = `${command.join(" ")} does not start (${error instanceof Error ? error.message : String(error)}):\n${log()}`;
    await end();
    throw new Error(message, { cause: error });
  }
}

async function healthy(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask(url, { signal }).catch(() => undefined);
    if (answer?.status === 200) return;
    await sleep(POLL_MS);
  }
}

/** One request, over a connection of its own. */
export function ask(url: string, options: { readonly signal?: AbortSignal; readonly body?: string } = {}): Promise<{ status: number; body: string }> {
  const { signal, body } = options;
  const sent = request(url, { agent: false, signal, method: body === undefined ? "GET" : "POST", headers: { "Content-Type": "application/json" } });
  return new Promise((resolve, reject) => {
    sent.once("error", reject).once("response", (answer) => {
      text(answer).then((got) => resolve({ status: answer.statusCode ?? 0, body: got }), reject);
    });
    sent.end(body);
  });
}

/** Asks the tree's root to end, then ends what is left of the tree. */
async function endTree(child: ChildProcess): Promise<void> {
  const pids = child.pid === undefined ? [] : tree(child.pid);
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    child.kill("SIGTERM");
    await once(child, "exit", { signal: AbortSignal.timeout(END_MS) }).catch(() => {});
  }
  kill(pids);
}

function kill(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
  }
}

/** Resident bytes of the whole tree; pages that several of its processes share count once, as far as the kernel's sums can say. */
export function memory({ child }: Running): number {
  const sums = tree(child.pid ?? 0).map((pid) => {
    const text = read(`/proc/${pid}/smaps_rollup`);
    const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
    return { own: kilobytes("Private_Clean") + kilobytes("Private_Dirty"), shared: kilobytes("Shared_Clean") + kilobytes("Shared_Dirty") };
  });
  return (sums.reduce((sum, { own }) => sum + own, 0) + Math.max(0, ...sums.map(({ shared }) => shared))) * 1024;
}

/** Milliseconds of processor time that the whole tree has used. Linux counts in hundredths of a second. */
export function processorMs({ child }: Running): number {
  const ticks = tree(child.pid ?? 0).map((pid) => {
    const [user, system] = /^.*\) (?:\S+ ){11}(\d+) (\d+) /s.exec(read(`/proc/${pid}/stat`))?.slice(1) ?? [];
    return Number(user ?? 0) + Number(system ?? 0);
  });
  return ticks.reduce((sum, each) => sum + each, 0) * 10;
}

/** A process and all that descend from it, as they are now. Only Linux tells. */
function tree(root: number): number[] {
  const parents = listed("/proc").flatMap((name) => {
    // The name in brackets may hold anything, brackets and spaces too.
    const parent = /^\d+$/.test(name) ? /^.*\) \S+ (\d+) /s.exec(read(`/proc/${name}/stat`))?.[1] : undefined;
    return parent === undefined ? [] : [{ pid: Number(name), parent: Number(parent) }];
  });
  const found = [root];
  for (const at of found) found.push(...parents.filter(({ parent }) => parent === at).map(({ pid }) => pid));
  return found;
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function has(command: string): boolean {
  try {
    execFileSync(command, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
