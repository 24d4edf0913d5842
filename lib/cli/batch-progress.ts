/** How far a job is: a bar on a terminal, a line a tenth elsewhere. */
import { ENDED } from "../scoring/contract/batch.ts";
import type { JobView } from "./batch-client.ts";
import type { Screen } from "./screen.ts";

const BAR = 24;

/** Says what is new in a job. */
export class Progress {
  readonly #screen: Screen;
  readonly #isTerminal: boolean;
  #status = "";
  #tenth = -1;

  constructor(screen: Screen, isTerminal: boolean) {
    this.#screen = screen;
    this.#isTerminal = isTerminal;
  }

  show(job: JobView): void {
    const { status } = job.properties;
    if (status !== this.#status && !ENDED.includes(status)) this.#screen.say(`${job.name} is ${status}`, this.#isTerminal && status === "Running");
    this.#status = status;
    const line = progressLine(job);
    if (line === undefined) return;
    const tenth = Math.floor(shareOf(job) * 10);
    if (this.#isTerminal && status === "Running") this.#screen.say(line, true);
    else if (!this.#isTerminal && tenth > this.#tenth) this.#screen.say(line);
    this.#tenth = Math.max(this.#tenth, tenth);
  }
}

const shareOf = ({ properties: { progress } }: JobView): number =>
  progress === undefined || progress.miniBatches === 0 ? 0 : (progress.done + progress.failedMiniBatches) / progress.miniBatches;

/** Nothing before it is known how much there is to do. */
export const progressLine = (job: JobView): string | undefined => {
  const { progress } = job.properties;
  if (progress === undefined) return undefined;
  const { done, failedFiles, failedMiniBatches, miniBatches, results } = progress;
  const full = Math.round(shareOf(job) * BAR);
  const failures = failedFiles === 0 ? "" : `, ${failedFiles} failed ${failedFiles === 1 ? "file" : "files"}`;
  return `[${"#".repeat(full)}${".".repeat(BAR - full)}] ${done + failedMiniBatches} of ${miniBatches} mini-batches, ${results} results${failures}`;
};
