/** How long a worker may take with one request. It is not to blame for clients that do not read. */
import type { Worker } from "./worker.ts";

interface Stall {
  /** So many of the worker's answers wait for their clients. */
  open: number;
  /** When the last one that waited went on. */
  endedAt: number;
}

/** Where one answer waits for its client, the others of that worker may wait behind it: they share a connection. */
const stalls = new WeakMap<Worker, Stall>();

/** What follows when the time is up. */
export interface Watched {
  readonly worker: Worker;
  readonly workerTimeoutMs: number;
  /** How long a request may take is the worker's own affair. */
  readonly proxied: boolean;
}

/** WORKER_TIMEOUT of one request. */
export class Patience {
  readonly #watched: Watched;
  #timer: NodeJS.Timeout | undefined;
  #stalled = false;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  /** From now on it is the worker's turn. */
  start(): void {
    const from = performance.now();
    this.#timer = setTimeout(() => this.#elapsed(from), this.#watched.workerTimeoutMs);
  }

  /** The client does not read. */
  stall(): void {
    if (this.#stalled) return;
    this.#stalled = true;
    const { worker } = this.#watched;
    const stall = stalls.get(worker) ?? { open: 0, endedAt: 0 };
    stall.open += 1;
    stalls.set(worker, stall);
  }

  /** The client reads again, or is gone. */
  flow(): void {
    if (!this.#stalled) return;
    this.#stalled = false;
    const stall = stalls.get(this.#watched.worker);
    if (stall === undefined) return;
    stall.open -= 1;
    stall.endedAt = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.flow();
  }

  #elapsed(from: number): void {
    const { worker, workerTimeoutMs, proxied } = this.#watched;
    const stall = stalls.get(worker);
    const keptWaiting = stall !== undefined && (stall.open > 0 || stall.endedAt >= from);
    if (!keptWaiting && !proxied) return worker.kill(`a request took longer than ${workerTimeoutMs / 1000} s`);
    this.start(); // how long a client may keep it waiting is the relay's business
  }
}
