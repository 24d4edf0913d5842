/** Puts the parts together, in the order of the mini-batches, and lets the result appear in one step. */
import { closeSync, createReadStream, createWriteStream, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { once } from "node:events";
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

async function merge(target: string, parts: Iterable<string>): Promise<void> {
  const next = `${target}.next`;
  const out = createWriteStream(next);
  const failed = new Promise<never>((_resolve, reject) => out.once("error", reject));
  failed.catch(() => {}); // asked below
  for (const part of parts) {
    for await (const chunk of createReadStream(part, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      if (!out.write(chunk)) await Promise.race([once(out, "drain"), failed]);
    }
  }
  await Promise.race([new Promise<void>((resolve) => out.end(resolve)), failed]);
  const file = openSync(next, "r");
  fsyncSync(file);
  closeSync(file);
  renameSync(next, target);
}
