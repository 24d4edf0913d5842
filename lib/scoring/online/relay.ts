/** A worker's answer on its way to the client, as slowly as the client reads. */
import { LONGEST_TIMER_MS } from "../contract.ts";
import type { Call } from "./call.ts";
import { valueOf } from "./headers.ts";

/** An answer up to this size is copied to be sent in one piece with its head. */
const JOIN_BYTES = 16 * 1024;
/** So long may a client take nothing at all of an answer that waits for it: whoever made the answer is kept waiting too. */
const STALL_MS = 30_000;
/** And an answer may wait for as long in all as it takes at 16 KB a second, and {@link STALL_MS} more. A byte now and then is no reason to go on. */
const SLOWEST_BYTES_PER_MS = 16;

export class Relay {
  readonly #call: Call;
  #status = 0;
  #declared = -1;
  #sent = 0;
  /** It waits for the client, since then. */
  #stalledAt: number | undefined;
  /** So long it has waited before. */
  #waitedMs = 0;
  #limit: NodeJS.Timeout | undefined;

  constructor(call: Call) {
    this.#call = call;
  }

  head(status: number, headers: string[], modelMs: number): void {
    const length = valueOf(headers, "content-length");
    if (length !== undefined) this.#declared = Number(length);
    this.#status = this.#call.head(status, headers, modelMs);
  }

  /** False asks for a pause; `resume` ends it. */
  chunk(bytes: Buffer, resume: () => void): boolean {
    const { response } = this.#call;
    this.#sent += bytes.length;
    this.#call.sent = this.#sent;
    this.#call.tap?.response(bytes);
    if (this.#sent === this.#declared) {
      // With the last bytes rather than after them, and small ones as text, which Node joins with the head: one plain write.
      if (bytes.length <= JOIN_BYTES) response.end(bytes.toString("latin1"), "latin1");
      else response.end(bytes);
      if (this.#stalledAt !== undefined) this.#flows(resume); // an answer that has ended drains without saying so
      return true;
    }
    if (response.write(bytes)) return true;
    if (this.#stalledAt === undefined) this.#stalls(resume);
    return false;
  }

  finish(): void {
    if (!this.#call.response.writableEnded) this.#call.response.end();
    this.#call.finished(this.#status, this.#declared < 0 ? undefined : this.#sent);
  }

  #stalls(resume: () => void): void {
    const { response } = this.#call;
    this.#stalledAt = performance.now();
    response.setTimeout(STALL_MS); // Node's own timer sees parts of a write go; when it fires, the connection closes
    this.#limit = setTimeout(() => this.#late(), Math.min(STALL_MS + this.#sent / SLOWEST_BYTES_PER_MS - this.#waitedMs, LONGEST_TIMER_MS));
    const closed = (): void => clearTimeout(this.#limit);
    response.once("close", closed);
    response.once("drain", () => {
      response.off("close", closed);
      this.#flows(resume);
    });
  }

  #flows(resume: () => void): void {
    const now = performance.now();
    this.#waitedMs += now - (this.#stalledAt ?? now);
    this.#stalledAt = undefined;
    clearTimeout(this.#limit);
    this.#call.response.setTimeout(0);
    resume();
  }

  #late(): void {
    const { socket } = this.#call.response;
    if (socket !== null) socket.destroy();
    else this.#limit = setTimeout(() => this.#late(), STALL_MS); // a pipelined answer whose turn has not come: the client is not to blame
  }
}
