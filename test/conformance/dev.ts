/** A running `dev`, and a caller of its endpoint. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Caller, type Answer, type Load } from "./caller.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));
export const main = join(top, "dist/cli/main.js");

/** `inference-endpoints dev` on a program of this repository, as a user starts it. */
export class Dev {
  readonly #child: ChildProcess;
  readonly #state = mkdtempSync(join(tmpdir(), "dev-"));
  readonly #waiting = new Set<() => void>();
  #ended: Error | undefined;
  readonly lines: string[] = [];
  /** Knows the URL and the key that are printed. */
  readonly caller = new Caller(async () => ({ url: await this.url(), key: await this.key() }));

  constructor(program: string, args: readonly string[] = []) {
    const env = { ...process.env, XDG_STATE_HOME: this.#state };
    this.#child = spawn(process.execPath, [main, "dev", program, "--port", "0", "--no-watch", "--verbose", ...args], { cwd: top, env, stdio: ["ignore", "pipe", "inherit"] });
    if (this.#child.stdout === null) throw new Error("no output");
    this.#child.once("exit", (code) => {
      this.#ended = new Error(`dev ended with ${code}:\n${this.lines.join("\n")}`);
      for (const look of this.#waiting) look();
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#heard(line));
  }

  #heard(line: string): void {
    this.lines.push(line);
    for (const look of this.#waiting) look();
  }

  /** The first line that matches, now or later. */
  line(pattern: RegExp): Promise<string> {
    return this.until(() => this.lines.find((line) => pattern.test(line)));
  }

  /** What a look at the lines gives, as soon as it gives something. */
  until<T>(look: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const again = (): void => {
        const found = look();
        if (found === undefined && this.#ended === undefined) return;
        this.#waiting.delete(again);
        if (found === undefined) reject(this.#ended as Error);
        else resolve(found);
      };
      this.#waiting.add(again);
      again();
    });
  }

  /** Of the first endpoint, or of one by name. */
  async url(endpoint?: string): Promise<URL> {
    return new URL(await this.#said("URL", endpoint));
  }

  async key(endpoint?: string): Promise<string> {
    return this.#said("key", endpoint);
  }

  /** Where its keys are. */
  async keysFile(endpoint: string): Promise<string> {
    return this.#said("keys", endpoint);
  }

  /** What the lines below an endpoint's name say of it. */
  #said(what: string, endpoint?: string): Promise<string> {
    const said = new RegExp(`^ {2}${what} +(\\S+)`);
    return this.until(() => {
      const named = endpoint === undefined ? 0 : this.lines.indexOf(endpoint);
      const found = named === -1 ? undefined : this.lines.slice(named).find((line) => said.test(line));
      return found === undefined ? undefined : said.exec(found)?.[1];
    });
  }

  post(body: string, headers?: Readonly<Record<string, string>>): Promise<Answer> {
    return this.caller.post(body, headers);
  }

  /** As many requests, so many at a time. */
  load(count: number, atOnce: number, body: (i: number) => string): Promise<Answer[]> {
    return this.caller.load(count, atOnce, body);
  }

  /** Requests without end, so many at a time. */
  endless(atOnce: number, body: (i: number) => string, headers: Readonly<Record<string, string>>): Load {
    return this.caller.endless(atOnce, body, headers);
  }

  /** Python workers of a deployment. */
  workersOf(deployment: string): number[] {
    const fronts = new Set(descendants(this.#child.pid ?? 0).filter((pid) => readProc(pid, "cmdline").includes(`\0--deployment\0${deployment}\0`)));
    return [...fronts].flatMap(descendants).filter((pid) => readProc(pid, "cmdline").includes("scoring/worker"));
  }

  /** Processes below this one whose command line holds all of these words. */
  processes(...words: readonly string[]): number[] {
    return descendants(this.#child.pid ?? 0).filter((pid) => {
      const line = readProc(pid, "cmdline").split("\0");
      return words.every((word) => line.some((part) => part.includes(word)));
    });
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    if (this.#child.exitCode === null && this.#child.kill("SIGTERM")) await ended;
    this.caller.close();
    rmSync(this.#state, { recursive: true });
  }
}

const descendants = (parent: number): number[] => {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = new Map(all.map((pid) => [pid, Number(/\) \S (\d+)/.exec(readProc(pid, "stat"))?.[1])]));
  const below = (root: number): number[] => all.filter((pid) => parents.get(pid) === root).flatMap((pid) => [pid, ...below(pid)]);
  return below(parent);
};

const readProc = (pid: number, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
};
