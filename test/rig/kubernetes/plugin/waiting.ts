/** Watches until something is so, and not longer than the time given. */
import type { Change, Client, Fields } from "../client.ts";

/** What to do, for how long, and how it is stopped. */
export interface Patience {
  readonly client: Client;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** The time was over, or somebody stopped it, before it was so. */
export class NotReady extends Error {
  readonly reasons: readonly string[];

  constructor(message: string, reasons: readonly string[]) {
    super(message);
    this.reasons = reasons;
  }
}

/** Objects of collections, by collection and name. */
export type Seen = readonly ReadonlyMap<string, Fields>[];

/** Whether it is so, and why not yet. */
export interface Look {
  readonly done: boolean;
  readonly reasons: readonly string[];
}

/** Keeps what the collections hold, and looks at it when all are known and after every change. */
export const watched = async ({ client, seconds, signal }: Patience, what: string, paths: readonly string[], look: (seen: Seen) => Look): Promise<void> => {
  const seen = paths.map(() => new Map<string, Fields>());
  let last: Look = { done: false, reasons: [] };
  const over = new AbortController();
  const timer = setTimeout(() => over.abort("time"), seconds * 1000);
  const stopped = new Promise<never>((_resolve, reject) => {
    const stop = (message: string) => () => reject(new NotReady(message, last.reasons));
    over.signal.addEventListener("abort", stop(`${what} timed out waiting to be Ready`));
    signal.addEventListener("abort", stop(`Resource operation was cancelled for ${what}`));
  });
  const watches = paths.map((path) => client.watch(path));
  let listed = 0;
  const follow = async (watch: AsyncGenerator<Change>, objects: Map<string, Fields>): Promise<void> => {
    for await (const { object, type } of watch) {
      const name = object["metadata"].name as string;
      if (type === "LISTED") listed++;
      else if (type === "DELETED") objects.delete(name);
      else objects.set(name, object);
      if (listed < paths.length) continue;
      last = look(seen);
      if (last.done) return;
    }
  };
  try {
    await Promise.race([...watches.map((watch, i) => follow(watch, seen[i] as Map<string, Fields>)), stopped]);
  } finally {
    clearTimeout(timer);
    for (const watch of watches) void watch.return(undefined);
  }
};
