/** The workers, and the requests that wait for one in the order of arrival. */
import { Histogram } from "./histogram.ts";
import { LinkedList } from "./linked-list.ts";
import type { Link } from "./linked-list.ts";
import type { Place } from "./place.ts";
import { Slot } from "./slot.ts";
import type { Description, Failure, PrintedLine, WorkerKind } from "./worker.ts";

/**
 * So much of a body is read before the request asks for a worker: a small request never keeps one waiting for a slow client, and memory
 * stays bounded. What is larger goes on to the worker as it arrives.
 */
const GATHER_BYTES = 64 * 1024;

/** Upper bounds of the histogram of batches: as many as an option can ask for. */
const BATCH_SIZES: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];

/** A request that waits for a worker. */
export interface Waiter {
  /** All of it is there: a worker that is busy can have it, and need not wait for its parts. */
  readonly whole: boolean;
  /** A worker has it. */
  begin(place: Place): void;
}

/** How the workers are. */
export interface PoolState {
  readonly workers: number;
  /** How many can work. */
  readonly ready: number;
  /** How many hold a request. */
  readonly busy: number;
  /** Requests that no worker has yet. */
  readonly waiting: number;
  /** Every worker's `init()` has ended once. */
  readonly started: boolean;
  /** Workers that have died. */
  readonly died: number;
  /** Workers that have been started. */
  readonly starts: number;
  /** Workers that have been replaced because they had had their requests. */
  readonly recycled: number;
  /** What the start of a worker took, in milliseconds: the longest of the latest of each place. */
  readonly startedInMs: number | undefined;
}

/** How the workers are started and replaced. */
export interface PoolOptions {
  readonly workers: number;
  /** Milliseconds that an `init()` may take. */
  readonly startMs: number;
  /** A worker is replaced after so many requests. Default never. */
  readonly maxRequests?: number | undefined;
  /** By so many at most the requests above vary. */
  readonly maxRequestsJitter: number;
  /** Hears what scripts print, where Application Insights is switched on. */
  readonly printed?: ((lines: readonly PrintedLine[]) => void) | undefined;
  /** Hears why a worker cannot take the place of one that was good; undefined: all have started after all. */
  readonly stuck?: ((failure: Failure | undefined) => void) | undefined;
}

export class Pool {
  /** All workers have been ready. Rejects with the reason when one cannot start. */
  readonly started: Promise<void>;
  /** What the workers say of themselves; undefined until one is ready. */
  description: Description | undefined;
  readonly gatherBytes: number;
  /** Another server answers: {@link WorkerKind.proxied}. */
  readonly proxied: boolean;
  /** How many requests the workers take at once. */
  readonly batchSizes = new Histogram(BATCH_SIZES);
  readonly #slots: readonly Slot[];
  readonly #waiting = new LinkedList<Waiter>();
  /** Have been at a worker that died before it turned to them; they come first. */
  readonly #returned = new LinkedList<Waiter>();
  /** One worker: whoever waits at its door would have been its next in any case. With more, another may be free sooner. */
  readonly #alone: Slot | undefined;
  #started = false;
  #stopping = false;
  #settle!: { resolve(): void; reject(error: unknown): void };
  #whenEmpty: (() => void) | undefined;

  constructor(kind: WorkerKind, options: PoolOptions) {
    this.gatherBytes = kind.gatherBytes ?? GATHER_BYTES;
    this.proxied = kind.proxied ?? false;
    this.started = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    this.started.catch(() => {}); // whoever cares has its own handler
    const { workers, maxRequests, maxRequestsJitter } = this.proxied ? { ...options, workers: 1 } : options;
    const startMs = kind.startMs ?? options.startMs;
    const lifetime = (): number => (maxRequests === undefined ? Infinity : maxRequests + Math.round(Math.random() * maxRequestsJitter));
    const events = {
      ready: (description: Description) => this.#ready(description),
      batched: (size: number) => this.batchSizes.observe(size),
      printed: (lines: readonly PrintedLine[]) => options.printed?.(lines),
      failed: (failure: Failure) => this.#failed(failure),
      stuck: (failure: Failure | undefined) => {
        if (failure !== undefined || !this.#slots.some((slot) => slot.stuck)) options.stuck?.(failure);
      },
      changed: () => this.#checkEmpty(),
    };
    this.#slots = Array.from({ length: workers }, () => new Slot(kind, { startMs, lifetime }, events));
    this.#alone = workers === 1 ? this.#slots[0] : undefined;
  }

  state(): PoolState {
    const starts = this.#slots.flatMap(({ startedInMs }) => startedInMs ?? []);
    return {
      workers: this.#slots.length,
      ready: this.#slots.filter((slot) => slot.ready).length,
      busy: this.#slots.filter((slot) => slot.held > 0).length,
      waiting: this.#waiting.size + this.#returned.size + (this.#alone?.ahead ?? 0),
      started: this.#started,
      died: this.#slots.reduce((sum, slot) => sum + slot.died, 0),
      starts: this.#slots.reduce((sum, slot) => sum + slot.starts, 0),
      recycled: this.#slots.reduce((sum, slot) => sum + slot.recycled, 0),
      startedInMs: starts.length === 0 ? undefined : Math.max(...starts),
    };
  }

  /** Whether a worker can work at all: asked for every request. */
  get alive(): boolean {
    return this.#slots.some((slot) => slot.ready);
  }

  /** Calls the waiter when a worker takes it, perhaps at once. */
  acquire(waiter: Waiter): Link<Waiter> {
    return this.#queue(this.#waiting, waiter);
  }

  /** The same for one whose worker died before it turned to it. It has waited longest. */
  acquireAgain(waiter: Waiter): Link<Waiter> {
    return this.#queue(this.#returned, waiter);
  }

  /** It waits no more. */
  leave(waiting: Link<Waiter>): void {
    if (!this.#waiting.remove(waiting)) this.#returned.remove(waiting);
  }

  /** Whether a request would have to wait. */
  get busy(): boolean {
    return this.#waiting.size > 0 || this.#returned.size > 0 || this.#idle() === undefined;
  }

  /** Ends the workers, which are idle or have had their time. Resolves when all are gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const slot of this.#slots) slot.stop();
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
      this.#checkEmpty();
    });
  }

  #ready(description: Description): void {
    this.description ??= description;
    if (!this.#started && this.#slots.every((slot) => slot.ready)) {
      this.#started = true;
      this.#settle.resolve();
    }
    this.#dispatch();
  }

  /** Before all have been ready once, one that cannot start ends the server, as gunicorn does. */
  #failed(failure: Failure): boolean {
    if (this.#started || this.#stopping) return this.#stopping;
    this.#stopping = true;
    this.#settle.reject(new StartError(failure));
    return true;
  }

  #queue(line: LinkedList<Waiter>, waiter: Waiter): Link<Waiter> {
    const waiting = line.add(waiter);
    this.#dispatch();
    return waiting;
  }

  #dispatch(): void {
    this.#give(this.#returned);
    if (this.#returned.size === 0) this.#give(this.#waiting);
  }

  #give(line: LinkedList<Waiter>): void {
    for (let first = line.first; first !== undefined; first = line.first) {
      const slot = this.#idle() ?? (first.value.whole && this.#alone?.roomAhead === true ? this.#alone : undefined);
      const place = slot?.take(this.#released);
      if (place === undefined) return;
      line.remove(first);
      first.value.begin(place);
    }
  }

  /** The least busy worker that can take a request. */
  #idle(): Slot | undefined {
    let best: Slot | undefined;
    for (const slot of this.#slots) if (slot.free && (best === undefined || slot.held < best.held)) best = slot;
    return best;
  }

  readonly #released = (): void => this.#dispatch();

  #checkEmpty(): void {
    if (this.#slots?.every((slot) => slot.empty)) this.#whenEmpty?.();
  }
}

/** A worker's script or model cannot be served. */
export class StartError extends Error {
  override readonly name = "StartError";
  readonly missingModule: string | undefined;
  /** The traceback, where there is one. */
  readonly trace: string | undefined;
  /** What the front exits with. Default 3. */
  readonly exitCode: number | undefined;

  constructor({ reason, missingModule, trace, exitCode }: Failure) {
    super(reason);
    this.exitCode = exitCode;
    this.missingModule = missingModule;
    this.trace = trace;
  }
}
