/** A request's body on its way to a thread: gathered in one piece of memory, which is then handed over and not copied again. */
import { TEXT_BYTES } from "./thread-messages.ts";
import type { Bytes } from "./thread-messages.ts";

/** First size where the length is not declared. */
const FIRST_BYTES = 256 * 1024;

export class ThreadBody {
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  #size: number;
  readonly #offset: number;
  readonly #declared: number;

  /**
   * `declared` is the length that the request announces; undefined: none. The body begins `offset` bytes into its memory, so that numbers
   * in it can be read where they are.
   */
  constructor(declared: number | undefined, offset = 0) {
    this.#declared = declared ?? 0;
    this.#offset = offset;
    this.#size = offset;
  }

  add(chunk: Buffer): void {
    const bytes = this.#room(this.#size + chunk.length);
    bytes.set(chunk, this.#size);
    this.#size += chunk.length;
  }

  /** The body, which is whole. */
  take(): Bytes {
    const bytes = this.#bytes?.subarray(this.#offset, this.#size);
    this.#bytes = undefined;
    return bytes ?? "";
  }

  #room(size: number): Uint8Array<ArrayBuffer> {
    const old = this.#bytes;
    if (old !== undefined && old.length >= size) return old;
    // Not cleared: every byte that is handed over has been written.
    const grown = Buffer.allocUnsafeSlow(old === undefined ? Math.max(this.#declared + this.#offset, size, this.#declared === 0 ? FIRST_BYTES : 0) : Math.max(size, 2 * old.length));
    if (old !== undefined) grown.set(old.subarray(0, this.#size));
    return (this.#bytes = grown as Uint8Array<ArrayBuffer>);
  }
}

/** A body that has arrived whole and is small; undefined: it is not small. */
export function smallBody(chunks: readonly Buffer[]): string | undefined {
  let size = 0;
  for (const chunk of chunks) size += chunk.length;
  if (size > TEXT_BYTES) return undefined;
  let text = "";
  for (const chunk of chunks) text += chunk.toString("latin1");
  return text;
}
