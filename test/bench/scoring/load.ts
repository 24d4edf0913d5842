/**
 * The load generator, a process of its own: keep-alive HTTP/1.1 over bare sockets. Every answer's status and body are compared with the bytes
 * expected; the first that differs ends the measure. It reads a `Load` from IPC and tells a `Result` or an error's text.
 */
import { connect, type Socket } from "node:net";

/** What to send, and for how long. */
export interface Load {
  readonly port: number;
  /** Whole requests, head and body, sent in turn. */
  readonly requests: readonly string[];
  /** The body of the answer to each: exactly these bytes. */
  readonly answers: readonly string[];
  readonly connections: number;
  /** Unmeasured time at the start, and measured time. */
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** How long after that the last answers may come. */
  readonly patienceMs: number;
  /** The server closes after each answer, so that each request begins with connecting. */
  readonly closes: boolean;
}

/** Times in milliseconds, from before connecting or sending to the last byte of the answer. */
export interface Result {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Answers before, in and after the measured time. */
  readonly answered: number;
}

const STATUS = Buffer.from("HTTP/1.1 200 ");
const HEAD_END = Buffer.from("\r\n\r\n");

/** One connection's worth of requests, one after another. */
class Client {
  readonly #load: Load;
  readonly #requests: readonly Buffer[];
  readonly #answers: readonly Buffer[];
  readonly #done: (began: number) => boolean;
  readonly #fail: (error: Error) => void;
  readonly #read = Buffer.alloc(64 * 1024);
  #at: number;
  #held = 0;
  #began = 0;
  #socket: Socket | undefined;

  constructor(load: Load, first: number, done: (began: number) => boolean, fail: (error: Error) => void) {
    this.#load = load;
    this.#requests = load.requests.map((each) => Buffer.from(each));
    this.#answers = load.answers.map((each) => Buffer.from(each));
    this.#at = first % load.requests.length;
    this.#done = done;
    this.#fail = fail;
  }

  /** Sends the next request, over a new connection if there is none. */
  next(): void {
    this.#began = performance.now();
    this.#socket ??= this.#connect();
    this.#socket.write(this.#requests[this.#at]!);
  }

  #connect(): Socket {
    const onread = { buffer: Buffer.alloc(16 * 1024), callback: (size: number, chunk: Uint8Array): boolean => this.#take(socket, chunk, size) };
    const socket: Socket = connect({ port: this.#load.port, host: "127.0.0.1", noDelay: true, onread });
    const lost = (why: string): void => {
      if (this.#socket === socket) this.#fail(new Error(`${why} after ${JSON.stringify(this.#read.toString("latin1", 0, this.#held))}`));
    };
    return socket.on("error", (error) => lost(error.message)).on("close", () => lost("the server closed the connection"));
  }

  #take(from: Socket, chunk: Uint8Array, size: number): boolean {
    if (from !== this.#socket) return true;
    this.#read.set(chunk.subarray(0, size), this.#held);
    this.#held += size;
    const got = this.#read.subarray(0, this.#held);
    const expected = this.#answers[this.#at]!;
    const head = got.indexOf(HEAD_END);
    if (head < 0 || (got.length < head + 4 + expected.length && STATUS.equals(got.subarray(0, STATUS.length)))) return true;
    if (STATUS.equals(got.subarray(0, STATUS.length)) && expected.equals(got.subarray(head + 4))) this.#answered();
    else this.#fail(new Error(`expected 200 and ${JSON.stringify(this.#load.answers[this.#at])}; got ${JSON.stringify(got.toString("latin1"))}`));
    return true;
  }

  #answered(): void {
    this.#held = 0;
    if (++this.#at === this.#requests.length) this.#at = 0;
    if (this.#load.closes) this.#leave();
    if (this.#done(this.#began)) this.next();
    else this.#leave();
  }

  #leave(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }
}

/** Requests that end within the measured time count, whenever they began. */
function measure(load: Load): Promise<Result> {
  return new Promise((resolve, reject) => {
    const times: number[] = [];
    const begin = performance.now() + load.warmUpMs;
    const end = begin + load.measureMs;
    let running = load.connections;
    let answered = 0;
    setTimeout(() => reject(new Error(`${running} requests have no whole answer ${load.patienceMs} ms after the end`)), load.warmUpMs + load.measureMs + load.patienceMs);
    const done = (began: number): boolean => {
      const now = performance.now();
      answered += 1;
      if (now >= begin && now < end) times.push(now - began);
      if (now < end) return true;
      if (--running === 0) resolve({ ...summary(times, load.measureMs), answered });
      return false;
    };
    for (let index = 0; index < load.connections; index += 1) new Client(load, index, done, reject).next();
  });
}

function summary(times: number[], measureMs: number): Omit<Result, "answered"> {
  const sorted = Float64Array.from(times).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { perSecond: (sorted.length / measureMs) * 1000, p50: at(0.5), p99: at(0.99) };
}

process.once("disconnect", () => process.exit());
process.once("message", (load: Load) => {
  measure(load)
    .then((result) => ({ result }), (error: Error) => ({ error: error.message }))
    .then((message) => process.send!(message, () => process.exit()));
});
