/** The logs that a job itself writes, where Azure puts them; those of scripts are their processes' own. */
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Tally } from "./journal.ts";

/** Between two lines of the overview. */
const OVERVIEW_MS = 1000;

export class JobLog {
  readonly #folder: string;
  readonly #miniBatches: number;
  #last = -Infinity;

  constructor(folder: string, miniBatches: number) {
    this.#folder = folder;
    this.#miniBatches = miniBatches;
  }

  /** What the coordinator does. */
  system(text: string): void {
    this.#append("sys/master_role.txt", text);
  }

  /** How far the job is, a line a second at most; `last`: in any case. */
  progress(tally: Tally, last = false): void {
    const now = performance.now();
    if (!last && now - this.#last < OVERVIEW_MS) return;
    this.#last = now;
    const { done, failedFiles, failedMiniBatches, items } = tally;
    this.#append("job_progress_overview.txt", `${done + failedMiniBatches} of ${this.#miniBatches} mini-batches, ${failedMiniBatches} of them failed; ${items} results, ${failedFiles} failed files`);
  }

  #append(name: string, text: string): void {
    const path = join(this.#folder, name);
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, `${new Date().toISOString()} ${text}\n`);
  }
}
