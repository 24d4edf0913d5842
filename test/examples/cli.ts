/** The command line on this repository's examples, which import the package by its own name: the build. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const top = fileURLToPath(new URL("../..", import.meta.url));

/** What a command printed. */
export interface Printed {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a verb to its end. */
export const cli = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Printed> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`${top}dist/cli/main.js`, ...args], { cwd: top, env: { ...process.env, ...env } });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
  });
