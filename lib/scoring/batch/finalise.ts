/** Puts the parts together, in the order of the mini-batches, and lets the result appear in one step. */
import { closeSync, existsSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import type { Tally } from "./journal.ts";
import { failuresOf, partOf, type Layout } from "./layout.ts";
import type { Planned } from "./manifest.ts";

/** The file `errors.jsonl`, as far as the job has come. */
export const mergeErrors = ({ miniBatches }: Planned, layout: Layout): Promise<void> => merge(layout.errors, numbered(miniBatches, (n) => failuresOf(layout, n)));

/** The merged results. */
export const mergeResults = ({ miniBatches }: Planned, layout: Layout): Promise<void> => merge(layout.results, numbered(miniBatches, (n) => partOf(layout, n)));

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

function* numbered(count: number, path: (n: number) => string): Generator<string> {
  for (let n = 0; n < count; n++) if (existsSync(path(n))) yield path(n);
}

/** So much is written at a time, and read of a part. */
const [WRITE_BYTES, READ_BYTES] = [1 << 20, 1 << 16];
/** So long nothing else of the process has its turn. */
const BREATH_MS = 10;

/**
 * Parts are many and small, and have just been written: reading one takes some ten microseconds, where a stream of its own takes more than a millisecond.
 * What is written, and waited for until it stands on the disk, is not small.
 */
async function merge(target: string, parts: Iterable<string>): Promise<void> {
  const next = `${target}.next`;
  const out = await open(next, "w");
  try {
    const buffer = Buffer.allocUnsafe(WRITE_BYTES);
    let filled = 0;
    let breath = performance.now();
    for (const part of parts) {
      const file = openSync(part, "r");
      try {
        for (let count = READ_BYTES; count > 0; filled += count) {
          if (filled + READ_BYTES > buffer.length) {
            await writeWhole(out, buffer.subarray(0, filled));
            filled = 0;
          }
          count = readSync(file, buffer, filled, READ_BYTES, null);
        }
      } finally {
        closeSync(file);
      }
      if (performance.now() - breath < BREATH_MS) continue;
      await setImmediate();
      breath = performance.now();
    }
    await writeWhole(out, buffer.subarray(0, filled));
    await out.sync();
  } finally {
    await out.close();
  }
  renameSync(next, target);
}

/** The last room of a disk takes a part of what is written. */
const writeWhole = async (out: FileHandle, bytes: Buffer): Promise<void> => {
  for (let from = 0; from < bytes.length; ) from += (await out.write(bytes, from)).bytesWritten;
};
