/** One `/score`: from the first byte of a request to the last of its answer, past the queue and a worker. */
import { MODEL_REASONS } from "../contract.ts";
import type { Call } from "./call.ts";
import type { Pool } from "./pool.ts";
import type { Exchange, Replies, Worker } from "./worker.ts";

/**
 * So much of a body is read before the request asks for a worker: a small request never keeps one waiting for a slow client, and memory
 * stays bounded. What is larger goes on to the worker as it arrives.
 */
const GATHER_BYTES = 64 * 1024;

/** An answer up to this size is copied to be sent in one piece with its head. */
const JOIN_BYTES = 16 * 1024;

/** Limits of a front; undefined is no limit. */
export interface Limits {
  readonly maxInFlight?: number | undefined;
  readonly requestTimeoutMs?: number | undefined;
  readonly maxQueueWaitMs?: number | undefined;
  readonly maxBodyBytes: number;
  readonly workerTimeoutMs: number;
}

/** What a request knows of the place where it is counted. */
export interface Inside {
  readonly pool: Pool;
  readonly limits: Limits;
  /** A request is over, for its worker too. */
  done(): void;
}

/** Arriving, waiting, running, answered. The client's side may end before the worker's; both have ended when the scorer hears of it. */
export class ScoreRequest implements Replies {
  readonly #scorer: Inside;
  readonly #call: Call;
  #chunks: Buffer[] = [];
  #size = 0;
  #whole = false;
  /** Takes it out of the queue; there from the moment it asks for a worker. */
  #leaveQueue: (() => void) | undefined;
  #exchange: Exchange | undefined;
  #worker: Worker | undefined;
  #release: (() => void) | undefined;
  #begunAt = 0;
  /** 408 or 429. */
  #deadline: NodeJS.Timeout | undefined;
  /** WORKER_TIMEOUT. */
  #patience: NodeJS.Timeout | undefined;
  /** The client has its answer, or is gone. */
  #settled = false;
  /** Of the answer. */
  #status = 0;
  #declared = -1;
  #sent = 0;
  #stalled = false;

  constructor(scorer: Inside, call: Call) {
    this.#scorer = scorer;
    this.#call = call;
  }

  start(): void {
    const { request, response } = this.#call;
    if (this.#call.expects) {
      response.writeContinue();
      this.#call.expects = false;
    }
    request.on("data", (chunk: Buffer) => this.#data(chunk));
    request.on("end", () => this.#end());
    // The request closes when it has been read, the answer when it has been sent; both also when the connection breaks.
    request.on("close", () => request.socket.destroyed && this.#closed());
    response.on("close", () => this.#closed());
    request.on("error", () => {}); // "close" follows
  }

  #data(chunk: Buffer): void {
    if (this.#settled) return;
    this.#size += chunk.length;
    if (this.#size > this.#scorer.limits.maxBodyBytes) {
      this.#abandon();
      return this.#call.tooLarge(this.#scorer.limits.maxBodyBytes);
    }
    if (this.#exchange !== undefined) {
      if (!this.#exchange.body(chunk)) this.#call.request.pause();
      return;
    }
    this.#chunks.push(chunk);
    if (this.#size < GATHER_BYTES) return;
    this.#call.request.pause();
    this.#queue();
  }

  #end(): void {
    if (this.#settled) return;
    this.#whole = true;
    if (this.#exchange === undefined) return this.#queue();
    this.#exchange.end();
    this.#watchWorker();
  }

  #queue(): void {
    if (this.#leaveQueue !== undefined) return;
    const { pool, limits } = this.#scorer;
    if (limits.maxQueueWaitMs === 0 && pool.busy) return this.#waitedTooLong();
    if (limits.maxQueueWaitMs !== undefined) this.#deadline = setTimeout(() => this.#waitedTooLong(), limits.maxQueueWaitMs);
    else if (limits.requestTimeoutMs !== undefined) this.#deadline = setTimeout(() => this.#timedOut(), limits.requestTimeoutMs);
    this.#leaveQueue = () => {};
    const leave = pool.acquire((worker, release) => this.#begin(worker, release));
    if (this.#exchange === undefined) this.#leaveQueue = leave;
  }

  #begin(worker: Worker, release: () => void): void {
    const { request } = this.#call;
    clearTimeout(this.#deadline);
    this.#worker = worker;
    this.#release = release;
    this.#begunAt = performance.now();
    const head = { method: request.method ?? "GET", target: request.url ?? "/", headers: this.#call.headers };
    this.#exchange = worker.begin(head, this.#chunks, this.#whole, this);
    this.#chunks = [];
    this.#exchange.onDrain = () => request.resume();
    const { requestTimeoutMs } = this.#scorer.limits;
    if (requestTimeoutMs !== undefined) this.#deadline = setTimeout(() => this.#timedOut(), requestTimeoutMs);
    if (this.#whole) this.#watchWorker();
    else request.resume();
  }

  #watchWorker(): void {
    const { workerTimeoutMs } = this.#scorer.limits;
    this.#patience = setTimeout(() => {
      if (!this.#stalled) return this.#worker?.kill(`a request took longer than ${workerTimeoutMs / 1000} s`);
      // The script has answered; it is the client that does not read. That is no reason to end a worker.
      this.#call.request.socket.destroy();
      this.#closed();
      this.#watchWorker();
    }, workerTimeoutMs);
  }

  head(status: number, headers: string[]): void {
    if (this.#settled) return;
    clearTimeout(this.#deadline);
    const at = headers.indexOf("Content-Length");
    if (at >= 0) this.#declared = Number(headers[at + 1]);
    this.#status = this.#call.head(status, headers, performance.now() - this.#begunAt);
  }

  chunk(bytes: Buffer): boolean {
    if (this.#settled) return true;
    const { request, response } = this.#call;
    // A pipelined answer that is not yet its connection's turn hears of no close and no drain.
    if (request.socket.destroyed) {
      this.#abandon();
      return true;
    }
    this.#sent += bytes.length;
    if (this.#sent === this.#declared) {
      // With the last bytes rather than after them, and small ones as text, which Node joins with the head: one plain write.
      if (bytes.length <= JOIN_BYTES) response.end(bytes.toString("latin1"), "latin1");
      else response.end(bytes);
      if (this.#stalled) this.#exchange?.resume(); // an answer that has ended drains without saying so
      this.#stalled = false;
      return true;
    }
    if (response.write(bytes)) return true;
    if (this.#stalled) return false;
    this.#stalled = true;
    response.once("drain", () => {
      this.#stalled = false;
      this.#exchange?.resume();
    });
    return false;
  }

  finish(): void {
    if (!this.#settled) {
      this.#settled = true;
      if (!this.#call.response.writableEnded) this.#call.response.end();
      this.#call.log(this.#status, this.#sent);
    }
    this.#over();
  }

  lost(): void {
    if (!this.#settled) {
      this.#settled = true;
      const { response, request, managed } = this.#call;
      if (managed && !response.headersSent) this.#call.modelProblem(502, MODEL_REASONS.error, "The model's worker ended before it answered.");
      else request.socket.destroy();
    }
    this.#over();
  }

  #timedOut(): void {
    this.#abandon();
    this.#call.answer({ status: 408, body: "upstream request timeout", type: "text/plain", container: false });
  }

  #waitedTooLong(): void {
    this.#abandon();
    this.#call.tooMany(`No worker was free within ${this.#scorer.limits.maxQueueWaitMs} ms.`);
  }

  #closed(): void {
    if (!this.#settled) this.#abandon();
  }

  /** Nobody waits any more. The worker, if it has begun, keeps its place until it is really free. */
  #abandon(): void {
    this.#settled = true;
    this.#chunks = [];
    clearTimeout(this.#deadline);
    if (this.#exchange !== undefined) return this.#exchange.cancel();
    this.#leaveQueue?.();
    this.#over();
  }

  #over(): void {
    clearTimeout(this.#deadline);
    clearTimeout(this.#patience);
    this.#release?.();
    this.#scorer.done();
  }
}
