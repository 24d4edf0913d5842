/** `console` as scripts of a worker thread have it: every line once in the log, in its form, and written before the call returns. */
import { Console } from "node:console";
import { Writable } from "node:stream";
import { scriptLog } from "./thread-log.ts";
import type { Level } from "./thread-log.ts";

/** Replaces the global console. What warns goes to stderr as a warning, everything else to stdout. */
export function catchConsole(): void {
  globalThis.console = new Console({ stdout: lines("I"), stderr: lines("W") });
}

const lines = (level: Level): Writable =>
  new Writable({
    decodeStrings: false,
    write(text: string | Buffer, _encoding, done) {
      scriptLog(level, String(text).replace(/\n$/, ""));
      done();
    },
  });
