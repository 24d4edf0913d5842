/** Keeps two processes from doing the same work at once. */
import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

const POLL_MS = 200;

/** How one waits. */
export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told once, if there is something to wait for. */
  say(line: string): void;
}

/** Waits for the lock, and gives its release. The lock of a process that is gone counts for nothing. */
export const lock = async (path: string, { say, signal }: LockOptions): Promise<() => void> => {
  const mine = `${process.pid} ${randomUUID()}`;
  for (let told = false; !take(path, mine); ) {
    const holder = contentOf(path);
    if (holder === undefined || (isStale(holder) && breakStale(path, mine))) continue;
    // Two deployments of one program need the same: there is nobody else to wait for.
    if (!told && !isStale(holder) && pidOf(holder) !== process.pid) say(`waiting for process ${pidOf(holder)}, which does the same work (${path})`);
    told ||= !isStale(holder);
    await wait(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
  return () => removeIf(path, mine);
};

/** Makes the file with its content in one step: a lock without content would belong to nobody. */
const take = (path: string, content: string): boolean => {
  const next = `${path}.${content.replace(" ", ".")}`;
  writeFileSync(next, content);
  try {
    linkSync(next, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(next, { force: true });
  }
};

/** Removes a stale lock, one process at a time: of two that saw it, the slower would remove the new lock of the quicker. */
const breakStale = (path: string, mine: string): boolean => {
  const breaker = `${path}.break`;
  if (!take(breaker, mine)) {
    const other = contentOf(breaker);
    if (other !== undefined && isStale(other)) removeIf(breaker, other);
    return false;
  }
  const holder = contentOf(path);
  if (holder !== undefined && isStale(holder)) rmSync(path, { force: true });
  removeIf(breaker, mine);
  return true;
};

const removeIf = (path: string, content: string): void => {
  if (contentOf(path) === content) rmSync(path, { force: true });
};

const contentOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
};

const pidOf = (content: string): number => Number(content.split(" ")[0]);

/** A lock that names no process was written by one that is gone: locks are made whole. */
const isStale = (content: string): boolean => !(pidOf(content) > 0 && isAlive(pidOf(content)));

/** Whether a process of this number exists. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};
