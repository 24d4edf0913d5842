/** One request at a worker thread, seen from the front. */
import { valueOf } from "./headers.ts";
import type { RequestHead } from "./protocol.ts";
import { ThreadBody, smallBody } from "./thread-body.ts";
import { TO } from "./thread-messages.ts";
import type { Bytes, ToThread } from "./thread-messages.ts";
import type { Exchange, Replies } from "./worker.ts";

/** How an exchange speaks with its thread. */
export interface Line {
  put(message: ToThread): void;
  /** The request was forgotten before the thread heard of it. */
  forgotten(id: number): void;
}

/** The head of a request as its thread is to see it. */
export interface ThreadHead {
  readonly headers: string;
  /** Bytes to leave free before the body; see {@link ThreadBody}. */
  readonly offset: number;
}

export class ThreadExchange implements Exchange {
  readonly id: number;
  readonly replies: Replies;
  /** The thread has begun to answer. */
  replied = false;
  onDrain: () => void = () => {};
  readonly #line: Line;
  readonly #head: RequestHead;
  readonly #seen: ThreadHead;
  #body: ThreadBody | undefined;
  #sent = false;
  /** Bytes that the client has not taken yet. */
  #withheld = 0;

  constructor(line: Line, id: number, head: RequestHead, seen: ThreadHead, replies: Replies) {
    this.#line = line;
    this.id = id;
    this.#head = head;
    this.#seen = seen;
    this.replies = replies;
  }

  open(body: readonly Buffer[], whole: boolean): void {
    const small = whole ? smallBody(body) : undefined;
    if (small !== undefined) return this.#send(small);
    for (const chunk of body) this.body(chunk);
    if (whole) this.end();
  }

  /** The thread gets a body when it is whole, so there is nothing to wait for; `--max-body-bytes` bounds it. */
  body(chunk: Buffer): boolean {
    this.#body ??= new ThreadBody(declaredLength(this.#head.headers), this.#seen.offset);
    this.#body.add(chunk);
    return true;
  }

  end(): void {
    if (!this.#sent) this.#send(this.#body?.take() ?? "");
  }

  cancel(): void {
    this.#body = undefined;
    if (this.#sent) {
      this.#line.put([TO.cancel, this.id]);
      this.resume();
    } else this.#line.forgotten(this.id);
  }

  /** Whose exchange it is, for JSON lines. */
  get named(): { readonly requestId: string | undefined } {
    return { requestId: this.#head.id };
  }

  /** A part of a streamed answer. */
  chunk(bytes: Buffer): void {
    this.#withheld += bytes.length;
    if (this.replies.chunk(bytes)) this.resume();
  }

  resume(): void {
    if (this.#withheld > 0) this.#line.put([TO.credit, this.id, this.#withheld]);
    this.#withheld = 0;
  }

  #send(body: Bytes): void {
    this.#sent = true;
    this.#body = undefined;
    this.#line.put([TO.request, this.id, this.#head.method, this.#head.target, this.#head.id ?? "", this.#seen.headers, body]);
  }
}

function declaredLength(headers: readonly string[]): number | undefined {
  const length = valueOf(headers, "content-length");
  return length === undefined ? undefined : Number(length);
}
