/** The genuine inference server and ours with the same flags, environment and files: what they answer, and how they end. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveArguments } from "../../lib/scoring/contract.ts";
import type { ServeOptions } from "../../lib/scoring/contract.ts";
import { SERVER } from "../built.ts";
import { python, venv } from "../python.ts";
import { freePort } from "../ports.ts";
import { azmlinfsrv, comparable } from "./azmlinfsrv.ts";
import type { Cases } from "./azmlinfsrv.ts";
import { eventually, ready, send } from "./harness.ts";

/** Tells what it finds in its environment, and what it was sent. */
export const TELLS = `import json, os

def init():
    pass

def run(data):
    return [data, os.environ.get("AZUREML_MODEL_DIR"), os.environ.get("AML_APP_INSIGHTS_ENABLED"), os.environ.get("WORKER_COUNT")]
`;

/** How both servers are started. */
export interface Start {
  /** In a folder of their own, beside a `score.py`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: NodeJS.ProcessEnv;
  /** Such that the genuine server has, too. */
  readonly options?: ServeOptions;
  /** `score.py` is the script, where no option names another. Default true. */
  readonly script?: boolean;
}

/** The same, and what both are asked. */
export interface Setting extends Start {
  readonly cases: Cases;
}

/** What all of that may take where others want the machine, too. */
export const BUSY_MS = 600_000;
/** Both servers at once, and so many pairs: a genuine server takes 80 MB and seconds to start. */
const AT_ONCE = 3;

/** One test per case of each setting. */
export function compare(settings: Record<string, Setting>): void {
  const answers = new Map<string, Promise<unknown>>();
  const ends: (() => void)[] = [];
  beforeAll(() => inTurns(Object.entries(settings), ([name, setting]) => ask(name, setting, answers, ends)), BUSY_MS);
  afterAll(() => ends.forEach((end) => end())); // those that are left when it took too long

  describe.each(Object.keys(settings))("%s", (setting) => {
    test.each(Object.keys(settings[setting]?.cases ?? {}))("%s", async (name) => {
      const { expected, actual } = (await answers.get(`${setting}/${name}`)) as { expected: unknown; actual: unknown };
      expect(actual).toEqual(expected);
    });
  });
}

/** Does all of them, so many at a time. */
export async function inTurns<T>(all: readonly T[], each: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await each(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function ask(name: string, { cases, ...start }: Setting, answers: Map<string, Promise<unknown>>, all: (() => void)[]): Promise<void> {
  const ends: (() => void)[] = [];
  all.push(() => ends.forEach((end) => end()));
  const folder = folderOf(start);
  try {
    const env = { AML_APP_ROOT: folder, ...start.env };
    const options = { ...(start.script !== false && { entryScript: "score.py" }), ...start.options };
    const genuine = await freePort();
    ends.push(azmlinfsrv(serveArguments({ ...options, port: genuine }), env));
    const ours = await ready(options, env, (end) => ends.push(end), folder);
    await eventually(() => send(genuine, "/").then(() => true, () => false));
    for (const [each, [path, sent]] of Object.entries(cases)) {
      const request = { ...sent, headers: { Host: "test", Connection: "close", ...sent?.headers } };
      const both = Promise.all([send(genuine, path, request), send(ours.port, path, request)]);
      answers.set(`${name}/${each}`, both.then(([expected, actual]) => ({ expected: comparable(expected), actual: comparable(actual) })));
      await both;
    }
  } finally {
    for (const end of ends) end();
    rmSync(folder, { recursive: true });
  }
}

/** How a process ended, and everything that it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly text: string;
}

/** Runs both until they end by themselves. */
export async function ended(start: Start & { readonly arguments?: readonly string[] }): Promise<{ genuine: Ended; ours: Ended }> {
  const folder = folderOf(start);
  try {
    const env = { ...process.env, AML_APP_ROOT: folder, ...start.env };
    const argv = start.arguments ?? serveArguments({ entryScript: "score.py", port: await freePort(), ...start.options });
    const genuine = await output(`${venv}/bin/azmlinfsrv`, argv, folder, { ...env, PATH: `${venv}/bin:${process.env["PATH"]}` });
    const ours = await output(process.execPath, [SERVER, ...argv, "--python", python], folder, env);
    return { genuine, ours };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function output(program: string, argv: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn(program, argv, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, text };
}

function folderOf({ files = {} }: Start): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "scoring-")));
  for (const [name, content] of Object.entries({ "score.py": TELLS, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
