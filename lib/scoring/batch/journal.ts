/**
 * What has become of each mini-batch, as lines that are only ever appended: before a try, and after its results stand under their name. A line
 * that was cut off by a death counts as not written.
 */
import { closeSync, existsSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { partOf, type Layout } from "./layout.ts";

/** One line. */
type Line =
  /** A process begins to write: whatever ran before has ended with the one before it. */
  | { readonly t: "start" }
  /** A try of mini-batch `n` begins. */
  | { readonly t: "try"; readonly n: number }
  /** It was given up for no fault of its own: the job was stopped. */
  | { readonly t: "back"; readonly n: number }
  | ({ readonly t: "done"; readonly n: number; readonly bytes: number } & Counted)
  /** Every try failed. */
  | { readonly t: "failed"; readonly n: number; readonly files: number }
  /** Somebody resumed the job: what failed may be tried anew. */
  | { readonly t: "resumed"; readonly attempt?: number };

type Settled = Extract<Line, { t: "done" | "failed" }>;

/** What a mini-batch that was run has counted for. */
export interface Counted {
  readonly items: number;
  /** Files without a result. */
  readonly failed: number;
  /** Whether it gave anything. */
  readonly succeeded: boolean;
}

/** Where a job stands. */
export interface Tally {
  done: number;
  items: number;
  /** Mini-batches that failed in every try. */
  failedMiniBatches: number;
  failedFiles: number;
  /** Mini-batches that gave something. */
  succeeded: number;
}

/** The journal of a job. */
export class Journal {
  readonly tally: Tally = { done: 0, items: 0, failedMiniBatches: 0, failedFiles: 0, succeeded: 0 };
  readonly #file: number;
  readonly #tries: Uint16Array;
  /** 0 open, 1 done, 2 failed. */
  readonly #states: Uint8Array;
  /** 1 for those that stand in lines from before. */
  readonly #known: Uint8Array;
  readonly #suspects = new Set<number>();

  /** Reads what was written before. A part that is not as long as its line says is not done. */
  constructor(layout: Layout, miniBatches: number) {
    this.#tries = new Uint16Array(miniBatches);
    this.#states = new Uint8Array(miniBatches);
    this.#known = new Uint8Array(miniBatches);
    if (existsSync(layout.journal)) this.#read(layout);
    this.#file = openSync(layout.journal, "a");
    writeSync(this.#file, "\n"); // ends a line that was cut off
    this.#write({ t: "start" });
  }

  /** Whether a mini-batch is still to be run. */
  isOpen(n: number): boolean {
    return this.#states[n] === 0;
  }

  /** Open ones that ran when the whole process ended, by themselves or because of another: each is to run alone, so that it shows which. */
  get suspects(): ReadonlySet<number> {
    return this.#suspects;
  }

  /** Whether a try from before may have left something. */
  hasPast(n: number): boolean {
    return this.#known[n] === 1 || this.tries(n) > 1;
  }

  /** Tries that count. */
  tries(n: number): number {
    return this.#tries[n] ?? 0;
  }

  begin(n: number): void {
    this.#write({ t: "try", n });
    this.#tries[n] = this.tries(n) + 1;
  }

  back(n: number): void {
    this.#write({ t: "back", n });
  }

  done(n: number, bytes: number, counted: Counted): void {
    this.#write({ t: "done", n, bytes, ...counted });
    this.#count(n, counted);
  }

  failed(n: number, files: number): void {
    this.#write({ t: "failed", n, files });
    this.#countFailed(n, files);
  }

  /** What failed may be tried anew, from the next reading on. With the number of an attempt, that is said once for each. */
  static resume({ journal }: Layout, attempt?: number): void {
    const line = JSON.stringify({ t: "resumed", ...(attempt === undefined ? {} : { attempt }) } satisfies Line);
    if (attempt !== undefined && existsSync(journal) && readFileSync(journal, "utf8").split("\n").includes(line)) return;
    const file = openSync(journal, "a");
    writeSync(file, `\n${line}\n`);
    closeSync(file);
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(line: Line): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  #count(n: number, { failed, items, succeeded }: Counted): void {
    this.#states[n] = 1;
    this.tally.done += 1;
    this.tally.items += items;
    this.tally.failedFiles += failed;
    if (succeeded) this.tally.succeeded += 1;
  }

  #countFailed(n: number, files: number): void {
    this.#states[n] = 2;
    this.tally.failedMiniBatches += 1;
    this.tally.failedFiles += files;
  }

  #read(layout: Layout): void {
    const last = new Map<number, Settled>();
    const running = new Set<number>();
    for (const text of readFileSync(layout.journal, "utf8").split("\n")) {
      const line = parsed(text);
      if (line === undefined) continue;
      if (line.t === "start") this.#ended(running);
      else if (line.t === "resumed") this.#forgive(last, running);
      else this.#follow(line, last, running);
    }
    this.#ended(running);
    for (const [n, line] of last) {
      if (line.t === "failed") this.#countFailed(n, line.files);
      else if (isWhole(partOf(layout, n), line.bytes)) this.#count(n, line);
    }
    for (const n of this.#suspects) if (!this.isOpen(n)) this.#suspects.delete(n);
  }

  #follow(line: Extract<Line, { n: number }>, last: Map<number, Settled>, running: Set<number>): void {
    const { n } = line;
    this.#known[n] = 1;
    if (line.t === "try") {
      this.#tries[n] = this.tries(n) + 1;
      running.add(n);
      return;
    }
    running.delete(n);
    if (line.t === "back") this.#tries[n] = Math.max(this.tries(n) - 1, 0);
    else last.set(n, line);
  }

  /** Of several that ran, nobody knows whose fault it was: it counts for one that ran alone. */
  #ended(running: Set<number>): void {
    for (const n of running) {
      this.#suspects.add(n);
      if (running.size > 1) this.#tries[n] = Math.max(this.tries(n) - 1, 0);
    }
    running.clear();
  }

  /** What failed, and what is done but for some of its files. */
  #forgive(last: Map<number, Settled>, running: Set<number>): void {
    this.#tries.fill(0);
    this.#suspects.clear();
    running.clear();
    for (const [n, line] of last) if (line.t === "failed" || line.failed > 0) last.delete(n);
  }
}

const parsed = (text: string): Line | undefined => {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
};

/** `summary_only` writes no part. */
const isWhole = (path: string, bytes: number): boolean => bytes === 0 || (statSync(path, { throwIfNoEntry: false })?.size ?? -1) === bytes;
