/** A Python process that has one end of a socket pair, and the group of processes that it leads. */
import { spawn } from "node:child_process";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { ENVIRONMENT } from "../contract.ts";
import type { Failure } from "./worker.ts";

const MAIN = fileURLToPath(new URL("../worker/main.py", import.meta.url));
const DESCRIPTOR = 3;
/** Between a polite signal (SIGABRT makes Python print where it is) and SIGKILL. */
export const GRACE_MS = 1000;

/** What a Python worker needs to start. */
export interface PythonOptions {
  readonly python: string;
  /** `mlflow` serves the folder {@link modelDir} without a script; those of batch run mini-batches. */
  readonly kind: "script" | "mlflow" | "batch" | "batch-mlflow";
  readonly appRoot: string;
  /** Absent: an importable module `main`. */
  readonly entryScript?: string | undefined;
  readonly modelDir?: string | undefined;
  /** Variables of the environment beyond our own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Descriptors of what it prints. @default - those of this process */
  readonly prints?: { readonly stdout: number; readonly stderr: number } | undefined;
}

/** A process that has been started, if the system has allowed it. */
export interface PythonProcess {
  readonly pid: number | undefined;
  readonly socket: Socket;
}

/** Hears of the end, once and later. `failure`: there never was a process. */
export type PythonExited = (how: string, failure?: Failure) => void;

/** Starts one. `preloads`: it loads the model and then forks the workers that serve it. */
export function startPython(options: PythonOptions, preloads: boolean, exited: PythonExited): PythonProcess {
  const { python, kind, prints } = options;
  const child = spawn(python, [MAIN, String(DESCRIPTOR), String(process.pid), kind, ...(preloads ? ["preload"] : [])], {
    stdio: ["ignore", prints?.stdout ?? "inherit", prints?.stderr ?? "inherit", "pipe"],
    detached: true,
    env: environment(options),
  });
  child.on("error", (error: NodeJS.ErrnoException) => {
    if (child.pid !== undefined) return; // a signal that could not be sent
    const why = error.code === "ENOENT" ? "there is no such program" : error.message;
    exited("did not start", { reason: `cannot run ${JSON.stringify(python)} as Python: ${why}` });
  });
  child.on("exit", (code, signal) => exited(signal === null ? `exited with ${code}` : `was ended by ${signal}`));
  // Node gives no stdio at all where the system has no more processes or descriptors; the "error" event says so.
  const socket = (child.stdio as (Socket | undefined)[] | undefined)?.[DESCRIPTOR] ?? new Socket();
  return { pid: child.pid, socket };
}

/** The processes that a Python process leads, so that a terminal's Ctrl-C reaches only the front, which drains. */
export class ProcessGroup {
  readonly #pid: number | undefined;
  #ended = false;

  constructor(pid: number | undefined) {
    this.#pid = pid;
  }

  /** By this signal, and by SIGKILL a second later: a script may ignore the first. */
  end(signal: "SIGTERM" | "SIGABRT"): void {
    this.#signal(signal);
    this.killSoon();
  }

  killSoon(): void {
    setTimeout(() => this.#ended || this.#signal("SIGKILL"), GRACE_MS);
  }

  /** Its leader is gone; what that has started and left behind follows. */
  ended(): void {
    this.#ended = true;
    this.#signal("SIGKILL");
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#pid === undefined) return;
    try {
      process.kill(-this.#pid, signal);
    } catch {
      // ESRCH: nobody is left, which is what was wanted.
    }
  }
}

function environment({ appRoot, entryScript, modelDir, environment: more }: PythonOptions): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    PYTHONUNBUFFERED: "1", // what a script prints is read in time, and not lost when it crashes
    ...process.env,
    ...more,
    [ENVIRONMENT.appRoot]: appRoot,
  };
  if (entryScript !== undefined) env[ENVIRONMENT.entryScript] = entryScript;
  if (modelDir !== undefined) env[ENVIRONMENT.modelDir] = modelDir;
  return env;
}
