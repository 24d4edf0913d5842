/** Requests that have come and are not answered yet, wherever they are: their tokens are being checked, they wait, they run. */
import type { Observer } from "./call.ts";

export class Presence implements Observer {
  #present = 0;
  #whenIdle: (() => void) | undefined;

  began(): void {
    this.#present += 1;
  }

  finished(): void {
    this.#present -= 1;
    if (this.#present === 0) this.#whenIdle?.();
  }

  /** Resolves when none is left. */
  async idle(): Promise<void> {
    if (this.#present > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
  }
}
