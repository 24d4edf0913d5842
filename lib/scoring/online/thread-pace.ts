/** How many requests a thread is given at once: it should never wait for the next, and a request should rather wait where it can be told so. */

/** As many as the thread answers in this time, in milliseconds. */
const SPAN_MS = 10;
/** One runs, and the next is at hand. */
const FEWEST = 2;
/** How much of a new measurement is believed. */
const WEIGHT = 0.1;

export class Pace {
  readonly #most: number;
  /** Milliseconds that a request takes, crossing included; a first guess, which gives {@link FEWEST}. */
  #cost = SPAN_MS;
  #since = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get depth(): number {
    return Math.max(FEWEST, Math.min(this.#most, Math.floor(SPAN_MS / this.#cost)));
  }

  /** The thread, which had nothing to do, has been given a request. */
  began(): void {
    this.#since = performance.now();
  }

  /** So many answers came together. */
  answered(count: number): void {
    if (count === 0) return;
    const now = performance.now();
    this.#cost += WEIGHT * ((now - this.#since) / count - this.#cost);
    this.#since = now;
  }
}
