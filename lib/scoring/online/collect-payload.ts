/** A copy of one payload, made as its bytes pass by. */
import type { CollectRecord } from "./cloud-event.ts";
import type { CollectStore } from "./collect-store.ts";
import { Gathered } from "./gathered.ts";

/** Everything of a record but the bytes. */
export type About = Omit<CollectRecord, "payload" | "size" | "arrived">;

export class Payload {
  readonly #store: CollectStore;
  readonly #most: number;
  #gathered: Gathered | undefined = new Gathered();
  #kept = 0;
  #crowded = false;
  #size = 0;

  /** Keeps at most so many bytes; of a longer payload only the length. */
  constructor(store: CollectStore, most: number) {
    this.#store = store;
    this.#most = most;
  }

  add(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#gathered === undefined) return;
    if (this.#size > this.#most) return this.forget();
    if (!this.#store.reserve(chunk.length)) {
      this.#crowded = true;
      return this.forget();
    }
    this.#kept += chunk.length;
    this.#gathered.add(chunk);
  }

  /** Holds nothing any more. */
  forget(): void {
    this.#gathered = undefined;
    this.#store.release(this.#kept);
    this.#kept = 0;
  }

  /** It is whole, and goes to be written; false when there was no room for it. */
  give(about: About): boolean {
    if (this.#crowded) {
      this.#store.drop();
      return false;
    }
    const payload = this.#gathered === undefined ? undefined : joined(this.#gathered.take(), this.#size);
    this.#kept = 0; // is the store's now
    return this.#store.give({ ...about, arrived: Date.now(), payload, size: this.#size });
  }
}

/** In memory of its own, which can be handed to a thread. */
function joined(parts: readonly Buffer[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
