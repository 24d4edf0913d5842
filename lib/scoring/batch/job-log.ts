/** The logs that a job itself writes, where Azure puts them; what scripts print is their processes' own. */
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Tally } from "./journal.ts";
import { ProcessLog, processName } from "./process-log.ts";
import { ResourceUsage, type Used } from "./resource-usage.ts";

/** Between two lines of the overview. */
const OVERVIEW_MS = 1000;

/** Names of the two logs. Of several writers each has its own: appending is no single step on every file system. */
export interface LogNames {
  readonly system: string;
  readonly overview: string;
}

const NAMES: LogNames = { system: "sys/master_role.txt", overview: "job_progress_overview.txt" };

export class JobLog {
  readonly #folder: string;
  readonly #miniBatches: number;
  readonly #names: LogNames;
  readonly #node: string;
  #last = -Infinity;

  /** `node`: this machine's name. */
  constructor(folder: string, miniBatches: number, node: string, names: LogNames = NAMES) {
    this.#folder = folder;
    this.#miniBatches = miniBatches;
    this.#names = names;
    this.#node = node;
  }

  /** What the coordinator does. */
  system(text: string): void {
    this.#append(this.#names.system, text);
  }

  /** How far the job is, a line a second at most; `last`: in any case. */
  progress(tally: Tally, last = false): void {
    const now = performance.now();
    if (!last && now - this.#last < OVERVIEW_MS) return;
    this.#last = now;
    const { done, failedFiles, failedMiniBatches, items } = tally;
    this.#append(this.#names.overview, `${done + failedMiniBatches} of ${this.#miniBatches} mini-batches, ${failedMiniBatches} of them failed; ${items} results, ${failedFiles} failed files`);
  }

  /** Of the process in a place. */
  process(slot: number): ProcessLog {
    return new ProcessLog(this.#folder, this.#node, processName(slot));
  }

  /** From now on. */
  usage(processes: () => readonly Used[]): ResourceUsage {
    return new ResourceUsage(this.#folder, this.#node, processes);
  }

  #append(name: string, text: string): void {
    const path = join(this.#folder, name);
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, `${new Date().toISOString()} ${text}\n`);
  }
}
