/** Puts the parts together, in the order of the mini-batches, and lets the result appear in one step. */
import { closeSync, existsSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import type { Tally } from "./journal.ts";
import { failuresOf, partOf, type Layout } from "./layout.ts";
import type { Planned } from "./manifest.ts";

/** The file `errors.jsonl`, as far as the job has come. */
export const mergeErrors = ({ miniBatches }: Planned, layout: Layout): Promise<void> => merge(layout.errors, miniBatches, (n) => failuresOf(layout, n));

/** The merged results. */
export const mergeResults = ({ miniBatches }: Planned, layout: Layout): Promise<void> => merge(layout.results, miniBatches, (n) => partOf(layout, n));

/** Whether this job has been finished by somebody who has not lived to say so: its summary is there, and the folder that it works in is not. */
export const isFinished = (layout: Layout, job: string): boolean => !existsSync(layout.work) && existsSync(layout.summary) && readSummary(layout).job === job;

/** `summary.json`. */
export interface Summary {
  /** Id of the job. */
  readonly job: string;
  readonly files: number;
  readonly miniBatches: number;
  readonly failedMiniBatches: number;
  readonly results: number;
  readonly failedFiles: number;
}

export const readSummary = ({ summary }: Layout): Summary => JSON.parse(readFileSync(summary, "utf8")) as Summary;

/** What the job came to. */
export const writeSummary = (job: string, planned: Planned, layout: Layout, tally: Tally): void => {
  const summary: Summary = { job, files: planned.files, miniBatches: planned.miniBatches, failedMiniBatches: tally.failedMiniBatches, results: tally.items, failedFiles: tally.failedFiles };
  writeFileSync(`${layout.summary}.next`, `${JSON.stringify(summary, null, 2)}\n`);
  renameSync(`${layout.summary}.next`, layout.summary);
};

/** So much is written at a time, and read of a part. */
const [WRITE_BYTES, READ_BYTES] = [1 << 20, 1 << 16];
/** So long nothing else of the process has its turn. */
const BREATH_MS = 10;

/**
 * Puts together what there is of so many parts. They are many and small, and have just been written: reading one takes some ten microseconds, where a
 * stream of its own takes more than a millisecond. A volume that hangs holds up the process, as it does where parts get their names. What is written,
 * and waited for until it stands on the disk, is not small.
 */
async function merge(target: string, count: number, path: (n: number) => string): Promise<void> {
  const next = `${target}.next`;
  const out = new Gathered(await open(next, "w"));
  try {
    let breath = performance.now();
    for (let n = 0; n < count; n++) {
      if (existsSync(path(n))) await out.add(path(n));
      if (performance.now() - breath < BREATH_MS) continue;
      await setImmediate();
      breath = performance.now();
    }
    await out.flush();
    await out.file.sync();
  } finally {
    await out.file.close();
  }
  renameSync(next, target);
}

/** A file that is written in large pieces. */
class Gathered {
  readonly file: FileHandle;
  readonly #buffer = Buffer.allocUnsafe(WRITE_BYTES);
  #filled = 0;

  constructor(file: FileHandle) {
    this.file = file;
  }

  /** What stands in another file. */
  async add(path: string): Promise<void> {
    const from = openSync(path, "r");
    try {
      for (;;) {
        if (this.#filled + READ_BYTES > WRITE_BYTES) await this.flush();
        const count = readSync(from, this.#buffer, this.#filled, READ_BYTES, null);
        if (count === 0) return;
        this.#filled += count;
      }
    } finally {
      closeSync(from);
    }
  }

  /** The last room of a disk takes a part of what is written. */
  async flush(): Promise<void> {
    for (let at = 0; at < this.#filled; ) at += (await this.file.write(this.#buffer, at, this.#filled - at)).bytesWritten;
    this.#filled = 0;
  }
}
