/** From a line of the manifest to the paths that `run()` gets, in a process of Node. */
import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Slice } from "./csv-rows.ts";
import type { Entry } from "./manifest.ts";
import { download } from "./remote.ts";
import type { Setting, Task } from "./worker.ts";

/** What a path stands for. */
export interface Source {
  readonly name: string;
  /** Number of its first row in the file. */
  readonly row: number;
}

let manifest: number | undefined;

/** Slices and fetched files live as long as the work. */
export async function withFiles<T>(setting: Setting, { length, offset }: Task, work: (paths: readonly string[], sources: readonly Source[]) => Promise<T>): Promise<T> {
  const bytes = Buffer.alloc(length);
  readSync((manifest ??= openSync(setting.manifest, "r")), bytes, 0, length, offset);
  const entries = JSON.parse(bytes.toString()) as Entry[];
  const sources = entries.map((entry) => (typeof entry === "string" ? { name: entry, row: 0 } : { name: entry.file, row: entry.row }));
  const remote = setting.root.includes("://");
  if (!remote && entries.every((entry) => typeof entry === "string")) return work(entries.map((entry) => join(setting.root, entry)), sources);
  mkdirSync(setting.scratch, { recursive: true });
  const folder = mkdtempSync(join(setting.scratch, "try-"));
  try {
    if (remote) return await work(await fetched(setting, entries as readonly string[], folder), sources);
    const paths: string[] = [];
    for (const entry of entries) paths.push(typeof entry === "string" ? join(setting.root, entry) : await sliced(setting.root, entry, folder));
    return await work(paths, sources);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Parts of a file are local always. */
async function fetched({ query = "", root }: Setting, names: readonly string[], folder: string): Promise<string[]> {
  const copies = names.map((name) => ({ uri: name === "" ? root : `${root.replace(/\/+$/, "")}/${name}${query}`, target: join(folder, name === "" ? basename(root) : name) }));
  for (const { target } of copies) mkdirSync(dirname(target), { recursive: true });
  await download(copies);
  return copies.map(({ target }) => target);
}

async function sliced(root: string, { file, from = 0, header = 0, row, rows, to = 0 }: Slice, folder: string): Promise<string> {
  const extension = extname(file);
  const target = join(folder, `${basename(file, extension)}.rows-${row}-${row + rows - 1}${extension}`);
  const out = createWriteStream(target);
  if (header > 0) await pipeline(createReadStream(join(root, file), { end: header - 1 }), out, { end: false });
  if (to > from) await pipeline(createReadStream(join(root, file), { start: from, end: to - 1 }), out);
  else await new Promise<void>((resolve) => out.end(resolve));
  return target;
}
