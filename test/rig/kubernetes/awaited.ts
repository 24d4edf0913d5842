/** Waits by watches for a limited time, and says in the end what was missing. */
import type { Client } from "./client.ts";
import { NotReady, watched, type Look, type Seen } from "./plugin/waiting.ts";

/** `look` is asked when all that the collections at `paths` hold is known, and after every change. */
export const awaited = async (client: Client, what: string, seconds: number, paths: readonly string[], look: (seen: Seen) => Look): Promise<void> => {
  try {
    await watched({ client, seconds, signal: new AbortController().signal }, what, paths, look);
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    throw new Error(`waited ${seconds} s for ${what}: ${error.reasons.join("; ") || "nothing was heard of it"}`, { cause: error });
  }
};
