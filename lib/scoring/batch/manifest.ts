/** The mini-batches of a job, one a line of a file, so that their number costs no memory. */
import { once } from "node:events";
import { createReadStream, createWriteStream, renameSync, writeFileSync } from "node:fs";
import type { Slice } from "./csv-rows.ts";
import { readIfThere } from "./read-if-there.ts";

/** A file of the input by its name below the root, or a part of one. */
export type Entry = string | Slice;

/** A mini-batch: its number, and where its line stands. */
export interface MiniBatch {
  readonly n: number;
  readonly offset: number;
  readonly length: number;
  readonly entries: readonly Entry[];
}

/** What was planned. */
export interface Planned {
  /** Folder or address that the names stand below. */
  readonly root: string;
  /** What stands behind the name in the address of the one file. */
  readonly query?: string;
  readonly miniBatches: number;
  /** Files, or parts of files. */
  readonly files: number;
}

const LINE_FEED = 0x0a;

/** Writes the lines, then the plan, which says that they are whole. */
export async function writeManifest(paths: { readonly manifest: string; readonly planned: string }, from: Pick<Planned, "query" | "root">, batches: AsyncIterable<readonly Entry[]>): Promise<Planned> {
  const stream = createWriteStream(paths.manifest);
  const failed = new Promise<never>((_resolve, reject) => stream.once("error", reject));
  failed.catch(() => {}); // asked below
  let [miniBatches, files] = [0, 0];
  for await (const entries of batches) {
    miniBatches += 1;
    files += entries.length;
    if (!stream.write(`${JSON.stringify(entries)}\n`)) await Promise.race([once(stream, "drain"), failed]);
  }
  await Promise.race([new Promise<void>((resolve) => stream.end(resolve)), failed]);
  const planned: Planned = { ...from, miniBatches, files };
  writeFileSync(`${paths.planned}.next`, JSON.stringify(planned), { mode: 0o600 });
  renameSync(`${paths.planned}.next`, paths.planned);
  return planned;
}

/** The plan, where the manifest is whole. */
export const readPlanned = (path: string): Planned | undefined => {
  const text = readIfThere(path);
  return text === undefined ? undefined : (JSON.parse(text) as Planned);
};

/** The mini-batches that are wanted, in their order. */
export async function* readManifest(path: string, wanted: (n: number) => boolean): AsyncGenerator<MiniBatch> {
  let [n, offset] = [0, 0];
  let rest: Buffer[] = [];
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 16 }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      const last = chunk.subarray(from, end);
      const line = rest.length === 0 ? last : Buffer.concat([...rest, last]);
      if (wanted(n)) yield { n, offset, length: line.length, entries: JSON.parse(line.toString()) as Entry[] };
      rest = [];
      offset += line.length + 1;
      n += 1;
      from = end + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
}

/** Groups what comes into mini-batches. */
export async function* grouped(entries: AsyncIterable<Entry> | Iterable<Entry>, size: number): AsyncGenerator<readonly Entry[]> {
  let group: Entry[] = [];
  for await (const entry of entries) {
    group.push(entry);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
