/** Which deployment gets the next request. */
import type { Share } from "./endpoints.ts";

/** A source of numbers from 0 up to, but not including, 1. */
export type Source = () => number;

/** Steps of the two sequences: irrational and independent of each other, so that the copies are a fair sample of every deployment's requests. */
export const STEPS = { split: (Math.sqrt(5) - 1) / 2, mirror: Math.SQRT2 - 1 } as const;

/**
 * Numbers spread as evenly as can be (a Kronecker sequence): among n of them the share below p is p·n up to a few, where independent random numbers
 * would miss by √n. Ten requests by hand at 90/10 show one on the ten. Every second or every third of them is as even again, so a caller whose
 * requests alternate sees the same split on each kind.
 */
export function evenly(step: number, start: number = Math.random()): Source {
  let at = start % 1;
  return () => (at = (at + step) % 1);
}

/** The share that a number from 0 to 1 falls on; none when no percent is positive, or the number lies above the sum. */
export function shareAt(shares: readonly Share[], number: number): string | undefined {
  let left = number * 100;
  for (const { deployment, percent } of shares) {
    if (left < percent) return deployment;
    left -= percent;
  }
  return undefined;
}
