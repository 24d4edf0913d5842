/** One front process: started, watched until it is ready, ended together with its workers. */
import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";
import { BANNER, type FrontMessage, serveArguments } from "../scoring/contract.ts";
import { batchServeArguments } from "../scoring/contract/batch.ts";
import type { Ending, RunDeployment } from "./endpoints.ts";
import { LOOPBACK, Upstream } from "./upstream.ts";

/** A running front. */
export interface Front {
  readonly pid: number;
  /** Its connections once it is ready; why it ended when it ends before that. */
  readonly ready: Promise<Upstream | Ending>;
  /** Why it ended. Its workers are gone too by then. */
  readonly ended: Promise<Ending>;
  /** SIGKILL to it and its workers; the reason is why it ended. */
  kill(reason: string): void;
  /** SIGTERM, then SIGKILL to it and its workers after so long. Resolves when it has ended. */
  stop(graceMs: number): Promise<void>;
}

/** Takes one line that a front wrote to its standard output or error. */
export type LineLog = (line: string) => void;

/**
 * Starts a front as the leader of a process group of its own: Ctrl-C in a terminal then reaches only the runner, which drains, and a front that
 * must be killed takes its workers along. When the runner itself is killed the IPC channel closes, and the front exits by contract.
 */
export function startFront(frontEntry: string, deployment: RunDeployment, log: LineLog): Front {
  let child: ChildProcess;
  try {
    child = forkGroup(frontEntry, deployment);
  } catch (error) {
    // An environment too large for the system, for one, is thrown here and not told as an event.
    const reason = Promise.resolve(cannotStart(error as Error));
    return { pid: 0, ready: reason, ended: reason, kill: () => undefined, stop: () => Promise.resolve() };
  }
  for (const stream of [child.stdout, child.stderr]) if (stream !== null) createInterface({ input: stream }).on("line", log);
  const { ready, ended, kill } = watch(child);
  return { pid: child.pid ?? 0, ready, ended, kill, stop: (graceMs) => stop(child, ended, graceMs) };
}

const cannotStart = (error: Error): Ending => ({ reason: `cannot be started: ${error.message}` });

const forkGroup = (frontEntry: string, { batch, serve, env, cwd }: RunDeployment): ChildProcess => {
  const place = { host: LOOPBACK, port: 0 };
  const [entry, args] = batch === undefined ? [frontEntry, serveArguments({ ...serve, ...place })] : [batch.entry, batchServeArguments({ ...batch.options, ...place })];
  return fork(entry, args, {
    env: { ...env, [BANNER]: "false" }, // it is for whoever starts a front by hand: the runner has chosen all that stands in it
    ...(cwd !== undefined && { cwd }),
    detached: true,
    // Flags of the runner, such as --inspect, are not for every front.
    execArgv: [],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
};

function watch(child: ChildProcess): Pick<Front, "ready" | "ended" | "kill"> {
  let upstream: Upstream | undefined;
  let told: Ending | undefined;
  const ended = new Promise<Ending>((resolve) => {
    child.on("error", (error) => resolve(cannotStart(error)));
    child.once("exit", (code, signal) => {
      killGroup(child);
      const how = { reason: signal === null ? `exited with code ${code}` : `was ended by ${signal}` };
      // Its last message, which says more, may still be in the channel.
      if (child.connected) child.once("disconnect", () => resolve(told ?? how));
      else resolve(told ?? how);
    });
  });
  const isReady = new Promise<Upstream>((resolve) => {
    child.on("message", (message: FrontMessage) => {
      if (message.type === "listening") upstream = new Upstream(message.port);
      else if (message.type === "failed") told = { reason: message.reason, missingModule: message.missingModule };
      else if (upstream !== undefined) resolve(upstream);
    });
  });
  const kill = (reason: string): void => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    told ??= { reason };
    killGroup(child);
  };
  return { ready: Promise.race([isReady, ended]), ended, kill };
}

async function stop(child: ChildProcess, ended: Promise<Ending>, graceMs: number): Promise<void> {
  child.kill("SIGTERM");
  const kill = setTimeout(() => killGroup(child), graceMs);
  await ended;
  clearTimeout(kill);
}

/** Ends whatever is left of a front's process group. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nothing was left of it.
  }
}
