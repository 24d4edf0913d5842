/** Runs the Pulumi CLI, as a group of processes that signals reach or miss as they do in a shell. */
import { spawn } from "node:child_process";

/** How a command ended. */
export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  /** Both streams, as somebody at a terminal reads them. */
  readonly output: string;
}

/** A command that runs. */
export interface Running {
  readonly ended: Promise<Ended>;
  /** SIGINT goes to the CLI alone, which asks the others to stop; SIGKILL to everything that it started. */
  signal(signal: "SIGINT" | "SIGKILL"): void;
}

export const start = (file: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Running => {
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const pid = child.pid;
  let stdout = "";
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, output }));
  });
  return {
    ended,
    signal: (signal) => {
      if (pid !== undefined) process.kill(signal === "SIGKILL" ? -pid : pid, signal);
    },
  };
};
