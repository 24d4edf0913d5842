import { createHash, type Hash } from "node:crypto";
import { closeSync, openSync, readdirSync, readFileSync, readSync, realpathSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { INLINE_LIMIT, type Bundle, type BundleFile } from "../model/bundle.ts";

/**
 * `content`: every byte is hashed, for targets that upload. `place`: sizes and times of change alone, for localhost, which reads files where they
 * are and must not read gigabytes to start. `inline`: content where the whole is small enough to travel in a cluster's object, else as `place`,
 * because it will be refused.
 */
export type Reading = "content" | "place" | "inline";

/** What tools leave behind; a change of it is no new version. */
const LEFT_OUT = new Set(["__pycache__", ".git", ".venv", ".DS_Store", ".ipynb_checkpoints", ".pytest_cache"]);

interface Found {
  readonly path: string;
  readonly source: string;
  readonly size: number;
  readonly changed: number;
}

/** Reads a file or a folder that exists. */
export const bundle = (root: string, reading: Reading): Bundle => {
  const folder = statSync(root).isDirectory();
  const found = folder ? walk(root, "", new Set()) : [stat(root, basename(root))];
  const total = found.reduce((sum, file) => sum + file.size, 0);
  const small = total <= INLINE_LIMIT;
  const files = found.map((file) => readFile(file, reading === "inline" && !small ? "place" : reading, small));
  const kind = folder ? "folder" : "file";
  return { kind, name: basename(root), root, files, bytes: total, hash: hashOf(basename(root), files) };
};

/** Every file below a folder, in order of path. Links are followed; a link to a folder above ends. */
const walk = (root: string, inside: string, above: ReadonlySet<string>): Found[] => {
  const here = join(root, inside);
  const real = realpathSync(here);
  if (above.has(real)) return [];
  const names = readdirSync(here).filter((name) => !LEFT_OUT.has(name)).toSorted();
  return names.flatMap((name) => {
    const path = inside === "" ? name : `${inside}/${name}`;
    return statSync(join(root, path)).isDirectory() ? walk(root, path, new Set([...above, real])) : [stat(join(root, path), path)];
  });
};

const stat = (source: string, path: string): Found => {
  const { size, mtimeMs } = statSync(source);
  return { path, source, size, changed: mtimeMs };
};

const readFile = ({ path, source, size, changed }: Found, reading: Reading, small: boolean): BundleFile => {
  if (reading === "place") return { path, source, size, sha256: hex(createHash("sha256").update(`${source}\0${size}\0${changed}`)) };
  if (!small) return { path, source, size, sha256: hashFile(source) };
  const bytes = readFileSync(source);
  return { path, source, size, sha256: hex(createHash("sha256").update(bytes)), bytes };
};

/** In pieces: a model may be larger than memory. */
const hashFile = (source: string): string => {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  const file = openSync(source, "r");
  try {
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) hash.update(buffer.subarray(0, read));
  } finally {
    closeSync(file);
  }
  return hex(hash);
};

const hashOf = (name: string, files: readonly BundleFile[]): string => {
  const hash = createHash("sha256").update(name);
  for (const file of files) hash.update(`\0${file.path}\0${file.sha256}`);
  return hex(hash).slice(0, 12);
};

const hex = (hash: Hash): string => hash.digest("hex");
