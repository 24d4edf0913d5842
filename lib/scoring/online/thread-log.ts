/** Log lines of a worker thread. They are written at once, by the thread itself: a script that blocks or dies has still said what it said. */
import { AsyncLocalStorage } from "node:async_hooks";
import { writeSync } from "node:fs";
import { WORKER_ENVIRONMENT } from "../contract.ts";
import { redacted } from "./redact.ts";

/** I: information, W: warning, E: error. */
export type Level = "I" | "W" | "E";

const LEVELS: Readonly<Record<Level, string>> = { I: "info", W: "warning", E: "error" };
/** Where a full pipe is tried again, in milliseconds. */
const AGAIN_MS = 2;
/** What JSON lines call the requests that are being answered, through every await of theirs. */
const asked = new AsyncLocalStorage<readonly string[]>();
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Does the work of these requests, whose lines then say so, in JSON. Without names, as the log is text, it costs nothing. */
export const answering = <T>(names: readonly string[], work: () => T): T => (names.every((name) => name === "") ? work() : asked.run(names, work));

/** One line of the server's own, with the stack of an error beneath it. */
export const threadLog = (level: Level, text: string, error?: unknown): void => write(1, level, "azmlinfsrv", error === undefined ? text : `${text}\n${describe(error)}`);

/** One line of the script's. Warnings and errors go to stderr. */
export const scriptLog = (level: Level, text: string): void => write(level === "I" ? 1 : 2, level, "azmlinfsrv.print", text);

/** How the script was called is not its author's business. */
const OWN_FRAME = `(?:\\n    at [^\\n]*${new URL(".", import.meta.url).href.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}[^\\n]*)+`;

/** An error as people read it: the stack, and the stacks of its causes. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = (error.stack ?? `${error.name}: ${error.message}`).replaceAll(new RegExp(OWN_FRAME, "g"), "");
  return error.cause === undefined ? stack : `${stack}\ncaused by ${describe(error.cause)}`;
}

function named(): { requestId?: string; requestIds?: readonly string[] } {
  const names = asked.getStore()?.filter((name) => name !== "") ?? [];
  const [only] = names;
  if (only === undefined) return {};
  return names.length === 1 ? { requestId: only } : { requestIds: names };
}

function write(stream: 1 | 2, level: Level, logger: string, text: string): void {
  const now = new Date().toISOString();
  const clean = redacted(text);
  const line =
    process.env[WORKER_ENVIRONMENT.logFormat] === "json"
      ? JSON.stringify({ time: now, level: LEVELS[level], message: clean, logger, pid: process.pid, ...named() })
      : `${now.slice(0, 19).replace("T", " ")},${now.slice(20, 23)} ${level} [${process.pid}] ${logger} - ${clean}`;
  let rest = Buffer.from(`${line}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(stream, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return; // nobody reads the log: that must not end the service
      Atomics.wait(sleeper, 0, 0, AGAIN_MS);
    }
  }
}
