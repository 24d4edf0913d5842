/** Finds and checks a `score.ts` or `score.js`, and explains what is wrong with one. */
import { spawnSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, threadLog } from "./thread-log.ts";
import type { Failure } from "./worker.ts";

/** What `run()` and `runBatch()` know of the request beside its data. */
export interface RunContext {
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when the client goes, or the time is up. */
  readonly signal: AbortSignal;
}

/** The same for several requests, in the order of the data. */
export interface BatchContext {
  readonly headers: readonly Readonly<Record<string, string>>[];
  /** Aborted when the time is up. */
  readonly signal: AbortSignal;
}

/** A script whose exports can be called. */
export interface Script {
  readonly run: (data: string, context: RunContext) => unknown;
  readonly runBatch: ((data: readonly string[], context: BatchContext) => unknown) | undefined;
}

/** The script is not one that can be served. The text is for its author. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
}

/** So much of a stack is reported to the front: what Kubernetes keeps of a termination message. */
const TRACE_CHARACTERS = 4096;
/** How long the search for the place of an error may take. */
const CHECK_MS = 10_000;

/** Imports the script and calls its init(). */
export async function loadScript(file: string): Promise<Script> {
  const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  // `module.exports = { init, run }`: Node finds the names of such an object only where it can read them off the text.
  const whole = module["default"];
  const exported = (name: string): unknown => module[name] ?? (typeof whole === "object" && whole !== null ? (whole as Record<string, unknown>)[name] : undefined);
  const [init, run, runBatch] = [exported("init"), exported("run"), exported("runBatch")];
  for (const [name, value] of Object.entries({ init, run })) {
    if (typeof value !== "function") throw new ScriptError(`the script exports no function ${name}(); it needs init(), called once, and run(data, { headers, signal })`);
  }
  if (runBatch !== undefined && typeof runBatch !== "function") throw new ScriptError("the script exports runBatch, which is no function");
  const script = { run, runBatch } as Script;
  threadLog("I", `Found user script at ${file}`);
  threadLog("I", "Invoking user's init function");
  await (init as () => unknown)();
  threadLog("I", "Users's init has completed successfully");
  return script;
}

/** What the front reports: where, why, the package to install when that is what is wrong, and the stack. */
export const explained =
  (file: string) =>
  (error: unknown): Failure => {
    const trace = describe(error);
    threadLog("E", "The script cannot be served", error);
    const reason = error instanceof ScriptError ? error.message : error instanceof Error ? `${error.name}: ${error.message}` : `it threw ${trace}`;
    const missing = missingPackage(error);
    return { reason: `${place(error, file)}: ${missing === undefined ? reason : `the package "${missing}" is not installed; npm install ${missing}`}`, trace: trace.slice(0, TRACE_CHARACTERS) };
  };

/** File and line where it happened. */
function place(error: unknown, file: string): string {
  if (error instanceof ScriptError || !(error instanceof Error)) return file;
  return firstPlace(error.stack) ?? (error instanceof SyntaxError ? firstPlace(checked(file)) : undefined) ?? file;
}

/** A syntax error stands above a stack, everything else is the first frame of a file. */
function firstPlace(stack: string | undefined): string | undefined {
  const [, url, line] = /(file:\/\/[^\s()]+?|(?<=^|[\s(])\/[^\s():]+):(\d+)/.exec(stack ?? "") ?? [];
  return url === undefined ? undefined : `${url.startsWith("file:") ? fileURLToPath(url) : url}:${line}`;
}

/** Where a file cannot be parsed, the loader does not tell; Node's own check does. It runs nothing of it. */
const checked = (file: string): string => spawnSync(process.execPath, ["--check", file], { encoding: "utf8", timeout: CHECK_MS }).stderr;

/** `import "x"` and `require("x")`, not a file that is missing. */
function missingPackage(error: unknown): string | undefined {
  const { code, message } = (error ?? {}) as { code?: string; message?: string };
  if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") return undefined;
  const [, specifier] = /^Cannot find (?:package|module) '([^']+)'/.exec(message ?? "") ?? [];
  if (specifier === undefined || /^[./]/.test(specifier)) return undefined;
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}
