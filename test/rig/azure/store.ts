/** The world in a folder. One process at a time is inside; a process that was killed inside leaves a lock that the next one takes over. */
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULTS, type Control } from "./control.ts";
import type { LogLine } from "./log.ts";
import { empty, type World } from "./world.ts";

const STATE = "state.json";
const CONTROL = "control.json";
export const LOG = "calls.jsonl";

/** A way in, for one visit. */
export interface Visit {
  readonly world: World;
  readonly control: Control;
  /** Lines for the call log, in order. */
  readonly log: LogLine[];
}

/** Runs `inside` alone, and keeps what it changed even if it throws. */
export const visit = <T>(folder: string, inside: (visit: Visit) => T): T => {
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, "lock");
  take(lock);
  try {
    const world = readJson<World>(join(folder, STATE)) ?? empty();
    const log: LogLine[] = [];
    try {
      return inside({ world, control: readControl(folder), log });
    } finally {
      replace(join(folder, STATE), world);
      if (log.length > 0) appendFileSync(join(folder, LOG), log.map((line) => `${JSON.stringify(line)}\n`).join(""));
    }
  } finally {
    rmSync(lock, { force: true });
  }
};

export const readControl = (folder: string): Control => ({ ...DEFAULTS, ...readJson<Partial<Control>>(join(folder, CONTROL)) });

/** Plants; what is not named stays as it was. */
export const plant = (folder: string, control: Partial<Control>): void => {
  mkdirSync(folder, { recursive: true });
  replace(join(folder, CONTROL), { ...readJson<Partial<Control>>(join(folder, CONTROL)), ...control });
};

const readJson = <T>(file: string): T | undefined => {
  const text = readIf(file);
  return text === undefined ? undefined : (JSON.parse(text) as T);
};

export const readIf = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
};

const replace = (file: string, value: unknown): void => {
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(value));
  renameSync(`${file}.${process.pid}`, file);
};

const isCode = (error: unknown, code: string): boolean => (error as { code?: unknown }).code === code;

const take = (lock: string): void => {
  while (!tryTake(lock)) {
    if (isAbandoned(lock)) takeOver(lock);
    else pause(1);
  }
};

const tryTake = (lock: string): boolean => {
  try {
    const file = openSync(lock, "wx");
    writeSync(file, `${process.pid}`);
    closeSync(file);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
};

/** A lock of a process that is gone. One without a number is being written, unless it is old. */
const isAbandoned = (lock: string): boolean => {
  const text = readIf(lock);
  if (text === undefined) return false;
  if (text === "") return age(lock) > 1000;
  try {
    process.kill(Number(text), 0);
    return false;
  } catch (error) {
    return isCode(error, "ESRCH");
  }
};

/** Only one of those who wait may remove it, and only if it is still abandoned then. */
const takeOver = (lock: string): void => {
  const removing = `${lock}.removing`;
  if (age(removing) > 1000) rmSync(removing, { force: true });
  if (!tryTake(removing)) return pause(1);
  if (isAbandoned(lock)) rmSync(lock, { force: true });
  rmSync(removing, { force: true });
};

const age = (file: string): number => {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? 0 : Date.now() - found.mtimeMs;
};

const cell = new Int32Array(new SharedArrayBuffer(4));
const pause = (milliseconds: number): void => void Atomics.wait(cell, 0, 0, milliseconds);
