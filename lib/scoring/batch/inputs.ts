/** The files of an input, in an order that is the same everywhere. */
import { lstatSync, opendirSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import type { BatchModelDeployment } from "../contract/batch.ts";
import { csvSlices } from "./csv-rows.ts";
import type { DriverKind } from "./driver-kind.ts";
import { JobError } from "./job-error.ts";
import { grouped, type Entry } from "./manifest.ts";
import { listRemote, parquetRows, type Interpreter } from "./remote.ts";
import { shown, type Place } from "./uri.ts";

/** What the caller says the address is. */
export type InputType = "UriFile" | "UriFolder";

/** An input whose files are to be read. */
export interface Input {
  readonly type: InputType;
  readonly place: Place;
}

/** Files below a root. */
export interface Files {
  readonly root: string;
  /** Of the one file of an https address, such as a signature: no part of its name, and nothing to print. */
  readonly query?: string;
  readonly names: AsyncIterable<string> | Iterable<string>;
}

/** Why this input cannot be read, as far as a look can tell. */
export const inputProblem = ({ place, type }: Input): string | undefined => {
  if (place.kind === "remote") {
    if (!place.scheme.startsWith("http")) return undefined;
    if (type === "UriFolder") return `${shown(place.uri)}: a folder cannot be listed over https: give one file, as UriFile`;
    return shown(place.uri).endsWith("/") ? `${shown(place.uri)} has no file's name: expected the address of one file` : undefined;
  }
  const found = statSync(place.path, { throwIfNoEntry: false });
  if (found === undefined) return `the input ${place.path} does not exist`;
  if (type === "UriFile" && !found.isFile()) return `the input ${place.path} is no file: expected JobInputType UriFolder for a folder`;
  if (type === "UriFolder" && !found.isDirectory()) return `the input ${place.path} is no folder: expected JobInputType UriFile for a file`;
  return type === "UriFolder" && !holdsFile(place.path) ? `the input folder ${place.path} holds no files` : undefined;
};

/** Names of the files. MLflow models do not look into nested folders, as on Azure. */
export const filesOf = ({ place, type }: Input, python: Interpreter, kind: DriverKind): Files => {
  if (place.kind === "local") {
    return type === "UriFile" ? { root: dirname(place.path), names: [basename(place.path)] } : { root: place.path, names: walk(place.path, "", kind !== "mlflow") };
  }
  if (type === "UriFile") {
    const end = place.scheme.startsWith("http") ? place.uri.search(/[?#]|$/) : place.uri.length;
    const slash = place.uri.lastIndexOf("/", end - 1);
    return { root: place.uri.slice(0, slash), names: [place.uri.slice(slash + 1, end)], ...(end === place.uri.length ? {} : { query: place.uri.slice(end) }) };
  }
  return { root: place.uri, names: flatOnly(listRemote(python, place.uri), kind !== "mlflow") };
};

/** The mini-batches of a job. */
export const miniBatches = (files: Files, { driver, settings }: BatchModelDeployment, kind: DriverKind): AsyncIterable<readonly Entry[]> => {
  const { miniBatchSize, partitionRows } = settings;
  if (partitionRows === undefined) return grouped(files.names, miniBatchSize);
  return grouped(sliced(files, partitionRows, driver, kind), 1);
};

async function* sliced({ names, root }: Files, rows: number, python: Interpreter, kind: DriverKind): AsyncGenerator<Entry> {
  if (root.includes("://")) throw new JobError(`partitionRows splits files of this machine alone; got an input at ${root}`);
  for await (const name of names) {
    const extension = extname(name).toLowerCase();
    if (extension === ".csv") yield* csvSlices(join(root, name), name, rows);
    else if (!PARQUET.includes(extension)) throw new JobError(`partitionRows splits CSV and Parquet files; got ${join(root, name)}`);
    else if (kind === "js" || kind === "onnx") throw new JobError(`partitionRows splits Parquet files for Python, which cuts them; got ${join(root, name)}`);
    else yield* parquetSlices(name, rows, await parquetRows(python, join(root, name)));
  }
}

const PARQUET = [".parquet", ".pqt"];

function* parquetSlices(file: string, partitionRows: number, total: number): Generator<Entry> {
  for (let row = 0; row < total; row += partitionRows) yield { file, row, rows: Math.min(partitionRows, total - row) };
}

async function* flatOnly(names: AsyncIterable<string>, nested: boolean): AsyncGenerator<string> {
  for await (const name of names) if (nested || !name.includes("/")) yield name;
}

/** Depth first, by name: what stands in one folder is all that is held at a time. */
function* walk(root: string, below: string, nested: boolean): Generator<string> {
  const names = readdirSync(join(root, below)).sort();
  for (const name of names) {
    const path = below === "" ? name : `${below}/${name}`;
    const full = join(root, path);
    const entry = lstatSync(full);
    const folder = entry.isDirectory() || (entry.isSymbolicLink() && (statSync(full, { throwIfNoEntry: false })?.isDirectory() ?? false));
    if (!folder) yield path;
    else if (nested) yield* walk(root, path, nested);
  }
}

/** Whether there is a file at any depth; the first one ends the search. */
const holdsFile = (folder: string): boolean => {
  const open = opendirSync(folder);
  const folders: string[] = [];
  try {
    for (let entry = open.readSync(); entry !== null; entry = open.readSync()) {
      if (!entry.isDirectory()) return true;
      folders.push(join(folder, entry.name));
    }
  } finally {
    open.closeSync();
  }
  return folders.some(holdsFile);
};
