/** Gives mini-batches to workers, again where a try fails, and writes down what became of each. */
import { randomUUID } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { LONGEST_TIMER_MS } from "../contract.ts";
import type { BatchSettings } from "../contract/batch.ts";
import { JobError, mayPass } from "./job-error.ts";
import type { JobLog } from "./job-log.ts";
import type { Journal } from "./journal.ts";
import { failuresOf, partOf, type Layout } from "./layout.ts";
import { readManifest, type Entry, type MiniBatch } from "./manifest.ts";
import { processName, type ProcessLog } from "./process-log.ts";
import type { Used } from "./resource-usage.ts";
import { WorkerDied, type BatchWorker, type Done, type Task } from "./worker.ts";

/** So many workers in a row that die before they are ready, and the job cannot go on. */
const DEATHS_AT_START = 20;

/** What a coordinator works with. */
export interface Coordination {
  readonly layout: Layout;
  readonly journal: Journal;
  readonly settings: BatchSettings;
  /** Most workers at a time. */
  readonly workers: number;
  /** Starts a worker; the number names its logs. */
  start(slot: number): BatchWorker;
  /** Mini-batches that are this coordinator's. */
  mine(n: number): boolean;
  readonly log: JobLog;
  readonly signal: AbortSignal;
  /** Failed files of the job's other coordinators. @default - there are none */
  failedElsewhere?(): number;
  /** Heard after each mini-batch, when it is settled. */
  settled?(): void;
}

/** The job was stopped from outside. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

/** Runs every open mini-batch of its own. Rejects with {@link JobError} when the job cannot go on, with {@link Stopped} when it was stopped. */
export async function coordinate(options: Coordination): Promise<void> {
  const abort = new AbortController();
  const stop = (): void => abort.abort(new Stopped("the job was stopped"));
  if (options.signal.aborted) stop();
  options.signal.addEventListener("abort", stop, { once: true });
  const { journal, layout, mine, workers } = options;
  const queue = readManifest(layout.manifest, (n) => mine(n) && journal.isOpen(n));
  const slots = Array.from({ length: workers }, (_, at) => new Slot(at, options, abort, (used) => usage.last(used)));
  const usage = options.log.usage(() => slots.flatMap(({ process }) => process ?? []));
  try {
    await alone(slots[0], options);
    await Promise.all(slots.map((slot) => slot.workToTheEnd(queue)));
  } catch (error) {
    abort.abort(error);
    await Promise.allSettled(slots.map((slot) => slot.gone));
    throw error;
  } finally {
    options.signal.removeEventListener("abort", stop);
    usage.end();
    for (const slot of slots) slot.log.close();
    await queue.return(undefined);
  }
}

/** What may have ended the whole process before: one after another, so that it takes no other along. */
async function alone(slot: Slot | undefined, { journal, layout, mine }: Coordination): Promise<void> {
  if (journal.suspects.size === 0) return;
  const queue = readManifest(layout.manifest, (n) => mine(n) && journal.isOpen(n) && journal.suspects.has(n));
  try {
    await slot?.work(queue);
  } finally {
    await queue.return(undefined);
  }
}

/** One worker after another, in one place. */
class Slot {
  readonly #at: number;
  readonly #options: Coordination;
  readonly #abort: AbortController;
  readonly #ending: (process: Used) => void;
  readonly log: ProcessLog;
  /** Of its files that are not whole: a pod that was given up for lost may still write to its own. */
  readonly #next = `${randomUUID().slice(0, 8)}.next`;
  #worker: BatchWorker | undefined;
  #ended: Promise<void> = Promise.resolve();

  /** `ending` hears of each process that is to end. */
  constructor(at: number, options: Coordination, abort: AbortController, ending: (process: Used) => void) {
    this.#at = at;
    this.#options = options;
    this.#abort = abort;
    this.#ending = ending;
    this.log = options.log.process(at);
  }

  /** The one that runs here now. */
  get process(): Used | undefined {
    return this.#worker === undefined ? undefined : { name: processName(this.#at), pid: this.#worker.pid };
  }

  /** Resolves when no process of this place is left. */
  get gone(): Promise<void> {
    return this.#end(false).then(() => this.#ended);
  }

  async work(queue: AsyncGenerator<MiniBatch>): Promise<void> {
    for (;;) {
      this.#check();
      const next = await queue.next();
      if (next.done === true) break;
      try {
        await this.#settle(next.value);
      } catch (error) {
        this.#abort.abort(error); // the other places stop at once
        await this.#end(false);
        throw error;
      }
    }
  }

  async workToTheEnd(queue: AsyncGenerator<MiniBatch>): Promise<void> {
    await this.work(queue);
    await this.#end(true);
  }

  /** Listens for as long as it lasts: what waits on a promise that never settles is never forgotten. */
  async #unlessAborted<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#abort;
    let refuse: () => void = () => {};
    const aborted = new Promise<never>((_resolve, reject) => (refuse = () => reject(signal.reason as Error)));
    signal.addEventListener("abort", refuse, { once: true });
    if (signal.aborted) refuse();
    try {
      return await Promise.race([work, aborted]);
    } finally {
      signal.removeEventListener("abort", refuse);
    }
  }

  #check(): void {
    if (this.#abort.signal.aborted) throw this.#abort.signal.reason as Error;
  }

  /** Tries until there is a result, or no try is left. */
  async #settle(batch: MiniBatch): Promise<void> {
    const { journal, log, settings } = this.#options;
    let why = "the process that ran it was ended each time";
    while (journal.tries(batch.n) <= settings.retrySettings.maxRetries) {
      const worker = await this.#ready();
      journal.begin(batch.n);
      const outcome = await this.#told(worker, batch, () => this.#try(worker, batch));
      if (typeof outcome !== "string") return this.#succeedOrGiveBack(batch, outcome);
      why = outcome;
      log.system(`mini-batch ${batch.n}, try ${journal.tries(batch.n)}: ${why}`);
    }
    this.#giveUp(batch, why);
  }

  /** A line of the process's log, however the try ends. */
  async #told<T extends Exclude<Done, { error: string }> | string>({ pid }: BatchWorker, { n }: MiniBatch, act: () => Promise<T>): Promise<T> {
    const begin = performance.now();
    let became = "";
    try {
      const outcome = await act();
      became = typeof outcome === "string" ? outcome : `${outcome.items} results, ${outcome.failed} failed files`;
      return outcome;
    } catch (error) {
      became = (error as Error).message;
      throw error;
    } finally {
      this.log.say(`process ${pid}: mini-batch ${n}, try ${this.#options.journal.tries(n)}, ${((performance.now() - begin) / 1000).toFixed(3)} s: ${became}`);
    }
  }

  async #ready(): Promise<BatchWorker> {
    for (let deaths = 0; ; deaths += 1) {
      this.#check();
      const worker = (this.#worker ??= this.#options.start(this.#at));
      try {
        await this.#unlessAborted(worker.ready);
        return worker;
      } catch (error) {
        if (!(error instanceof WorkerDied)) throw error;
        await this.#end(false);
        if (deaths + 1 >= DEATHS_AT_START) throw new JobError(`the process that runs the script ends before init() has: it ${error.message}`);
      }
    }
  }

  /** What the worker answered, or why there is no answer. */
  async #try(worker: BatchWorker, { length, n, offset }: MiniBatch): Promise<Exclude<Done, { error: string }> | string> {
    const { layout, settings } = this.#options;
    const task: Task = { n, offset, length, part: this.#nextOf(partOf(layout, n)), errors: this.#nextOf(failuresOf(layout, n)) };
    let timer: NodeJS.Timeout | undefined;
    const ms = Math.min(settings.retrySettings.timeout * 1000, LONGEST_TIMER_MS);
    const late = new Promise<"late">((resolve) => (timer = setTimeout(() => resolve("late"), ms)));
    try {
      const done = await this.#unlessAborted(Promise.race([worker.run(task), late]));
      if (done === "late") {
        await this.#end(false);
        return `run() took longer than ${settings.retrySettings.timeout} s`;
      }
      if (!("error" in done)) return done;
      if (done.fatal) throw new JobError(done.error);
      return done.error;
    } catch (error) {
      if (error instanceof Stopped || mayPass(error)) this.#giveBack(n);
      if (!(error instanceof WorkerDied)) throw error;
      await this.#end(false);
      return `the process that ran it ${error.message}`;
    } finally {
      clearTimeout(timer);
    }
  }

  /** A volume that is away for a moment is no fault of what ran. */
  #succeedOrGiveBack(batch: MiniBatch, done: Exclude<Done, { error: string }>): void {
    try {
      this.#succeed(batch, done);
    } catch (error) {
      if (mayPass(error)) this.#giveBack(batch.n);
      throw error;
    }
  }

  #giveBack(n: number): void {
    try {
      this.#options.journal.back(n);
    } catch {
      // The same volume: the try counts.
    }
  }

  #succeed(batch: MiniBatch, done: Exclude<Done, { error: string }>): void {
    const { journal, layout, settings } = this.#options;
    const part = partOf(layout, batch.n);
    const failures = failuresOf(layout, batch.n);
    if (done.listed > 0) renameSync(this.#nextOf(failures), failures);
    else if (done.failed > 0) this.#writeFailures(failures, [missing(batch, done)]);
    else if (journal.hasPast(batch.n)) rmSync(failures, { force: true }); // of a try that failed, before the job was resumed
    if (settings.outputAction === "append_row") renameSync(this.#nextOf(part), part);
    journal.done(batch.n, done.bytes, { items: done.items, failed: done.failed, succeeded: done.succeeded });
    this.#judge();
  }

  #giveUp(batch: MiniBatch, why: string): void {
    const { journal, layout, log } = this.#options;
    // A part may stand there that nobody has written down.
    for (const path of [this.#nextOf(partOf(layout, batch.n)), partOf(layout, batch.n)]) rmSync(path, { force: true });
    this.#writeFailures(failuresOf(layout, batch.n), batch.entries.map((entry) => ({ ...placeOf(entry), miniBatch: batch.n, error: why })));
    journal.failed(batch.n, batch.entries.length);
    log.system(`mini-batch ${batch.n} has failed for good`);
    this.#judge();
  }

  #nextOf(path: string): string {
    return `${path}.${this.#next}`;
  }

  #writeFailures(path: string, failures: readonly object[]): void {
    writeFileSync(this.#nextOf(path), failures.map((failure) => `${JSON.stringify(failure)}\n`).join(""));
    renameSync(this.#nextOf(path), path);
  }

  #judge(): void {
    const { journal: { tally }, log, settings: { errorThreshold } } = this.#options;
    log.progress(tally);
    this.#options.settled?.();
    refuseTooMany(tally.failedFiles + (this.#options.failedElsewhere?.() ?? 0), errorThreshold);
  }

  async #end(polite: boolean): Promise<void> {
    const worker = this.#worker;
    if (this.process !== undefined) this.#ending(this.process);
    this.#worker = undefined;
    if (worker !== undefined) this.#ended = worker.end(polite);
    await this.#ended;
  }
}

/** Throws {@link JobError} for a job that has had too many failures. */
export const refuseTooMany = (failed: number, threshold: number): void => {
  if (threshold >= 0 && failed > threshold) throw new JobError(`the error threshold of ${threshold} failed files was exceeded: ${failed} have failed`);
};

const placeOf = (entry: Entry): object => (typeof entry === "string" ? { file: entry, row: null } : { file: entry.file, row: entry.row, rows: entry.rows });

/** Which of the files lack a result, nobody knows. */
const missing = ({ entries, n }: MiniBatch, { failed, items }: { readonly failed: number; readonly items: number }): object => ({
  ...(entries.length === 1 ? placeOf(entries[0] as Entry) : { file: null, row: null, files: entries.map((entry) => (typeof entry === "string" ? entry : entry.file)) }),
  miniBatch: n,
  error: `run() returned ${items} results for ${entries.length} files: ${failed} failed`,
});
