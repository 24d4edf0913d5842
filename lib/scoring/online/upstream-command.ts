/** The process of a server that the front starts itself. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";

/** Between SIGTERM and SIGKILL: the front has drained before it asks, so there is nothing left to wait for. */
const GRACE_MS = 5000;

/** Reads from the front until the front is gone, or has said a word: in the first case nobody else is left to end the group. */
const GUARD = 'read -r word || kill -s KILL -- "-$1"';

/** Hears of the end, once. `failure` says why, for a process that has never been ready. */
export type Exited = (how: string, failure: string) => void;

/** Leads a process group of its own, so that a terminal's Ctrl-C reaches only the front, which drains; what it prints goes where ours goes. */
export class UpstreamCommand {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #exited: Exited;
  readonly #guard: ChildProcess | undefined;
  #ended = false;
  readonly #onExit = (): void => this.#signal("SIGKILL");

  constructor([program = "", ...rest]: readonly string[], environment: Readonly<Record<string, string>>, exited: Exited) {
    this.#name = `the command ${JSON.stringify(program)}`; // not its arguments: there may be a password
    this.#exited = exited;
    this.#process = spawn(program, rest, { stdio: ["ignore", "inherit", "inherit"], detached: true, env: { ...process.env, ...environment } });
    this.#process.on("error", (error) => this.#cannotRun(error));
    this.#process.on("exit", (code, signal) => this.#end(signal === null ? `exited with ${code}` : `was ended by ${signal}`));
    process.once("exit", this.#onExit); // however the front ends, but for SIGKILL
    if (this.#process.pid !== undefined) this.#guard = guard(this.#process.pid);
  }

  /** SIGTERM, and SIGKILL when that does not help. */
  stop(): void {
    this.#signal("SIGTERM");
    setTimeout(() => this.#ended || this.#signal("SIGKILL"), GRACE_MS).unref();
  }

  #cannotRun(error: NodeJS.ErrnoException): void {
    if (this.#process.pid !== undefined) return; // a signal that could not be sent
    const why = error.code === "ENOENT" ? "there is no such program" : error.message;
    this.#end("did not start", `cannot run ${this.#name}: ${why}`);
  }

  #end(how: string, failure = `${this.#name} ${how} before it was ready`): void {
    if (this.#ended) return;
    this.#ended = true;
    process.off("exit", this.#onExit);
    this.#guard?.stdin?.end("ended\n");
    this.#signal("SIGKILL"); // whatever it has started and left behind
    this.#exited(how, failure);
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#process.pid === undefined) return;
    try {
      process.kill(-this.#process.pid, signal);
    } catch {
      // ESRCH: nobody is left, which is what was wanted.
    }
  }
}

/** Ends the group when the front was killed. Where there is no shell, the group lives on in that case. */
function guard(group: number): ChildProcess {
  const started = spawn("sh", ["-c", GUARD, "sh", String(group)], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  started.on("error", () => {});
  started.stdin.on("error", () => {});
  return started;
}
