/** Ctrl-C, and the signals of a CI service that cancels a job. */

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

export class Stopping {
  /** What stopped it; undefined while nothing has. */
  by: keyof typeof CODES | undefined;
  #times = 0;
  #own = new AbortController();
  #engine = new AbortController();

  constructor() {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => this.#stop(signal));
  }

  /** Ends requests and waits. */
  get signal(): AbortSignal {
    return this.#own.signal;
  }

  /** Asks the engine to stop. */
  get engineSignal(): AbortSignal {
    return this.#engine.signal;
  }

  get exitCode(): number {
    return this.by === undefined ? 1 : CODES[this.by];
  }

  /** What comes now, the return, goes on until the next signal. */
  renew(): void {
    this.#own = new AbortController();
    this.#engine = new AbortController();
  }

  #stop(signal: keyof typeof CODES): void {
    this.by = signal;
    this.#times += 1;
    if (this.#times > 2) process.exit(this.exitCode);
    this.#own.abort(new Error(`stopped by ${signal}`));
    // A terminal has sent Ctrl-C to the engine too, and a second one would make it leave things half done.
    if (signal === "SIGTERM" || !process.stdin.isTTY) this.#engine.abort();
  }
}
