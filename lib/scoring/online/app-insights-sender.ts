/** Sends records to Application Insights in batches, from a queue that is bounded: what does not fit is dropped, and scoring never waits. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { warn } from "./log.ts";

const EVERY_MS = 5000;
/** After a failure the wait doubles, up to this. */
const LONGEST_WAIT_MS = 120_000;
const BATCH = 500;
const MOST_WAITING = 2000;
const MOST_CHARACTERS = 4 * 1024 * 1024;
const REQUEST_MS = 10_000;
/** What is still to be sent when the server ends, may take so long. */
const FLUSH_MS = 3000;
/** Of answers that mean "later": the same records are sent again. */
const LATER: readonly number[] = [408, 429, 439, 500, 502, 503, 504];

const compressed = promisify(gzip);

export class AppInsightsSender {
  readonly #url: string;
  readonly #everyMs: number;
  /** JSON texts, the oldest first. */
  #waiting: string[] = [];
  #characters = 0;
  #wait: number;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #complained = false;
  #closed = false;
  /** Records that were dropped. */
  dropped = 0;

  constructor(endpoint: string, everyMs = EVERY_MS) {
    this.#everyMs = everyMs;
    this.#wait = everyMs;
    this.#url = new URL("v2.1/track", endpoint.endsWith("/") ? endpoint : `${endpoint}/`).href;
  }

  /** Takes a record, unless too many wait. */
  add(record: object): void {
    const text = JSON.stringify(record);
    if (this.#closed || this.#waiting.length >= MOST_WAITING || this.#characters + text.length > MOST_CHARACTERS) {
      this.dropped += 1;
      return;
    }
    this.#waiting.push(text);
    this.#characters += text.length;
    this.#schedule();
  }

  /** Sends what is waiting, or gives up. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const time = new Promise<void>((resolve) => setTimeout(resolve, FLUSH_MS).unref());
    await Promise.race([this.#flush(), time]);
  }

  async #flush(): Promise<void> {
    await this.#sending;
    while (this.#waiting.length > 0 && (await this.#send())) await Promise.resolve();
  }

  #schedule(): void {
    if (this.#closed || this.#sending !== undefined) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#sending = this.#send().then(() => {
        this.#sending = undefined;
        if (this.#waiting.length > 0) this.#schedule();
      });
    }, this.#wait).unref();
  }

  /** One batch. False: it must wait. */
  async #send(): Promise<boolean> {
    const batch = this.#waiting.slice(0, BATCH);
    const problem = await this.#post(batch).catch((error: unknown) => ({ later: true, text: reasonOf(error) }));
    if (problem !== undefined) this.#complain(problem.text);
    if (problem?.later === true) {
      this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
      return false;
    }
    if (problem === undefined) this.#complained = false;
    else this.dropped += batch.length;
    this.#wait = this.#everyMs;
    this.#waiting = this.#waiting.slice(batch.length);
    this.#characters -= batch.reduce((sum, text) => sum + text.length, 0);
    return true;
  }

  async #post(batch: readonly string[]): Promise<{ later: boolean; text: string } | undefined> {
    const body = await compressed(batch.join("\n"));
    const headers = { "Content-Type": "application/x-json-stream", "Content-Encoding": "gzip" };
    const response = await fetch(this.#url, { method: "POST", body, headers, redirect: "error", signal: AbortSignal.timeout(REQUEST_MS) });
    await response.arrayBuffer();
    if (response.status === 200) return undefined;
    if (response.status === 206) return { later: false, text: "some records were not accepted" };
    return { later: LATER.includes(response.status), text: `the answer is ${response.status}` };
  }

  /** One line until it has worked again. */
  #complain(text: string): void {
    if (!this.#complained) warn(`nothing can be sent to Application Insights at ${new URL(this.#url).origin}: ${text}`);
    this.#complained = true;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
