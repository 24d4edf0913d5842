/** Starts fronts as a supervisor does, by fork, and speaks HTTP to them without a client library's own ideas. */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { Agent, request } from "node:http";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { serveArguments } from "../../lib/scoring/contract.ts";
import type { FrontMessage, ServeOptions } from "../../lib/scoring/contract.ts";
import { SERVER } from "../built.ts";
import { python } from "../python.ts";

export const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));
export const scripts = `${fixtures}scripts`;

/** An answer, header names as they were sent. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A front in a process of its own. */
export interface TestFront {
  child: ChildProcess;
  port: number;
  pid: number;
  messages: FrontMessage[];
  /** Everything it and its workers have written. */
  log(): string;
  /** Resolves when the log holds the text. */
  logged(text: string | RegExp): Promise<void>;
  message(type: FrontMessage["type"]): Promise<FrontMessage>;
  exit: Promise<{ code: number | null; signal: string | null }>;
  send(path: string, options?: SendOptions): Promise<Reply>;
}

export interface SendOptions {
  method?: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
  agent?: Agent;
}

/** Forks a front; it ends with the test or, given `until`, with that. */
export function launch(options: ServeOptions, env: NodeJS.ProcessEnv = {}, until: (end: () => void) => void = onTestFinished, cwd?: string): TestFront {
  const child = fork(SERVER, serveArguments({ port: 0, python, ...options }), {
    env: { ...process.env, AML_APP_ROOT: scripts, ...env },
    ...(cwd !== undefined && { cwd }),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let text = "";
  const messages: FrontMessage[] = [];
  const watchers = new Set<() => void>();
  const changed = (): void => watchers.forEach((watch) => watch());
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => ((text += chunk), changed()));
  child.on("message", (message) => (messages.push(message as FrontMessage), changed()));
  const exit = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.on("exit", (code, signal) => resolve({ code, signal })),
  );
  const when = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const watch = (): void => {
        const found = find();
        if (found === undefined) return;
        watchers.delete(watch);
        resolve(found);
      };
      watchers.add(watch);
      watch();
    });
  until(() => child.kill("SIGKILL"));
  const front: TestFront = {
    child,
    port: 0,
    pid: child.pid ?? 0,
    messages,
    log: () => text,
    logged: (wanted) => when(() => (typeof wanted === "string" ? text.includes(wanted) : wanted.test(text)) || undefined).then(() => {}),
    message: (type) => when(() => messages.find((message) => message.type === type)),
    exit,
    send: (path, sent) => send(front.port, path, sent),
  };
  return front;
}

/** A front that accepts connections, with every worker ready. */
export async function ready(options: ServeOptions, env?: NodeJS.ProcessEnv, until?: (end: () => void) => void, cwd?: string): Promise<TestFront> {
  const front = launch(options, env, until, cwd);
  const first = await Promise.race([front.message("ready"), front.message("failed"), front.exit.then(() => undefined)]);
  if (first?.type !== "ready") throw new Error(`the front did not start:\n${front.log()}`);
  front.port = listening(front);
  return front;
}

export const listening = (front: TestFront): number => {
  const message = front.messages.find((each) => each.type === "listening");
  if (message?.type !== "listening") throw new Error("not listening");
  return message.port;
};

const lone = new Agent({ keepAlive: false });

/** One request. A connection that closes without an answer rejects. */
export function send(port: number, path: string, { method, headers, body, agent }: SendOptions = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const chosen = method ?? (body === undefined ? "GET" : "POST");
    const outgoing = request({ host: "127.0.0.1", port, path, method: chosen, headers, agent: agent ?? lone }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const raw: Record<string, string> = {};
        for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
          const [name = "", value = ""] = incoming.rawHeaders.slice(at, at + 2);
          raw[name] = name in raw ? `${raw[name]}, ${value}` : value;
        }
        resolve({ status: incoming.statusCode ?? 0, headers: raw, body: Buffer.concat(chunks).toString() });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Text posted as JSON's type, which is what clients do. */
export const post = (body: string | Buffer, headers: Record<string, string> = {}): SendOptions => ({
  method: "POST",
  body,
  headers: { "Content-Type": "application/json", ...headers },
});

/** Processes whose parent is, or whose environment says they belong to, a front. */
export const workersOf = (pid: number): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => ofProcess(each, "cmdline").includes(`main.py\x003\x00${pid}\x00`));

/** The process that has started it; NaN when it is gone. */
export const parentOf = (pid: number): number => Number(/^PPid:\s*(\d+)$/m.exec(ofProcess(pid, "status"))?.[1]);

/** What the system says of a process; nothing when it is gone. */
export const ofProcess = (pid: number, what: "cgroup" | "cmdline" | "status"): string => {
  try {
    return readFileSync(`/proc/${pid}/${what}`, "utf8");
  } catch {
    return "";
  }
};

/** Asks until it is true; for states of other processes, which send no event. */
export async function eventually(check: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 10));
}
