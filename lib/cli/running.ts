/** Which endpoints run on this machine now: `dev` writes it down, `invoke` looks it up. No key is in it, only where the keys are. */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "./lock.ts";
import { stateHome, writePrivate } from "./state.ts";

/** One running endpoint. */
export interface RunningEndpoint {
  readonly name: string;
  /** Without `/score`. */
  readonly url: string;
  readonly port: number;
  /** Path of its keys' file. */
  readonly keys: string;
}

interface Note {
  readonly pid: number;
  readonly endpoints: readonly RunningEndpoint[];
}

const noteOf = (stackFolder: string): string => join(stackFolder, `running-${process.pid}.json`);

/** Writes down what this process runs. */
export const noteRunning = (stackFolder: string, endpoints: readonly RunningEndpoint[]): void => {
  const note: Note = { pid: process.pid, endpoints };
  writePrivate(noteOf(stackFolder), JSON.stringify(note));
};

export const forgetRunning = (stackFolder: string): void => rmSync(noteOf(stackFolder), { force: true });

/** Everything that runs, of every project. Notes of processes that were killed are ignored. */
export const findRunning = (env: Readonly<NodeJS.ProcessEnv>): RunningEndpoint[] =>
  foldersIn(stateHome(env))
    .flatMap(foldersIn)
    .flatMap((folder) => readdirSync(folder).flatMap((file) => (/^running-\d+\.json$/.test(file) ? [join(folder, file)] : [])))
    .map((path) => JSON.parse(readFileSync(path, "utf8")) as Note)
    .filter(({ pid }) => isAlive(pid))
    .flatMap(({ endpoints }) => endpoints);

const foldersIn = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [join(folder, entry.name)] : [])) : [];
