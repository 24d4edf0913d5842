/** One `/score`: from the first byte of a request to the last of its answer, past the queue and a worker. */
import { LONGEST_TIMER_MS } from "../contract.ts";
import type { Call } from "./call.ts";
import { Gathered } from "./gathered.ts";
import type { Arriving, Inside } from "./inside.ts";
import type { Link } from "./linked-list.ts";
import { Patience } from "./patience.ts";
import type { Place } from "./place.ts";
import type { Waiter } from "./pool.ts";
import { Relay } from "./relay.ts";
import type { Exchange, Raised, Replies } from "./worker.ts";

/** In logs and metrics only, as nginx writes it: the client left before it had an answer. */
const CLIENT_GONE = 499;
/** In logs and metrics only: the worker died, and the connection was closed without an answer. */
const WORKER_GONE = 502;
/** How long a body may take where no limit is set. */
const ARRIVAL_MS = 300_000;
/** A body that goes on as it comes takes a place when so much of it is there. */
const COUNTED_BYTES = 64 * 1024;

/** Arriving, waiting, running, answered. The client's side may end before the worker's; both have ended when the scorer hears of it. */
export class ScoreRequest implements Replies, Arriving, Waiter {
  readonly #scorer: Inside;
  readonly #call: Call;
  readonly #relay: Relay;
  readonly #gathered = new Gathered();
  #arrival!: Link<Arriving>;
  /** Bytes of the body with which it takes a place. */
  readonly #enough: number;
  #entered = false;
  #size = 0;
  #whole = false;
  /** It has asked for a worker. */
  #asked = false;
  #waiting: Link<Waiter> | undefined;
  #place: Place | undefined;
  #exchange: Exchange | undefined;
  /** 408 or 429, for its time in the queue and at a worker. */
  #deadline: NodeJS.Timeout | undefined;
  /** 408, for the body, while it is the client's turn. */
  #bodyDeadline: NodeJS.Timeout | undefined;
  #patience: Patience | undefined;
  /** The client has its answer, or is gone. */
  #settled = false;

  constructor(scorer: Inside, call: Call) {
    this.#scorer = scorer;
    this.#call = call;
    this.#relay = new Relay(call);
    const { gatherBytes } = scorer.pool;
    this.#enough = gatherBytes === 0 ? Math.min(declared(call), COUNTED_BYTES) : gatherBytes;
  }

  /** `arrival`: where it stands among those whose bodies are on their way. */
  start(arrival: Link<Arriving>): void {
    this.#arrival = arrival;
    const { request, response } = this.#call;
    const { requestTimeoutMs, maxQueueWaitMs = 0 } = this.#scorer.limits;
    this.#arriveIn(requestTimeoutMs === undefined ? ARRIVAL_MS : requestTimeoutMs + maxQueueWaitMs);
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
    if (this.#scorer.pool.gatherBytes === 0 && (this.#enough > 0 || this.#enter())) this.#queue();
  }

  #data(chunk: Buffer): void {
    if (this.#settled) return;
    this.#size += chunk.length;
    this.#call.received = this.#size;
    this.#call.tap?.request(chunk);
    const { maxBodyBytes } = this.#scorer.limits;
    if (this.#size > maxBodyBytes) {
      this.#abandon();
      return this.#call.tooLarge(maxBodyBytes);
    }
    // Before the bytes go on: a request that is refused must not have been whole where it would be run.
    if (this.#size >= this.#enough && !this.#enter()) return;
    if (this.#exchange !== undefined) {
      if (!this.#exchange.body(chunk)) this.#call.request.pause();
      return;
    }
    this.#gathered.add(chunk);
    if (!this.#entered) return;
    this.#call.request.pause();
    this.#queue();
  }

  #end(): void {
    if (this.#settled) return;
    this.#whole = true;
    clearTimeout(this.#bodyDeadline);
    if (!this.#enter()) return;
    if (this.#exchange === undefined) return this.#queue();
    this.#exchange.end();
    this.#patience?.start();
  }

  /** Takes a place. False: there is none, and that has been answered. */
  #enter(): boolean {
    if (this.#entered) return true;
    this.#entered = this.#scorer.enter(this.#arrival);
    if (!this.#entered) this.#refused();
    else if (this.#exchange !== undefined) this.#awaitRest();
    return this.#entered;
  }

  #queue(): void {
    if (this.#asked) return;
    const { pool, limits } = this.#scorer;
    if (this.#entered) clearTimeout(this.#bodyDeadline);
    this.#call.milestones.queued = performance.now();
    if (limits.maxQueueWaitMs === 0 && pool.busy) return this.#waitedTooLong();
    if (limits.maxQueueWaitMs !== undefined) this.#deadline = setTimeout(() => this.#waitedTooLong(), limits.maxQueueWaitMs);
    else if (limits.requestTimeoutMs !== undefined) this.#deadline = setTimeout(() => this.#timedOut(), limits.requestTimeoutMs);
    this.#asked = true;
    this.#waiting = pool.acquire(this);
  }

  /** For the queue. */
  get whole(): boolean {
    return this.#whole;
  }

  begin(place: Place): void {
    const { request } = this.#call;
    this.#place = place;
    // What waits may have to go to another worker.
    const body = place.waits ? this.#gathered.parts : this.#gathered.take();
    if (place.waits) place.onTurn = () => this.#turn(place);
    else this.#turn(place);
    const { remoteAddress = "", remotePort = "" } = request.socket;
    const remote = `${remoteAddress} ${remotePort}`;
    const head = { method: request.method ?? "GET", target: this.#call.target, remote, id: this.#scorer.named ? this.#call.name : "", headers: this.#call.headers };
    this.#exchange = place.worker.begin(head, body, this.#whole, this);
    this.#exchange.onDrain = () => request.resume();
    if (this.#whole) return;
    if (this.#entered) this.#awaitRest();
    request.resume();
  }

  /** From now on it is the worker's time that passes. */
  #turn({ worker }: Place): void {
    const { requestTimeoutMs, workerTimeoutMs } = this.#scorer.limits;
    this.#gathered.take();
    this.#patience = new Patience({ worker, workerTimeoutMs, proxied: this.#scorer.pool.proxied });
    if (this.#whole) this.#patience.start();
    if (this.#settled) return; // nobody waits for the answer, but the worker must come to an end
    clearTimeout(this.#deadline);
    this.#call.milestones.begun = performance.now();
    if (requestTimeoutMs !== undefined) this.#deadline = setTimeout(() => this.#timedOut(), requestTimeoutMs);
  }

  #awaitRest(): void {
    if (!this.#whole) this.#arriveIn(this.#scorer.limits.requestTimeoutMs ?? ARRIVAL_MS);
  }

  #arriveIn(ms: number): void {
    clearTimeout(this.#bodyDeadline);
    this.#bodyDeadline = setTimeout(() => this.tooSlow(), Math.min(ms, LONGEST_TIMER_MS));
  }

  head(status: number, headers: string[]): void {
    if (this.#settled || !this.#enter()) return;
    clearTimeout(this.#deadline);
    const { milestones } = this.#call;
    milestones.replied = performance.now();
    this.#relay.head(status, headers, milestones.replied - (milestones.begun ?? milestones.replied));
  }

  chunk(bytes: Buffer): boolean {
    if (this.#settled) return true;
    // A pipelined answer that is not yet its connection's turn hears of no close and no drain.
    if (this.#call.request.socket.destroyed) {
      this.#closed();
      return true;
    }
    const open = this.#relay.chunk(bytes, () => {
      this.#patience?.flow();
      this.#exchange?.resume();
    });
    if (!open) this.#patience?.stall();
    return open;
  }

  finish(): void {
    if (!this.#settled) {
      this.#settled = true;
      this.#call.milestones.replyEnded = performance.now();
      this.#relay.finish();
    }
    this.#over();
  }

  raised(exception: Raised): void {
    this.#call.raised = exception;
  }

  lost(text?: string): void {
    const { response, managed } = this.#call;
    if (response.writableEnded) return this.finish(); // what it had to say has gone
    if (!this.#settled) {
      this.#settled = true;
      if (!response.headersSent && (managed || text !== undefined)) this.#call.broken(text ?? "The model's worker ended before it answered.");
      else this.#call.cut(WORKER_GONE);
    }
    this.#over();
  }

  returned(): void {
    if (this.#settled) return this.#over();
    this.#exchange = undefined;
    this.#place = undefined;
    this.#waiting = this.#scorer.pool.acquireAgain(this);
  }

  tooSlow(): void {
    if (this.#settled) return;
    this.#abandon();
    this.#call.tooSlow();
  }

  #refused(): void {
    this.#abandon();
    delete this.#call.milestones.queued; // it may have been on its way, but had no place
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
    if (this.#settled || this.#call.response.writableFinished) return; // it closes when all has been sent, too
    this.#abandon();
    this.#call.finished(CLIENT_GONE, undefined);
  }

  /** Nobody waits any more. The worker, if it has begun, keeps its place until it is really free. */
  #abandon(): void {
    this.#settled = true;
    this.#gathered.take();
    clearTimeout(this.#deadline);
    clearTimeout(this.#bodyDeadline);
    this.#patience?.flow();
    if (this.#exchange !== undefined) return this.#exchange.cancel();
    if (this.#waiting !== undefined) this.#scorer.pool.leave(this.#waiting);
    this.#over();
  }

  #over(): void {
    clearTimeout(this.#deadline);
    clearTimeout(this.#bodyDeadline);
    this.#patience?.stop();
    this.#place?.release();
    this.#scorer.done(this.#arrival);
  }
}

/** Bytes of the body, as the head says; without a length nobody knows. */
const declared = ({ request: { headers } }: Call): number =>
  headers["transfer-encoding"] === undefined ? Number(headers["content-length"] ?? 0) : Infinity;
