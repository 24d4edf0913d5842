/** How far the instances of a job are: each writes a file of its own beside the manifest, and reads those of the others. */
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Tally } from "../journal.ts";
import type { Layout } from "../layout.ts";
import { readIfThere } from "../read-if-there.ts";

/** What an instance says of itself. */
interface Said {
  readonly tally: Tally;
  /** Of which attempt: what failed before a job was resumed counts no more. */
  readonly attempt: number;
  /** Whether nothing that is its own is left. */
  readonly settled: boolean;
}

const NOTHING: Said = { tally: { done: 0, items: 0, failedMiniBatches: 0, failedFiles: 0, succeeded: 0 }, attempt: -1, settled: false };
/** Between two writings, while nothing has failed. */
const WRITE_MS = 1000;

/** The journal of an instance. */
export const journalOf = ({ work }: Layout, index: number): string => join(work, `journal-${index}.jsonl`);

const fileOf = ({ work }: Layout, index: number): string => join(work, `instance-${index}.json`);

/** Of one instance: its own tally, and what it last read of the others. */
export class Tallies {
  readonly #layout: Layout;
  readonly #index: number;
  readonly #count: number;
  readonly #attempt: number;
  #others: readonly Said[] = [];
  #written = { at: -Infinity, text: "", failedFiles: 0 };

  constructor(layout: Layout, { attempt, count, index }: { readonly index: number; readonly count: number; readonly attempt: number }) {
    this.#layout = layout;
    this.#index = index;
    this.#count = count;
    this.#attempt = attempt;
  }

  /** A failure is told at once, since it may end the job; everything else once a second, by whoever calls again. */
  tell(tally: Tally): void {
    const now = performance.now();
    const text = JSON.stringify(tally);
    if (text === this.#written.text || (now - this.#written.at < WRITE_MS && tally.failedFiles === this.#written.failedFiles)) return;
    this.#written = { at: now, text, failedFiles: tally.failedFiles };
    this.#write({ tally, attempt: this.#attempt, settled: false });
  }

  /** Nothing that is its own is left. */
  settle(tally: Tally): void {
    this.#write({ tally, attempt: this.#attempt, settled: true });
  }

  /** Looks at the others. */
  look(): void {
    this.#others = Array.from({ length: this.#count }, (_, at) => at).flatMap((at) => (at === this.#index ? [] : [this.#read(fileOf(this.#layout, at))]));
  }

  /** Failed files of the others, as they were last seen. */
  get failedElsewhere(): number {
    return this.#others.reduce((sum, { tally }) => sum + tally.failedFiles, 0);
  }

  /** Whether every other one has settled, in this attempt. */
  get allSettled(): boolean {
    return this.#others.every(({ settled }) => settled);
  }

  /** All together. */
  whole(own: Tally): Tally {
    const sum = (key: keyof Tally): number => this.#others.reduce((total, { tally }) => total + tally[key], own[key]);
    return { done: sum("done"), items: sum("items"), failedMiniBatches: sum("failedMiniBatches"), failedFiles: sum("failedFiles"), succeeded: sum("succeeded") };
  }

  #read(path: string): Said {
    const text = readIfThere(path);
    const said = text === undefined ? NOTHING : (JSON.parse(text) as Said);
    return said.attempt === this.#attempt ? said : NOTHING;
  }

  #write(said: Said): void {
    const path = fileOf(this.#layout, this.#index);
    writeFileSync(`${path}.next`, JSON.stringify(said));
    renameSync(`${path}.next`, path);
  }
}
