/**
 * Log lines: in the form of Azure's images, or one JSON object each. Requests go to stdout in batches: a system call a line would cost more
 * than the rest of the log.
 */
import type { LogFormat } from "../contract.ts";
import { redacted } from "./redact.ts";

const FLUSH_MS = 100;
const FLUSH_CHARACTERS = 16 * 1024;

/** What a JSON line says beside its message. A field that is undefined is left out. */
export type Fields = Readonly<Record<string, unknown>>;

type Level = "info" | "warning" | "error";

let format: LogFormat = "text";
/** The end of every JSON line. */
let common = "";
let pending = "";
let timer: NodeJS.Timeout | undefined;

/** How lines look from now on; the fields stand on each, in JSON. */
export function logAs(chosen: LogFormat, fields: Fields): void {
  format = chosen;
  common = JSON.stringify({ ...fields, logger: "azmlinfsrv", pid: process.pid }).slice(1);
}

/** One line about what the server does. */
export const info = (text: string, fields?: Fields): void => void process.stdout.write(redacted(line("info", text, fields)));

/** One line about what went wrong and was dealt with. */
export const warn = (text: string, fields?: Fields): void => void process.stdout.write(redacted(line("warning", text, fields)));

/** One line about what stops the server. */
export const fail = (text: string, fields?: Fields): void => void process.stderr.write(redacted(line("error", text, fields)));

/** One line per request, a moment later. What a client has written into it must have been redacted: looking through whole lines would cost more than they do. */
export function access(text: string, fields?: Fields): void {
  pending += line("info", text, fields);
  if (pending.length >= FLUSH_CHARACTERS) flush();
  else timer ??= setTimeout(flush, FLUSH_MS).unref();
}

/** Writes what is waiting, for the moment before an exit. */
export function flush(): void {
  clearTimeout(timer);
  timer = undefined;
  if (pending === "") return;
  process.stdout.write(pending);
  pending = "";
}

let second = -1;
/** The second, and the same with Azure's blank. */
let stamp = "";
let spaced = "";

function line(level: Level, text: string, fields: Fields | undefined): string {
  const now = Date.now();
  const ms = now % 1000;
  if (now - ms !== second) {
    second = now - ms;
    stamp = new Date(second).toISOString().slice(0, 19);
    spaced = stamp.replace("T", " ");
  }
  const thousandths = String(ms).padStart(3, "0");
  if (format === "text") return `${spaced},${thousandths} ${level.charAt(0).toUpperCase()} [${process.pid}] azmlinfsrv - ${text}\n`;
  const more = fields === undefined ? "" : JSON.stringify(fields).slice(1, -1);
  return `{"time":"${stamp}.${thousandths}Z","level":"${level}","message":${JSON.stringify(text)},${more}${more === "" ? "" : ","}${common}\n`;
}
