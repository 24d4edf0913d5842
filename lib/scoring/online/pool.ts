/** The workers: started, replaced when they die, given waiting requests in the order of arrival. */
import { fail, info, warn } from "./log.ts";
import type { Failure, Worker, WorkerKind } from "./worker.ts";

/** First and longest wait before a worker that keeps dying is started again. The first death of a healthy one costs no wait. */
const BACKOFF_MS = { first: 100, longest: 30_000 };
/** A worker that has lived this long was healthy. */
const HEALTHY_MS = 30_000;

/** A request that waits for a worker. */
export type Waiter = (worker: Worker, release: () => void) => void;

/** How many workers there are and how many can work. */
export interface PoolState {
  readonly workers: number;
  readonly ready: number;
  /** Every worker's `init()` has ended once. */
  readonly started: boolean;
}

export class Pool {
  /** All workers have been ready. Rejects with the reason when one cannot start. */
  readonly started: Promise<void>;
  readonly #kind: WorkerKind;
  readonly #slots: Slot[];
  readonly #waiting = new Set<Waiter>();
  #started = false;
  #stopping = false;
  #settle!: { resolve(): void; reject(error: unknown): void };
  #whenEmpty: (() => void) | undefined;

  constructor(kind: WorkerKind, workers: number, startMs: number) {
    this.#kind = kind;
    this.started = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    this.started.catch(() => {}); // whoever cares has its own handler
    this.#slots = Array.from({ length: workers }, () => ({ held: 0, ready: false, deaths: 0 }));
    for (const slot of this.#slots) this.#start(slot, startMs);
  }

  state(): PoolState {
    return { workers: this.#slots.length, ready: this.#slots.filter((slot) => slot.ready).length, started: this.#started };
  }

  /** Calls the waiter when a worker takes it, perhaps at once. The returned function takes it back if that has not happened. */
  acquire(waiter: Waiter): () => void {
    this.#waiting.add(waiter);
    this.#dispatch();
    return () => void this.#waiting.delete(waiter);
  }

  /** Whether a request would have to wait. */
  get busy(): boolean {
    return this.#waiting.size > 0 || this.#idle() === undefined;
  }

  /** Ends the workers, which are idle or have had their time. Resolves when all are gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const slot of this.#slots) {
      clearTimeout(slot.timer);
      slot.worker?.stop();
    }
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
      this.#checkEmpty();
    });
  }

  #start(slot: Slot, startMs: number): void {
    slot.held = 0;
    let failure: Failure | undefined;
    let readyAt: number | undefined;
    const worker = this.#kind.start({
      ready: () => {
        readyAt = performance.now();
        clearTimeout(slot.timer);
        this.#ready(slot);
      },
      failed: (reported) => (failure = reported),
      exited: (how) => {
        clearTimeout(slot.timer);
        const lived = readyAt === undefined ? 0 : performance.now() - readyAt;
        this.#exited(slot, worker.name, how, failure, { wasReady: readyAt !== undefined, lived, startMs });
      },
    });
    slot.worker = worker;
    slot.timer = setTimeout(() => {
      failure = { reason: `init() did not end within ${startMs} ms` };
      worker.kill(failure.reason);
    }, startMs);
  }

  #ready(slot: Slot): void {
    slot.ready = true;
    if (!this.#started && this.#slots.every((each) => each.ready)) {
      this.#started = true;
      this.#settle.resolve();
    }
    this.#dispatch();
  }

  #exited(slot: Slot, name: string, how: string, failure: Failure | undefined, life: Life): void {
    slot.worker = undefined;
    slot.ready = false;
    if (this.#stopping) return this.#checkEmpty();
    const reason = failure?.reason ?? `the worker ${how} before it was ready`;
    if (!this.#started && !life.wasReady) {
      this.#stopping = true;
      return this.#settle.reject(new StartError(reason, failure?.missingModule));
    }
    slot.deaths = life.lived >= HEALTHY_MS ? 0 : slot.deaths + 1;
    const wait = slot.deaths <= 1 ? 0 : Math.min(BACKOFF_MS.longest, BACKOFF_MS.first * 2 ** (slot.deaths - 2));
    (life.wasReady ? warn : fail)(`${name} ${life.wasReady ? how : `cannot start: ${reason}`}; the next one starts in ${wait} ms`);
    slot.timer = setTimeout(() => {
      info("starting a worker");
      this.#start(slot, life.startMs);
    }, wait);
  }

  #dispatch(): void {
    for (const waiter of this.#waiting) {
      const slot = this.#idle();
      if (slot?.worker === undefined) return;
      this.#waiting.delete(waiter);
      slot.held += 1;
      const worker = slot.worker;
      waiter(worker, () => this.#release(slot, worker));
    }
  }

  #release(slot: Slot, worker: Worker): void {
    if (slot.worker !== worker) return; // it died; its successor starts with nothing in hand
    slot.held -= 1;
    this.#dispatch();
  }

  /** The least busy worker that can take a request. */
  #idle(): Slot | undefined {
    let best: Slot | undefined;
    for (const slot of this.#slots) {
      if (slot.ready && slot.held < this.#kind.depth && (best === undefined || slot.held < best.held)) best = slot;
    }
    return best;
  }

  #checkEmpty(): void {
    if (this.#slots.every((slot) => slot.worker === undefined)) this.#whenEmpty?.();
  }
}

/** A worker's script or model cannot be served. */
export class StartError extends Error {
  override readonly name = "StartError";
  readonly missingModule: string | undefined;

  constructor(reason: string, missingModule?: string) {
    super(reason);
    this.missingModule = missingModule;
  }
}

interface Slot {
  worker?: Worker;
  held: number;
  ready: boolean;
  /** Deaths in a row without a healthy life between. */
  deaths: number;
  /** Limits the start of a worker, or waits for the next. */
  timer?: NodeJS.Timeout;
}

interface Life {
  readonly wasReady: boolean;
  readonly lived: number;
  readonly startMs: number;
}
