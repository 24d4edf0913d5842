/** When a front that died is started again, and the time that this and the probes go by. */
import { setTimeout } from "node:timers/promises";
import { LONGEST_TIMER_MS } from "../scoring/contract.ts";

/** Time, so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds that never go backwards. */
  now(): number;
  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  // Unref'd: it is the listener and the fronts that keep the process alive, never a wait for the next probe.
  wait: (ms, signal) => setTimeout(Math.min(ms, LONGEST_TIMER_MS), undefined, { signal, ref: false }).catch(() => undefined),
};

const FIRST_MS = 100;
const CAP_MS = 10_000;
/** A front that was ready for this long is healthy: its next death starts the count again. */
const HEALTHY_MS = 10_000;

/** Milliseconds before the next start after so many deaths in a row: 100, 200, 400 … 10,000. */
export const backOffMs = (deathsBefore: number): number => Math.min(FIRST_MS * 2 ** deathsBefore, CAP_MS);

/** Deaths in a row after one more, of a front that was ready for `readyMs`, or never. */
export const countDeaths = (deathsBefore: number, readyMs: number | undefined): number =>
  readyMs !== undefined && readyMs >= HEALTHY_MS ? 0 : deathsBefore;
