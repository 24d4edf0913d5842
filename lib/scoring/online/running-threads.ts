/** Worker threads that run, so that the process can end although one of them cannot. */
import type { Worker as Thread } from "node:worker_threads";

/** How long a thread may take to end. JavaScript ends at once; native code cannot be interrupted. */
export const GRACE_MS = 1000;

const threads = new Set<Thread>();

/** Keeps it in mind until its end. */
export function running(thread: Thread): Thread {
  threads.add(thread);
  thread.once("exit", () => threads.delete(thread));
  return thread;
}

/** Ends all. False: one is in native code, and the exit of the process would wait for it. */
export async function endThreads(): Promise<boolean> {
  if (threads.size === 0) return true;
  const ended = Promise.all([...threads].map((thread) => thread.terminate())).then(() => true);
  const tired = new Promise<boolean>((resolve) => setTimeout(resolve, GRACE_MS, false));
  return Promise.race([ended, tired]);
}
