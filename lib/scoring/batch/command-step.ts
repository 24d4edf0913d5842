/** A step of a pipeline that is a command. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ProcessGroup } from "../online/python-process.ts";
import { Stopped } from "./coordinator.ts";
import { JobError } from "./job-error.ts";

/** What is run. */
export interface CommandRun {
  readonly command: readonly string[];
  /** What `${{…}}` in the arguments stands for. */
  readonly words: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly prints: { readonly stdout: number; readonly stderr: number };
  /** Where it prints to, for who looks into it. */
  readonly logs: string;
  readonly signal: AbortSignal;
}

/** Resolves when it has exited with 0. */
export async function runCommand({ command, cwd, environment, logs, prints, signal, words }: CommandRun): Promise<void> {
  const [program = "", ...args] = command.map((text) => filled(text, words));
  const child = spawn(program, args, { cwd, env: { ...process.env, ...environment }, detached: true, stdio: ["ignore", prints.stdout, prints.stderr] });
  const group = new ProcessGroup(child.pid);
  const stop = (): void => group.end("SIGTERM");
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  const how = await new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`cannot be started: ${error.message}`));
    child.once("exit", (code, by) => resolve(by === null ? `exited with ${code}` : `was ended by ${by}`));
  });
  signal.removeEventListener("abort", stop);
  group.ended();
  if (signal.aborted) throw new Stopped("the job was stopped");
  if (how !== "exited with 0") throw new JobError(`${JSON.stringify(program)} ${how}; what it printed is in ${join(logs, "user")}`);
}

/** An optional input that nobody has given is empty. */
const filled = (text: string, words: Readonly<Record<string, string>>): string => text.replaceAll(/\$\{\{\s*((?:inputs|outputs)\.\w+)\s*\}\}/g, (_, name: string) => words[name] ?? "");
