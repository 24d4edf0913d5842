/** What one process of a job has done: a line for each try, where Azure has the logs of its own processes. */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

/** What cannot be written is left out: no job fails for want of this. */
export class ProcessLog {
  readonly #path: string;
  readonly #folder: string;
  #file: number | undefined;
  #closed = false;

  constructor(logs: string, node: string, name: string) {
    this.#folder = join(logs, "sys/node", node);
    this.#path = join(this.#folder, `${name}.txt`);
  }

  say(text: string): void {
    if (this.#closed) return;
    try {
      if (this.#file === undefined) {
        mkdirSync(this.#folder, { recursive: true });
        this.#file = openSync(this.#path, "a");
      }
      writeSync(this.#file, `${new Date().toISOString()} ${text}\n`);
    } catch {
      // A full disk, or a volume that is away: whoever writes results says so.
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      if (this.#file !== undefined) closeSync(this.#file);
    } catch {
      // Some file systems of a network say only here what they could not write.
    }
  }
}

/** Of the process in a place, in the names of all its logs. */
export const processName = (slot: number): string => `process${String(slot).padStart(3, "0")}`;
