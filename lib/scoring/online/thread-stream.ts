/** An answer that is sent as it is made, no faster than its client reads. */
import { WINDOW_BYTES } from "./thread-messages.ts";

export class ThreadStream {
  readonly #items: AsyncIterator<Uint8Array>;
  /** Bytes that are on their way. */
  #outstanding = 0;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(items: AsyncIterator<Uint8Array>) {
    this.#items = items;
  }

  /** The client has taken so many bytes. */
  credit(bytes: number): void {
    this.#outstanding -= bytes;
    this.#wake?.();
  }

  /** Nobody reads any more. What makes the items hears of it between two of them. */
  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  /** Sends every item. Rejects with what the iterator throws. */
  async pump(send: (chunk: Uint8Array<ArrayBuffer>) => void): Promise<void> {
    while (!this.#stopped) {
      const next = await this.#items.next();
      if (next.done === true) return;
      if (this.#stopped) break;
      if (next.value.length === 0) continue; // would end a chunked answer
      this.#outstanding += next.value.length;
      send(new Uint8Array(next.value)); // a copy: the script may use its buffer again
      while (this.#outstanding >= WINDOW_BYTES && !this.#stopped) await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    await this.#items.return?.();
  }
}
