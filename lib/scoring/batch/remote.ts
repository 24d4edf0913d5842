/** Data elsewhere, through the Python of the deployment and fsspec; single files of https without either. */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import type { BatchDriver } from "../contract/batch.ts";
import { JobError } from "./job-error.ts";
import { shown } from "./uri.ts";

const SCRIPT = fileURLToPath(new URL("../worker/remote.py", import.meta.url));
const ROWS = fileURLToPath(new URL("../worker/parquet_rows.py", import.meta.url));

/** The deployment's Python, with its variables: credentials are among them. */
export type Interpreter = Pick<BatchDriver, "python" | "environmentVariables">;

/** Runs a script and gives its lines; what it writes to its standard error is why it failed. */
async function* lines({ environmentVariables, python = "python3" }: Interpreter, args: readonly string[], input?: Iterable<string>): AsyncGenerator<string> {
  const child = spawn(python, [...args], { env: { ...process.env, ...environmentVariables }, stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (text: Buffer) => (complaint = `${complaint}${text}`.slice(-4000)));
  const ended = new Promise<number | null>((resolve) => {
    child.once("error", (error) => ((complaint = `cannot run ${JSON.stringify(python)} as Python: ${error.message}`), resolve(1)));
    child.once("close", resolve);
  });
  child.stdin.on("error", () => {}); // it has ended, and says why
  child.stdin.end(input === undefined ? "" : [...input].map((line) => `${line}\n`).join(""));
  yield* createInterface({ input: child.stdout });
  if ((await ended) !== 0) throw new JobError(complaint.trim());
}

/** Names below an address, in order. */
export async function* listRemote(python: Interpreter, uri: string): AsyncGenerator<string> {
  for await (const line of lines(python, [SCRIPT, "list", uri])) yield JSON.parse(line) as string;
}

/** Whether something is there. */
export async function existsRemote(python: Interpreter, uri: string): Promise<boolean> {
  for await (const line of lines(python, [SCRIPT, "exists", uri])) return JSON.parse(line) as boolean;
  return false;
}

/** Copies a file there. */
export async function putRemote(python: Interpreter, source: string, uri: string): Promise<void> {
  for await (const _ of lines(python, [SCRIPT, "put", source, uri]));
}

/** Rows of a Parquet file. */
export async function parquetRows(python: Interpreter, path: string): Promise<number> {
  for await (const line of lines(python, [ROWS], [JSON.stringify(path)])) return Number(line);
  throw new JobError(`${path} cannot be read as Parquet`);
}

/** A file and where it is to stand. */
interface Copy {
  readonly uri: string;
  readonly target: string;
}

/** Copies files here: what https gives needs no Python. */
export async function download(copies: readonly Copy[]): Promise<void> {
  const isWeb = ({ uri }: Copy): boolean => /^https?:/.test(uri);
  for (const each of copies) if (isWeb(each)) await fetchOne(each);
  const others = copies.filter((each) => !isWeb(each));
  if (others.length > 0) for await (const _ of lines({ environmentVariables: {} }, [SCRIPT, "gather"], others.map((each) => JSON.stringify(each))));
}

async function fetchOne({ target, uri }: Copy): Promise<void> {
  const answer = await fetch(uri).catch((error: Error) => {
    throw new JobError(`${shown(uri)} cannot be fetched: ${error.cause instanceof Error ? error.cause.message : error.message}`);
  });
  if (!answer.ok || answer.body === null) throw new JobError(`${shown(uri)} cannot be fetched: the server answered ${answer.status}`);
  await pipeline(Readable.fromWeb(answer.body), createWriteStream(target));
}
