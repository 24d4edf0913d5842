/** Runs a tool to its end. */
import { spawn } from "node:child_process";

/** A tool ended with another code than 0. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  /** The last lines that it wrote. */
  readonly lines: readonly string[];

  constructor(command: string, how: string, lines: readonly string[]) {
    super(`${command} ${how}`);
    this.lines = lines;
  }
}

/** How a tool is run. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  /** Takes each line as it comes. */
  onLine?(line: string): void;
}

const KEPT_LINES = 20;

/** Everything the tool wrote. Rejects with {@link CommandFailed}. */
export const runCommand = (command: string, args: readonly string[], { cwd, onLine, signal }: CommandOptions = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...(cwd === undefined ? {} : { cwd }), ...(signal === undefined ? {} : { signal }) });
    let text = "";
    let begun = "";
    const take = (chunk: Buffer): void => {
      text += chunk.toString();
      const lines = (begun + chunk.toString()).split(/\r?\n|\r/);
      begun = lines.pop() ?? "";
      for (const line of lines) onLine?.(line);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    const tail = (): string[] => text.trimEnd().split("\n").slice(-KEPT_LINES);
    child.once("error", (error) => reject(new CommandFailed(command, `cannot be run: ${error.message}`, [])));
    child.once("close", (code, by) => (code === 0 ? resolve(text) : reject(new CommandFailed(command, by === null ? `ended with code ${code}` : `was ended by ${by}`, tail()))));
  });
