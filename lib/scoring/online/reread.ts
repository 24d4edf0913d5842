/** Files that are read again when they change, so that nobody restarts a server for a key. */
import { info, warn } from "./log.ts";

/**
 * Two small reads a second cost nothing; watching would: Kubernetes swaps a link two folders up, editors replace the file, and network
 * file systems tell nobody.
 */
const POLL_MS = 500;

/** What there is to read. */
export interface Source<T> {
  /** In the plural, for the log: "keys". */
  readonly what: string;
  readonly path: string;
  /** All the text that decides, and what it means. Rejects when it cannot be read or means nothing. */
  load(): Promise<{ text: string; value: T }>;
  /** Another value holds from now on; the first too. */
  changed(value: T): void;
}

/** Reads, and goes on reading until the returned function is called. Rejects when the first reading fails; a later one that fails changes nothing. */
export async function reread<T>({ what, path, load, changed }: Source<T>): Promise<() => void> {
  let { text, value } = await load();
  changed(value);
  let complaint = "";
  let reading = false;
  const refresh = async (): Promise<void> => {
    try {
      const next = await load();
      if (next.text !== text) {
        ({ text, value } = next);
        changed(value);
        info(`${what} were read again from ${path}`);
      }
      complaint = "";
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (problem !== complaint) warn(`the ${what} stay as they were: ${problem}`);
      complaint = problem;
    }
  };
  const tick = (): void => {
    if (reading) return;
    reading = true;
    void refresh().finally(() => (reading = false));
  };
  const timer = setInterval(tick, POLL_MS).unref();
  return () => clearInterval(timer);
}
