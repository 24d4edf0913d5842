/** How long a batch that is not full waits for more; `../worker/batch_wait.py` is the same for Python. */

/** The share of what it saves that is waited, and the longest wait: no client that is going to ask again takes longer. */
const SHARE = 1 / 3;
const LONGEST_MS = 100;
/** How much one pair of runs teaches about what a request adds to a run. */
const TEACHES = 0.5;

/** Milliseconds that only go forward. */
export type Clock = () => number;

/** The wait of one batch after another. */
export interface BatchWait {
  /** The worker can run the next batch, and so many requests have come meanwhile. */
  free(waiting: number): void;
  /** How much longer, with so many there, the oldest since `oldestAt`. 0: the batch goes. */
  leftMs(waiting: number, oldestAt: number): number;
  /** A batch of so many took so long. */
  ran(count: number, ms: number): void;
}

/** Of batches of at most so many. Undefined: for as long as it pays. */
export const batchWait = (most: number, waitMs: number | undefined, now: Clock = () => performance.now()): BatchWait =>
  waitMs === undefined ? new AdaptiveWait(most, now) : givenWait(most, waitMs, now);

const givenWait = (most: number, waitMs: number, now: Clock): BatchWait => ({
  free: () => {},
  leftMs: (waiting, oldestAt) => (waiting >= most ? 0 : Math.max(0, Math.ceil(oldestAt + waitMs - now()))),
  ran: () => {},
});

/**
 * For as many as have been here at once: those whom the last batch has answered, if they ask again, and those who came while it ran.
 *
 * No longer than a share of what a run costs however few it answers, which is what a larger batch saves.
 * Who comes when the worker has been free for longer than that cost, or after a request that was alone, does not wait.
 */
class AdaptiveWait implements BatchWait {
  readonly #most: number;
  readonly #now: Clock;
  #last = 0;
  #lastMs = 0;
  #eachMs = 0;
  #expected = 0;
  #freeAt = 0;
  /** Set with the first request. */
  #until: number | undefined;

  constructor(most: number, now: Clock) {
    this.#most = most;
    this.#now = now;
  }

  free(waiting: number): void {
    this.#expected = Math.min(this.#most, this.#last + waiting);
    this.#freeAt = this.#now();
    this.#until = undefined;
  }

  /** In whole milliseconds, which is as exact as a timer is. */
  leftMs(waiting: number): number {
    const now = this.#now();
    const savedMs = Math.max(0, this.#lastMs - this.#eachMs * this.#last);
    this.#until ??= now - this.#freeAt <= savedMs ? now + Math.min(LONGEST_MS, SHARE * savedMs) : now;
    return waiting >= this.#expected ? 0 : Math.max(0, Math.floor(this.#until - now));
  }

  ran(count: number, ms: number): void {
    if (this.#last > 0 && count !== this.#last) {
      const more = count - this.#last;
      const each = Math.min(Math.max(0, (ms - this.#lastMs) / more), ms / count);
      this.#eachMs += (each - this.#eachMs) * TEACHES * (Math.abs(more) / Math.max(count, this.#last));
    }
    this.#last = count;
    this.#lastMs = ms;
  }
}
