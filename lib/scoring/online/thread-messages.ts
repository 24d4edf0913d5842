/**
 * What the front and a worker thread send each other. Waking the other side costs more than a small model takes, so a post carries a list:
 * everything that was said in one turn of the event loop.
 */
import type { Description, Failure } from "./worker.ts";

/** Types of messages to a thread. */
export const TO = { request: 0, cancel: 1, credit: 2, ping: 3 } as const;
/** Types of messages from a thread. */
export const FROM = { answer: 0, head: 1, chunk: 2, finish: 3, broken: 4, ready: 5, failed: 6, pong: 7, batch: 8 } as const;

/** A text stands for the bytes that are its characters, 0-255: a small one crosses at a tenth of what a buffer costs. */
export type Bytes = string | Uint8Array<ArrayBuffer>;

/** Bytes up to this size cross as text. */
export const TEXT_BYTES = 16 * 1024;

/** Bytes of a streamed answer that may be on their way to one client before the thread waits. */
export const WINDOW_BYTES = 256 * 1024;

/** Names and values in turn, separated by line feeds, which neither can hold. */
type HeaderLines = string;

export type ToThread =
  /** A request, whole. Never more than one with an id. `name`: what JSON lines call it, "" where the log is text. */
  | readonly [type: typeof TO.request, id: number, method: string, target: string, name: string, headers: HeaderLines, body: Bytes]
  /** Nobody waits for the answer, which is sent all the same. */
  | readonly [type: typeof TO.cancel, id: number]
  /** So many bytes of a streamed answer have gone on. */
  | readonly [type: typeof TO.credit, id: number, bytes: number]
  /** Answered at once by a thread that is not blocked. Instead of an id, 0. */
  | readonly [type: typeof TO.ping, id: 0];

export type FromThread =
  | readonly [type: typeof FROM.answer, id: number, status: number, headers: HeaderLines, body: Bytes]
  /** A streamed answer: a head, chunks, and `finish`; or `broken`, when the rest cannot be had. */
  | readonly [type: typeof FROM.head, id: number, status: number, headers: HeaderLines]
  | readonly [type: typeof FROM.chunk, id: number, body: Bytes]
  | readonly [type: typeof FROM.finish | typeof FROM.broken, id: number]
  | readonly [type: typeof FROM.pong, id: 0]
  /** So many requests are run together. Instead of an id, 0. */
  | readonly [type: typeof FROM.batch, id: 0, size: number]
  | readonly [type: typeof FROM.ready, id: 0, description: Description]
  | readonly [type: typeof FROM.failed, id: 0, failure: Failure];

/** As a buffer; its bytes are not copied. */
export const bufferOf = (bytes: Bytes): Buffer =>
  typeof bytes === "string" ? Buffer.from(bytes, "latin1") : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Collects messages until the end of a turn. */
export class Outbox<Message extends readonly unknown[]> {
  readonly #post: (messages: Message[], transfers: ArrayBuffer[]) => void;
  #messages: Message[] = [];
  #transfers: ArrayBuffer[] = [];

  constructor(post: (messages: Message[], transfers: ArrayBuffer[]) => void) {
    this.#post = post;
  }

  get empty(): boolean {
    return this.#messages.length === 0;
  }

  /** Buffers among its parts are moved, not copied: whoever hands one over must not use it again. */
  put(message: Message): void {
    this.#messages.push(message);
    const last = message.at(-1);
    if (last instanceof Uint8Array) this.#transfers.push(last.buffer as ArrayBuffer);
  }

  flush(): void {
    if (this.empty) return;
    const [messages, transfers] = [this.#messages, this.#transfers];
    this.#messages = [];
    this.#transfers = [];
    this.#post(messages, transfers);
  }
}
