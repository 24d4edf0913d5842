/** One request at the server behind the front: bytes as they come, both ways, as slowly as the slower side. */
import type { ClientRequest, IncomingMessage } from "node:http";
import type { RequestHead } from "./protocol.ts";
import { hasBody, responseHeaders } from "./upstream-head.ts";
import { described } from "./upstream-watch.ts";
import type { Exchange, Replies } from "./worker.ts";

/** A body up to this size is kept until the answer begins, so that it can be sent again. */
const HELD_BYTES = 64 * 1024;
const NOTHING = Buffer.alloc(0);

/** The way to the server. */
export interface Way {
  /** Opens a request; `fresh` on a connection that nobody has used. */
  open(head: RequestHead, fresh: boolean): ClientRequest;
  /** The server could not be asked. */
  doubt(): void;
}

export class UpstreamExchange implements Exchange {
  onDrain: () => void = () => {};
  readonly #way: Way;
  readonly #head: RequestHead;
  readonly #replies: Replies;
  #outgoing!: ClientRequest;
  #answer: IncomingMessage | undefined;
  /** What has been sent of the body; undefined when it is too much, or when there is no more need of it. */
  #held: Buffer[] | undefined = [];
  #heldBytes = 0;
  /** The body is whole, or there is none. */
  #whole: boolean;
  /** Bytes that the connection had brought before this request. */
  #readBefore = 0;
  #cancelled = false;
  #over = false;

  constructor(way: Way, head: RequestHead, body: readonly Buffer[], whole: boolean, replies: Replies) {
    this.#way = way;
    this.#head = head;
    this.#replies = replies;
    this.#whole = whole || !hasBody(head.headers);
    this.#open(false);
    for (const chunk of body) this.body(chunk);
    if (this.#whole) this.#outgoing.end();
    else this.#flushWhenSilent(this.#outgoing);
  }

  body(chunk: Buffer): boolean {
    if (this.#over) return true;
    if (this.#held !== undefined) {
      this.#held.push(chunk);
      this.#heldBytes += chunk.length;
      if (this.#heldBytes > HELD_BYTES) this.#held = undefined;
    }
    return this.#outgoing.write(chunk) || this.#outgoing.destroyed;
  }

  end(): void {
    if (this.#whole) return; // there was no body to end
    this.#whole = true;
    this.#outgoing.end();
  }

  cancel(): void {
    if (this.#over) return;
    this.#cancelled = true;
    this.#held = undefined;
    if (this.#outgoing.closed) return this.#finish();
    this.#outgoing.once("close", () => this.#finish());
    this.#outgoing.destroy();
  }

  resume(): void {
    this.#answer?.resume();
  }

  #open(fresh: boolean): void {
    const outgoing = this.#way.open(this.#head, fresh);
    this.#outgoing = outgoing;
    outgoing.once("socket", (socket) => (this.#readBefore = socket.bytesRead));
    outgoing.once("response", (answer) => this.#answered(answer));
    outgoing.once("upgrade", (_answer, socket) => {
      socket.destroy();
      this.#broken("changed the protocol, which nobody had asked for");
    });
    outgoing.on("drain", () => this.onDrain());
    outgoing.on("error", (error) => this.#failed(outgoing, error));
  }

  #answered(answer: IncomingMessage): void {
    if (this.#over) return void answer.destroy();
    this.#answer = answer;
    this.#held = undefined;
    const status = answer.statusCode ?? 0;
    try {
      this.#replies.head(status, responseHeaders(status, answer.rawHeaders));
    } catch {
      // A status or a header that parsers let pass and HTTP does not know.
      return this.#broken(`answered ${status} with a head that HTTP does not know`);
    }
    answer.on("data", (chunk: Buffer) => {
      if (!this.#replies.chunk(chunk)) answer.pause();
    });
    answer.on("end", () => this.#finish());
    answer.on("error", () => this.#lost());
    answer.on("close", () => this.#lost());
    // Node keeps a head back until the first byte of its body. An event stream may be silent for long.
    process.nextTick(() => {
      if (!this.#over && !answer.readableDidRead) this.#replies.chunk(NOTHING);
    });
  }

  /** The same for a body that begins late. What came in one packet with its head has passed by the next tick. */
  #flushWhenSilent(outgoing: ClientRequest): void {
    process.nextTick(() => {
      if (this.#heldBytes === 0 && !this.#over && !outgoing.destroyed) outgoing.flushHeaders();
    });
  }

  #failed(outgoing: ClientRequest, error: NodeJS.ErrnoException): void {
    if (this.#over || this.#cancelled || this.#answer !== undefined || outgoing !== this.#outgoing) return;
    if (this.#stale(error)) return this.#again();
    this.#way.doubt();
    this.#broken(described(error));
  }

  /** A kept connection that the server closed just as the request left, so that nothing of it has been read. */
  #stale({ code }: NodeJS.ErrnoException): boolean {
    const { reusedSocket, socket } = this.#outgoing;
    return reusedSocket && this.#held !== undefined && (code === "ECONNRESET" || code === "EPIPE") && socket?.bytesRead === this.#readBefore;
  }

  #again(): void {
    this.#open(true);
    for (const chunk of this.#held ?? []) this.#outgoing.write(chunk);
    if (this.#whole) this.#outgoing.end();
    else this.onDrain(); // the first connection cannot say any more that it takes the rest
  }

  /** There is no answer. */
  #broken(how: string): void {
    this.#lost(`The server behind this front ${how}.`);
  }

  /** Where a part of the answer has gone already, only a cut connection can say that it is not whole. */
  #lost(text?: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#held = undefined;
    this.#outgoing.destroy();
    this.#replies.lost(text);
    this.onDrain();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#held = undefined;
    if (!this.#whole) this.#outgoing.destroy(); // answered before it had read everything
    this.#replies.finish();
    this.onDrain(); // what is still on its way is read and thrown away
  }
}
