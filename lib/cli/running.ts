/** Which endpoints run on this machine now: `dev` writes it down, `invoke` looks it up. No key is in it, only where the keys are. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { isAlive } from "./lock.ts";
import { isObject } from "./project.ts";
import { stateHome, writePrivate } from "./state.ts";

/** One running endpoint. */
export interface RunningEndpoint {
  readonly name: string;
  /** Without `/score` or `/jobs`. */
  readonly url: string;
  /** @default "online" */
  readonly kind?: "online" | "batch";
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

/** Everything that runs, of every project. Notes of processes that were killed are removed. */
export const findRunning = (env: Readonly<NodeJS.ProcessEnv>): RunningEndpoint[] =>
  inside(stateHome(env))
    .flatMap(inside)
    .flatMap(inside)
    .flatMap((path) => {
      const pid = /^running-(\d+)\.json$/.exec(basename(path))?.[1];
      if (pid === undefined) return [];
      if (isAlive(Number(pid))) return endpointsOf(path);
      rmSync(path, { force: true });
      return [];
    });

/** Nothing, where the note cannot be read: its process may just have ended, and one bad file must not hide the others. */
const endpointsOf = (path: string): readonly RunningEndpoint[] => {
  try {
    const note: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isObject(note) && Array.isArray(note["endpoints"]) ? (note as unknown as Note).endpoints : [];
  } catch {
    return [];
  }
};

/** Nothing, for what is no folder or is gone by now. */
const inside = (folder: string): string[] => {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
};
