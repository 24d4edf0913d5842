/** One request on the socket of a Python worker. */
import type { Socket } from "node:net";
import { FRAME, HEADER_BYTES, encode, encodeRequest, writeHeader } from "./protocol.ts";
import type { RequestHead } from "./protocol.ts";
import type { Exchange, Replies } from "./worker.ts";

/** Bodies up to this size, in bytes, are copied into one frame with the head; larger ones are written as they are. */
const COPY_BYTES = 8 * 1024;

/** Writes the frames of a request; the worker's side of the answer goes to {@link replies}. */
export class PythonExchange implements Exchange {
  readonly replies: Replies;
  onDrain: () => void = () => {};
  readonly id: number;
  readonly #socket: Socket;

  constructor(socket: Socket, id: number, replies: Replies) {
    this.#socket = socket;
    this.id = id;
    this.replies = replies;
  }

  open(head: RequestHead, body: readonly Buffer[], whole: boolean): void {
    const size = body.reduce((sum, chunk) => sum + chunk.length, 0);
    // A small request in one frame: one system call on either side.
    if (whole && size <= COPY_BYTES) return void this.#socket.write(encodeRequest(this.id, head, body));
    this.#socket.cork();
    this.#socket.write(encodeRequest(this.id, head));
    for (const chunk of body) this.body(chunk);
    if (whole) this.end();
    this.#socket.uncork();
  }

  body(chunk: Buffer): boolean {
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    writeHeader(header, 0, FRAME.body, this.id, chunk.length);
    this.#socket.cork();
    this.#socket.write(header);
    const open = this.#socket.write(chunk);
    this.#socket.uncork();
    return open;
  }

  end(): void {
    this.#socket.write(encode(FRAME.end, this.id));
  }

  cancel(): void {
    this.#socket.write(encode(FRAME.cancel, this.id));
    this.resume();
  }

  resume(): void {
    this.#socket.resume();
  }
}
