/** The front's end of an ONNX worker: a thread, because the model needs no Python and its answers no process to cross. */
import { extname } from "node:path";
import { Worker as Thread } from "node:worker_threads";
import { warn } from "./log.ts";
import { RUN_FAILED } from "./message.ts";
import type { RequestHead } from "./protocol.ts";
import type { Port } from "./tensors.ts";
import type { Exchange, Replies, StartWorker, Worker, WorkerEvents } from "./worker.ts";

/** `.ts` from the sources, `.js` from the package: beside this file, in the same form. */
const THREAD = new URL(`./onnx-thread${extname(import.meta.url)}`, import.meta.url);

/** Where the model is and how many threads of its own one run may use. */
export interface OnnxOptions {
  readonly file: string;
  readonly threads: number;
}

/** A part of a request, or the wish to forget it. */
export interface ToThread {
  readonly id: number;
  readonly body?: Uint8Array;
  readonly end: boolean;
  readonly cancel?: boolean;
}

/** The one answer to a request; status 0 when it was forgotten. */
export interface Answered {
  readonly type: "answer";
  readonly id: number;
  readonly status: number;
  readonly text?: string;
  /** What the model took. */
  readonly ms?: number;
  /** What went wrong, for the log. */
  readonly log?: string;
}

type FromThread =
  | Answered
  | { readonly type: "ready"; readonly inputs: readonly Port[]; readonly outputs: readonly Port[] }
  | { readonly type: "failed"; readonly reason: string };

/** Starts threads for one model. `onModel` hears what the model says of itself. */
export const onnxWorker =
  (options: OnnxOptions, onModel: (inputs: readonly Port[], outputs: readonly Port[]) => void): StartWorker =>
  (events) =>
    new OnnxWorker(options, onModel, events);

class OnnxWorker implements Worker {
  readonly name: string;
  readonly #thread: Thread;
  readonly #events: WorkerEvents;
  readonly #replies = new Map<number, Replies>();
  #lastRequest = 0;
  #ended = false;

  constructor(options: OnnxOptions, onModel: (inputs: readonly Port[], outputs: readonly Port[]) => void, events: WorkerEvents) {
    this.#events = events;
    this.#thread = new Thread(THREAD, { workerData: options });
    this.name = `worker thread ${this.#thread.threadId}`;
    this.#thread.on("message", (received: FromThread) => {
      if (received.type === "answer") return this.#answer(received);
      if (received.type === "failed") return events.failed({ reason: received.reason });
      onModel(received.inputs, received.outputs);
      events.ready();
    });
    this.#thread.on("error", (error) => events.failed({ reason: error.message }));
    this.#thread.on("exit", (code) => this.#exited(`exited with ${code}`));
  }

  begin(_head: RequestHead, body: readonly Buffer[], whole: boolean, replies: Replies): Exchange {
    const id = ++this.#lastRequest;
    this.#replies.set(id, replies);
    if (body.length === 0 && whole) this.#post({ id, end: true });
    body.forEach((chunk, at) => this.#post({ id, body: copy(chunk), end: whole && at === body.length - 1 }));
    return {
      body: (chunk) => {
        this.#post({ id, body: copy(chunk), end: false });
        return true; // the thread takes whatever comes; --max-body-bytes bounds it
      },
      end: () => this.#post({ id, end: true }),
      cancel: () => this.#post({ id, end: false, cancel: true }),
      resume: () => {},
      onDrain: () => {},
    };
  }

  stop(): void {
    void this.#thread.terminate();
  }

  /** A run in native code cannot be interrupted: the thread is given up and ends when it comes back from there. */
  kill(reason: string): void {
    warn(`${this.name} is ended: ${reason}`);
    void this.#thread.terminate();
    this.#exited("was given up");
  }

  #post(part: ToThread): void {
    this.#thread.postMessage(part, part.body === undefined ? [] : [part.body.buffer as ArrayBuffer]);
  }

  #answer({ id, status, text, ms, log }: Answered): void {
    const replies = this.#replies.get(id);
    if (replies === undefined) return;
    this.#replies.delete(id);
    if (log !== undefined) warn(`the model failed: ${log}`);
    if (status !== 0) {
      const bytes = Buffer.from(text ?? "");
      const headers = ["Content-Type", "application/json", RUN_FAILED, status === 500 ? "True" : "False"];
      if (ms !== undefined) headers.push("x-ms-run-fn-exec-ms", ms.toFixed(3));
      headers.push("Content-Length", String(bytes.length));
      replies.head(status, headers);
      replies.chunk(bytes);
    }
    replies.finish();
  }

  #exited(how: string): void {
    if (this.#ended) return;
    this.#ended = true;
    const held = [...this.#replies.values()];
    this.#replies.clear();
    this.#events.exited(how); // first: a request that is lost makes room, and nobody may be sent here any more
    for (const replies of held) replies.lost();
  }
}

/** A chunk is a view of a larger block that Node reads into: moving the view would move, or copy, the block. */
const copy = (chunk: Buffer): Uint8Array => new Uint8Array(chunk);
