/** A worker's answer on its way to the client, as slowly as the client reads. */
import type { Call } from "./call.ts";

/** An answer up to this size is copied to be sent in one piece with its head. */
const JOIN_BYTES = 16 * 1024;

export class Relay {
  readonly #call: Call;
  #status = 0;
  #declared = -1;
  #sent = 0;
  /** It is the client that does not read. */
  stalled = false;

  constructor(call: Call) {
    this.#call = call;
  }

  head(status: number, headers: string[], modelMs: number): void {
    const at = headers.indexOf("Content-Length");
    if (at >= 0) this.#declared = Number(headers[at + 1]);
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
      if (this.stalled) resume(); // an answer that has ended drains without saying so
      this.stalled = false;
      return true;
    }
    if (response.write(bytes)) return true;
    if (this.stalled) return false;
    this.stalled = true;
    response.once("drain", () => {
      this.stalled = false;
      resume();
    });
    return false;
  }

  finish(): void {
    if (!this.#call.response.writableEnded) this.#call.response.end();
    this.#call.finished(this.#status, this.#declared < 0 ? undefined : this.#sent);
  }
}
