/** One place of the pool: its worker, the next when that one dies, and the one that takes over when it has served long enough. */
import { fail, info, warn } from "./log.ts";
import { Place } from "./place.ts";
import type { Description, Exchange, Failure, PrintedLine, Worker, WorkerEvents, WorkerKind } from "./worker.ts";

/**
 * Waits before a worker that keeps dying is started again: the first, the longest, and the longest for one that could work. That one was
 * killed, or crashed by a request: others are waiting for it. The first death of a healthy one costs no wait.
 */
const BACKOFF_MS = { first: 100, longest: 30_000, longestOfReady: 1000 };
/** A worker that has lived this long was healthy. */
const HEALTHY_MS = 30_000;

/** What a place tells the pool. */
export interface SlotEvents {
  /** A worker is ready: the first, or one more. */
  ready(description: Description): void;
  /** A worker has taken so many requests at once. */
  batched(size: number): void;
  /** A script has printed these. */
  printed(lines: readonly PrintedLine[]): void;
  /** A worker ended that has never been ready. True: the pool gives up. */
  failed(failure: Failure): boolean;
  /** A worker that should take the place of a good one cannot start; undefined: one has started after all. */
  stuck(failure: Failure | undefined): void;
  /** A worker is gone; perhaps nothing is left here. */
  changed(): void;
}

/** How a place treats its workers. */
export interface Care {
  /** Milliseconds that an `init()` may take. */
  readonly startMs: number;
  /** A worker is replaced after so many requests; a function, because they vary. */
  readonly lifetime: () => number;
}

/** A worker from its start to its end. */
interface Life {
  readonly worker: Worker;
  readonly startedAt: number;
  readyAt: number | undefined;
  /** It takes requests. */
  available: boolean;
  /** Requests that it has in hand. */
  held: number;
  /** Those of them that it has not turned to. */
  readonly ahead: Place[];
  mostAhead: number;
  /** Requests that it may still take before it is replaced. */
  left: number;
  depth: number;
  failure: Failure | undefined;
  timer: NodeJS.Timeout | undefined;
}

export class Slot {
  readonly #kind: WorkerKind;
  readonly #care: Care;
  readonly #events: SlotEvents;
  #current: Life | undefined;
  /** Starts while the current one goes on. */
  #successor: Life | undefined;
  /** Have been replaced, and finish what they hold. */
  readonly #leaving = new Set<Life>();
  /** Deaths in a row without a healthy life between. */
  #deaths = 0;
  #again: NodeJS.Timeout | undefined;
  #stopping = false;
  /** The latest worker could not start. */
  stuck = false;
  /** What the last start took, in milliseconds. */
  startedInMs: number | undefined;
  /** Workers that have died. */
  died = 0;
  /** Workers that have been started. */
  starts = 0;
  /** Workers that have been replaced because they had had their requests. */
  recycled = 0;

  constructor(kind: WorkerKind, care: Care, events: SlotEvents) {
    this.#kind = kind;
    this.#care = care;
    this.#events = events;
    this.#current = this.#start();
  }

  get ready(): boolean {
    return this.#current?.available === true;
  }

  get held(): number {
    return this.#current?.held ?? 0;
  }

  get free(): boolean {
    const life = this.#current;
    return life !== undefined && life.available && life.held < Math.min(life.depth, life.worker.depth ?? life.depth);
  }

  /** A whole request can wait here for its turn. */
  get roomAhead(): boolean {
    const life = this.#current;
    return life !== undefined && life.available && life.ahead.length < life.mostAhead;
  }

  /** Requests that wait here for their turn. */
  get ahead(): number {
    return this.#current?.ahead.length ?? 0;
  }

  get empty(): boolean {
    return this.#current === undefined && this.#successor === undefined && this.#leaving.size === 0;
  }

  /** A place for one more request. `released` is called when the worker can have another. */
  take(released: () => void): Place | undefined {
    const life = this.#current;
    if (life === undefined) return undefined;
    const place = new Place(life.worker, !this.free, () => this.#release(life, place, released));
    if (place.waits) life.ahead.push(place);
    life.held += 1;
    life.left -= 1;
    if (life.left <= 0) this.#succeed();
    return place;
  }

  #release(life: Life, place: Place, released: () => void): void {
    const leaving = this.#leaving.has(life);
    if (life !== this.#current && !leaving) return; // it is gone, with all that it held
    life.held -= 1;
    if (place.waits) life.ahead.splice(life.ahead.indexOf(place), 1);
    else life.ahead.shift()?.turn();
    if (leaving) this.#dismiss(life);
    else released();
  }

  /** Ends the workers, which are idle or have had their time. */
  stop(): void {
    this.#stopping = true;
    clearTimeout(this.#again);
    for (const life of [this.#current, this.#successor, ...this.#leaving]) {
      clearTimeout(life?.timer);
      life?.worker.stop();
    }
  }

  #start(): Life {
    this.starts += 1;
    const life: Omit<Life, "worker"> & { worker?: Worker } = {
      startedAt: performance.now(), readyAt: undefined, available: false, held: 0, ahead: [], mostAhead: this.#kind.ahead ?? 0, left: this.#care.lifetime(), depth: this.#kind.depth, failure: undefined, timer: undefined,
    };
    const started = life as Life; // a worker calls back later, never while it is made
    started.timer = setTimeout(() => {
      started.failure = { reason: `init() did not end within ${this.#care.startMs} ms` };
      started.worker.kill(started.failure.reason);
    }, this.#care.startMs);
    life.worker = this.#made({
      ready: (description) => this.#ready(started, description),
      unready: () => (started.available = false),
      batched: (size) => this.#events.batched(size),
      printed: (lines) => this.#events.printed(lines),
      failed: (failure) => (started.failure = failure),
      exited: (how) => this.#exited(started, how),
    });
    return started;
  }

  /** The system may refuse a process or a thread on the spot. */
  #made(events: WorkerEvents): Worker {
    try {
      return this.#kind.start(events);
    } catch (error) {
      return stillborn(events, error instanceof Error ? error.message : String(error));
    }
  }

  #ready(life: Life, description: Description): void {
    clearTimeout(life.timer);
    life.available = true;
    if (life.readyAt !== undefined) return this.#events.ready(description); // is back
    life.readyAt = performance.now();
    this.startedInMs = life.readyAt - life.startedAt;
    this.#tellStuck(undefined);
    if (description.batches === true) {
      life.depth = this.#kind.batchDepth ?? this.#kind.depth;
      life.mostAhead = 0; // all that it holds may have begun
    }
    if (life === this.#successor) {
      const old = this.#current;
      this.#successor = undefined;
      this.#current = life;
      this.recycled += 1;
      if (old !== undefined) this.#leave(old);
    }
    this.#events.ready(description);
  }

  /** The next one starts before this one goes, so that nobody waits for an `init()`. */
  #succeed(): void {
    if (this.#successor !== undefined || this.#stopping) return;
    info(`${this.#current?.worker.name ?? "a worker"} has had its requests; the next one starts`);
    this.#successor = this.#start();
  }

  #leave(life: Life): void {
    this.#leaving.add(life);
    this.#dismiss(life);
  }

  #dismiss(life: Life): void {
    if (life.held === 0) life.worker.stop();
  }

  #exited(life: Life, how: string): void {
    clearTimeout(life.timer);
    const leaving = this.#leaving.delete(life);
    if (life === this.#successor) this.#successor = undefined;
    const current = life === this.#current;
    if (current) this.#current = undefined;
    if (!this.#stopping && !leaving) this.#mourn(life, how, current);
    this.#events.changed();
  }

  #mourn(life: Life, how: string, current: boolean): void {
    this.died += 1;
    const wasReady = life.readyAt !== undefined;
    const failure = life.failure ?? { reason: `the worker ${how} before it was ready` };
    if (!wasReady && this.#events.failed(failure)) return;
    const what = wasReady ? how : `cannot start: ${failure.reason}`;
    if (!current) {
      if (this.#current !== undefined) this.#current.left = this.#care.lifetime(); // it stays, and is replaced another time
      return warn(`${life.worker.name} ${what}; the one before it goes on`);
    }
    if (this.#successor !== undefined) {
      this.#current = this.#successor; // is on its way already
      this.#successor = undefined;
      return warn(`${life.worker.name} ${what}; the next one is starting`);
    }
    if (!wasReady) this.#tellStuck(failure);
    this.#startAgain(life, wasReady, what);
  }

  #tellStuck(failure: Failure | undefined): void {
    if (failure === undefined && !this.stuck) return;
    this.stuck = failure !== undefined;
    this.#events.stuck(failure);
  }

  #startAgain(life: Life, wasReady: boolean, what: string): void {
    const healthy = life.readyAt !== undefined && performance.now() - life.readyAt >= HEALTHY_MS;
    this.#deaths = healthy ? 0 : this.#deaths + 1;
    const longest = wasReady ? BACKOFF_MS.longestOfReady : BACKOFF_MS.longest;
    const wait = this.#deaths <= 1 ? 0 : Math.min(longest, BACKOFF_MS.first * 2 ** (this.#deaths - 2));
    (wasReady ? warn : fail)(`${life.worker.name} ${what}; the next one starts in ${wait} ms`);
    this.#again = setTimeout(() => {
      info("starting a worker");
      this.#current = this.#start();
    }, wait);
  }
}

/** Ends like any other that cannot start. */
function stillborn(events: WorkerEvents, reason: string): Worker {
  setImmediate(() => {
    events.failed({ reason: `the system cannot start a worker: ${reason}` });
    events.exited("did not start");
  });
  const begin = (): Exchange => {
    throw new Error("a worker that did not start has no requests");
  };
  return { name: "a worker", begin, stop: () => {}, kill: () => {} };
}
