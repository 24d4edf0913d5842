/** One `/score`: from the first byte of a request to the last of its answer, past the queue and a worker. */
import { LONGEST_TIMER_MS } from "../contract.ts";
import type { Call } from "./call.ts";
import { Gathered } from "./gathered.ts";
import type { Arriving, Inside } from "./inside.ts";
import { Relay } from "./relay.ts";
import type { Exchange, Replies, Worker } from "./worker.ts";

/** In logs and metrics only, as nginx writes it: the client left before it had an answer. */
const CLIENT_GONE = 499;
/** In logs and metrics only: the worker died, and the connection was closed without an answer. */
const WORKER_GONE = 502;

/** Arriving, waiting, running, answered. The client's side may end before the worker's; both have ended when the scorer hears of it. */
export class ScoreRequest implements Replies, Arriving {
  readonly #scorer: Inside;
  readonly #call: Call;
  readonly #relay: Relay;
  readonly #gathered = new Gathered();
  #size = 0;
  #whole = false;
  /** Takes it out of the queue; there from the moment it asks for a worker. */
  #leaveQueue: (() => void) | undefined;
  #exchange: Exchange | undefined;
  #worker: Worker | undefined;
  #release: (() => void) | undefined;
  /** 408 or 429. */
  #deadline: NodeJS.Timeout | undefined;
  /** WORKER_TIMEOUT. */
  #patience: NodeJS.Timeout | undefined;
  /** The client has its answer, or is gone. */
  #settled = false;

  constructor(scorer: Inside, call: Call) {
    this.#scorer = scorer;
    this.#call = call;
    this.#relay = new Relay(call);
  }

  start(): void {
    const { request, response } = this.#call;
    const { requestTimeoutMs, maxQueueWaitMs = 0 } = this.#scorer.limits;
    if (requestTimeoutMs !== undefined) this.#deadline = setTimeout(() => this.tooSlow(), Math.min(requestTimeoutMs + maxQueueWaitMs, LONGEST_TIMER_MS));
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
    if (this.#scorer.pool.gatherBytes === 0) this.#queue();
  }

  #data(chunk: Buffer): void {
    if (this.#settled) return;
    this.#size += chunk.length;
    this.#call.received = this.#size;
    this.#call.tap?.request(chunk);
    if (this.#size > this.#scorer.limits.maxBodyBytes) {
      this.#abandon();
      return this.#call.tooLarge(this.#scorer.limits.maxBodyBytes);
    }
    if (this.#exchange !== undefined) {
      if (!this.#exchange.body(chunk)) this.#call.request.pause();
      return;
    }
    this.#gathered.add(chunk);
    if (this.#size < this.#scorer.pool.gatherBytes) return;
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
    clearTimeout(this.#deadline);
    if (!this.#scorer.enter(this)) return this.#refused();
    this.#call.milestones.queued = performance.now();
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
    this.#call.milestones.begun = performance.now();
    const { remoteAddress = "", remotePort = "" } = request.socket;
    const remote = `${remoteAddress} ${remotePort}`;
    const head = { method: request.method ?? "GET", target: this.#call.target, remote, headers: this.#call.headers };
    this.#exchange = worker.begin(head, this.#gathered.take(), this.#whole, this);
    this.#exchange.onDrain = () => request.resume();
    const { requestTimeoutMs } = this.#scorer.limits;
    if (requestTimeoutMs !== undefined) this.#deadline = setTimeout(() => this.#timedOut(), requestTimeoutMs);
    if (this.#whole) this.#watchWorker();
    else request.resume();
  }

  #watchWorker(): void {
    const { workerTimeoutMs } = this.#scorer.limits;
    this.#patience = setTimeout(() => {
      const { stalled } = this.#relay;
      if (!stalled && !this.#scorer.pool.proxied) return this.#worker?.kill(`a request took longer than ${workerTimeoutMs / 1000} s`);
      this.#watchWorker();
      if (!stalled) return;
      // The script has answered; it is the client that does not read. That is no reason to end a worker.
      this.#call.request.socket.destroy();
      this.#closed();
    }, workerTimeoutMs);
  }

  head(status: number, headers: string[]): void {
    if (this.#settled) return;
    clearTimeout(this.#deadline);
    const { milestones } = this.#call;
    milestones.replied = performance.now();
    this.#relay.head(status, headers, milestones.replied - (milestones.begun ?? milestones.replied));
  }

  chunk(bytes: Buffer): boolean {
    if (this.#settled) return true;
    // A pipelined answer that is not yet its connection's turn hears of no close and no drain.
    if (!this.#call.request.socket.destroyed) return this.#relay.chunk(bytes, () => this.#exchange?.resume());
    this.#closed();
    return true;
  }

  finish(): void {
    if (!this.#settled) {
      this.#settled = true;
      this.#call.milestones.replyEnded = performance.now();
      this.#relay.finish();
    }
    this.#over();
  }

  lost(text?: string): void {
    if (!this.#settled) {
      this.#settled = true;
      const { response, request, managed } = this.#call;
      if (!response.headersSent && (managed || text !== undefined)) this.#call.broken(text ?? "The model's worker ended before it answered.");
      else {
        request.socket.destroy();
        this.#call.finished(WORKER_GONE, undefined);
      }
    }
    this.#over();
  }

  tooSlow(): void {
    this.#abandon();
    this.#call.tooSlow();
  }

  #refused(): void {
    this.#abandon();
    this.#call.full(this.#scorer.limits.maxInFlight);
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
    if (this.#settled) return;
    this.#abandon();
    this.#call.finished(CLIENT_GONE, undefined);
  }

  /** Nobody waits any more. The worker, if it has begun, keeps its place until it is really free. */
  #abandon(): void {
    this.#settled = true;
    this.#gathered.take();
    clearTimeout(this.#deadline);
    if (this.#exchange !== undefined) return this.#exchange.cancel();
    this.#leaveQueue?.();
    this.#over();
  }

  #over(): void {
    clearTimeout(this.#deadline);
    clearTimeout(this.#patience);
    this.#release?.();
    this.#scorer.done(this);
  }
}
