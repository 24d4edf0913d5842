/** What waits to be written of collected data: a bounded number of bytes. What does not fit is dropped and counted, and nobody waits. */
import { extname } from "node:path";
import { Worker as Thread } from "node:worker_threads";
import type { CollectRecord } from "./cloud-event.ts";
import type { CollectorSettings } from "./collect-file.ts";
import { costOf } from "./collect-thread.ts";
import type { FromCollector, ToCollector } from "./collect-thread.ts";
import { info, warn } from "./log.ts";

const THREAD = new URL(`./collect-thread${extname(import.meta.url)}`, import.meta.url);
/** How long the end of the front waits for what is still to be written. */
const FLUSH_MS = 5000;

export interface CollectorCounts {
  /** Records that the sink has taken. */
  readonly written: number;
  /** Records that were lost: there was no room, the sink refused them, or the end came first. */
  readonly dropped: number;
}

export class CollectStore {
  readonly #thread: Thread;
  readonly #limit: number;
  #bytes = 0;
  /** Records at the thread. */
  #waiting = 0;
  #written = 0;
  #dropped = 0;
  #crowded = false;
  #dead = false;
  #flushed = (): void => {};

  constructor(settings: CollectorSettings) {
    this.#limit = settings.maxWaitingBytes;
    this.#thread = new Thread(THREAD, { workerData: settings });
    this.#thread.on("message", (message: FromCollector) => this.#hear(message));
    this.#thread.on("error", (error) => this.#died(error.message));
  }

  get counts(): CollectorCounts {
    return { written: this.#written, dropped: this.#dropped };
  }

  /** Makes room for so many bytes; false when there is none. */
  reserve(bytes: number): boolean {
    if (this.#dead || this.#bytes + bytes > this.#limit) return false;
    this.#bytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** A record is lost. */
  drop(): void {
    this.#dropped += 1;
    if (this.#crowded) return;
    this.#crowded = true;
    warn(`collected data is dropped: more than ${this.#limit} bytes wait to be written`);
  }

  /** Writes a record whose payload has been reserved, whose memory goes with it; false when there is no room for the rest of it. */
  give(record: CollectRecord): boolean {
    const payload = record.payload?.length ?? 0;
    this.release(payload);
    if (!this.reserve(costOf(record))) {
      this.drop();
      return false;
    }
    this.#waiting += 1;
    this.#send({ type: "record", record }, payload === 0 ? [] : [record.payload?.buffer as ArrayBuffer]);
    return true;
  }

  /** Writes what waits, for a few seconds at most. */
  async close(): Promise<void> {
    if (!this.#dead) {
      const flushed = new Promise<void>((resolve) => (this.#flushed = resolve));
      this.#send({ type: "flush" }, []);
      const timer = setTimeout(this.#flushed, FLUSH_MS);
      await flushed;
      clearTimeout(timer);
    }
    await this.#thread.terminate();
    this.#dropped += this.#waiting;
    this.#waiting = 0;
    if (this.#dropped > 0) warn(`of the collected data, ${this.#dropped} records were dropped and ${this.#written} written`);
  }

  #send(message: ToCollector, transfer: ArrayBuffer[]): void {
    this.#thread.postMessage(message, transfer);
  }

  #hear(message: FromCollector): void {
    if (message.type === "trouble") return warn(message.text);
    if (message.type === "well") return info(message.text);
    if (message.type === "flushed") return this.#flushed();
    this.release(message.bytes);
    this.#waiting -= message.records;
    if (message.written) this.#written += message.records;
    else this.#dropped += message.records;
    this.#crowded = false;
  }

  #died(reason: string): void {
    this.#dead = true;
    this.#flushed();
    warn(`nothing is collected any more: ${reason}`);
  }
}
