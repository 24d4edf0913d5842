/** Requests that have come and are not answered yet, wherever they are: their tokens are being checked, they wait, they run. */
import type { Call, Observer } from "./call.ts";

export class Presence implements Observer {
  readonly #calls = new Set<Call>();
  #whenIdle: (() => void) | undefined;

  began(call: Call): void {
    this.#calls.add(call);
  }

  finished(call: Call): void {
    this.#calls.delete(call);
    if (this.#calls.size === 0) this.#whenIdle?.();
  }

  /** Resolves when none is left. */
  async idle(): Promise<void> {
    if (this.#calls.size > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
  }
}
