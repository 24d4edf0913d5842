/** Keeps two processes from doing the same work at once. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

const POLL_MS = 200;

/** Waits for the lock, and gives its release. The lock of a process that is gone counts for nothing. */
export const lock = async (path: string, signal?: AbortSignal): Promise<() => void> => {
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (isStale(path)) rmSync(path, { force: true });
    else await wait(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
};

const isStale = (path: string): boolean => {
  try {
    const pid = Number(readFileSync(path, "utf8"));
    // Just made, and not yet written.
    return pid > 0 && !isAlive(pid);
  } catch {
    return false;
  }
};

/** Whether a process of this number exists. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};
