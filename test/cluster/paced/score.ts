/** Takes as long as the request says: waits, and then computes. */
import { setTimeout as sleep } from "node:timers/promises";

export const init = (): void => {};

export const run = async (data: string): Promise<string> => {
  const { computeMs, waitMs } = JSON.parse(data) as { readonly computeMs: number; readonly waitMs: number };
  await sleep(waitMs);
  for (const end = performance.now() + computeMs; performance.now() < end; );
  return "done";
};
