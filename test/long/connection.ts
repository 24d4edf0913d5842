/** HTTP/1.1 over a bare socket: what is sent is what the test wrote, and every byte that comes back is accounted for. */
import { connect } from "node:net";
import type { Socket } from "node:net";

export interface Answer {
  readonly status: number;
  /** The head as it came. */
  readonly head: string;
  readonly body: string;
}

/** One keep-alive connection. Answers are handed out in the order of the requests. */
export class Connection {
  readonly socket: Socket;
  /** What was wrong with the bytes of the other side, if anything. */
  broken: string | undefined;
  readonly closed: Promise<void>;
  /** Methods of requests whose answers have not come: an answer to HEAD has a length and no body. */
  readonly methods: string[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #onAnswer: (answer: Answer) => void = () => {};

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.socket.on("data", (chunk: Buffer) => this.#data(chunk));
    this.socket.on("error", () => {}); // "close" follows
    this.closed = new Promise((resolve) => this.socket.once("close", () => resolve()));
  }

  /** Whether it could be opened at all. */
  opened(): Promise<boolean> {
    return new Promise((resolve) => {
      this.socket.once("connect", () => resolve(true)).once("close", () => resolve(false));
    });
  }

  onAnswer(handler: (answer: Answer) => void): void {
    this.#onAnswer = handler;
  }

  #data(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const end = this.#rest.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = this.#rest.toString("latin1", 0, end + 2);
      const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? 0);
      if (status === 0) return this.#fail(`no status line: ${JSON.stringify(head.slice(0, 80))}`);
      const bodyAt = end + 4;
      const length = status < 200 || status === 204 || this.methods[0] === "HEAD" ? 0 : Number(/\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1] ?? -1);
      if (length < 0) return this.#fail(`no length: ${JSON.stringify(head)}`);
      if (this.#rest.length < bodyAt + length) return;
      const body = this.#rest.toString("utf8", bodyAt, bodyAt + length);
      this.#rest = this.#rest.subarray(bodyAt + length);
      if (status < 200) continue;
      this.methods.shift();
      this.#onAnswer({ status, head, body });
    }
  }

  #fail(reason: string): void {
    this.broken = reason;
    this.socket.destroy();
  }
}
