/** How often the server behind the front is asked how it is. */

/** The rhythm of one probe. */
export interface Pace {
  /** Milliseconds between questions while the answers are good. */
  readonly everyMs: number;
  /** The same while they are not. */
  readonly againMs: number;
  /** So many bad answers in a row count. */
  readonly failures: number;
  /** An answer that takes longer is a bad one, in milliseconds. */
  readonly timeoutMs: number;
}

/** A server that misses three questions in two seconds gets no more requests; one that misses half a minute of them is dead. */
export const PACE: Readonly<Record<"readiness" | "liveness", Pace>> = {
  readiness: { everyMs: 5000, againMs: 500, failures: 3, timeoutMs: 2000 },
  liveness: { everyMs: 5000, againMs: 1000, failures: 30, timeoutMs: 2000 },
};
