/** Takes requests from the front, gives them to what is served, and sends the answers back in bundles. */
import { parentPort } from "node:worker_threads";
import { batchWait } from "./batch-wait.ts";
import type { BatchWait } from "./batch-wait.ts";
import { Held } from "./held.ts";
import { FROM, Outbox, TEXT_BYTES, TO } from "./thread-messages.ts";
import type { Bytes, FromThread, ToThread } from "./thread-messages.ts";
import { answering, threadLog } from "./thread-log.ts";
import { INTERNAL, messageAnswer } from "./thread-served.ts";
import type { Answer, Served, ThreadRequest } from "./thread-served.ts";
import { ThreadStream } from "./thread-stream.ts";
import type { Failure } from "./worker.ts";

/** Answers wait for each other no longer than this, in milliseconds, while more are being made. */
const BUNDLE_MS = 1;

/** How many requests one call of the model may answer, and how long a batch that is not full waits for more: undefined, for as long as it pays. */
export interface Batching {
  readonly maxSize: number;
  readonly maxWaitMs: number | undefined;
}

interface Arrived extends ThreadRequest {
  readonly id: number;
  readonly at: number;
  gone: boolean;
}

/** Loads, tells the front, and serves until the thread ends. */
export async function runThread(load: () => Promise<Served>, explain: (error: unknown) => Failure, batching: Batching): Promise<void> {
  if (parentPort === null) throw new Error("this file runs as a worker thread");
  const port = parentPort;
  try {
    const served = await load();
    const runner = new Runner(served, batching, (messages, transfers) => port.postMessage(messages, transfers));
    port.on("message", (messages: readonly ToThread[]) => runner.receive(messages));
    port.postMessage([[FROM.ready, 0, served.description]] satisfies FromThread[]);
  } catch (error) {
    port.postMessage([[FROM.failed, 0, explain(error)]] satisfies FromThread[]);
    // What a script has begun before it failed must not keep the thread alive.
    setImmediate(() => process.exit(3));
  }
}

class Runner {
  readonly #served: Served;
  readonly #maxSize: number;
  readonly #wait: BatchWait;
  readonly #outbox: Outbox<FromThread>;
  readonly #waiting: Arrived[] = [];
  /** From its arrival to the end of its answer. */
  readonly #held = new Held<Arrived>();
  readonly #streams = new Map<number, ThreadStream>();
  readonly #batches: boolean;
  #running = 0;
  #flushedAt = 0;
  #gathering: NodeJS.Timeout | undefined;

  constructor(served: Served, batching: Batching, post: (messages: FromThread[], transfers: ArrayBuffer[]) => void) {
    this.#served = served;
    this.#maxSize = batching.maxSize;
    this.#wait = batchWait(batching.maxSize, batching.maxWaitMs);
    this.#batches = served.description.batches === true && served.answerBatch !== undefined && batching.maxSize > 1;
    this.#outbox = new Outbox(post);
  }

  receive(messages: readonly ToThread[]): void {
    this.#flushedAt = performance.now();
    for (const message of messages) {
      const id = message[1];
      if (message[0] === TO.request) this.#arrived(id, message);
      else if (message[0] === TO.credit) this.#streams.get(id)?.credit(message[2]);
      else if (message[0] === TO.cancel) this.#cancel(id);
      else this.#pong();
    }
    this.#next();
  }

  #arrived(id: number, [, , method, target, name, headers, body]: Extract<ToThread, readonly [typeof TO.request, ...unknown[]]>): void {
    const request = { id, method, target, name, headers, body, at: performance.now(), gone: false, onGone: undefined };
    this.#held.add(request);
    this.#waiting.push(request);
  }

  #pong(): void {
    this.#outbox.put([FROM.pong, 0]);
    this.#flush();
  }

  #cancel(id: number): void {
    const request = this.#held.get(id);
    if (request === undefined) return;
    request.gone = true;
    request.onGone?.();
    this.#streams.get(id)?.stop();
  }

  #next(): void {
    while (this.#waiting.length > 0 && this.#running < (this.#batches ? 1 : this.#served.concurrency)) {
      if (this.#batches) {
        const left = this.#wait.leftMs(this.#waiting.length, this.#waiting[0]?.at ?? 0);
        if (left > 0) return void (this.#gathering ??= setTimeout(() => this.#gathered(), left));
        this.#start(this.#waiting.splice(0, this.#maxSize));
      } else this.#start(this.#waiting.splice(0, 1));
    }
  }

  #gathered(): void {
    this.#gathering = undefined;
    this.#next();
  }

  #start(requests: readonly Arrived[]): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#running += 1;
    const begunAt = performance.now();
    void answering(requests.map(({ name }) => name), () => this.#run(requests)).finally(() => {
      this.#running -= 1;
      this.#wait.ran(requests.length, performance.now() - begunAt);
      this.#wait.free(this.#waiting.length);
      this.#next();
      if (this.#running === 0 || performance.now() - this.#flushedAt > BUNDLE_MS) this.#flush();
    });
  }

  async #run(requests: readonly Arrived[]): Promise<void> {
    const [first] = requests;
    const wanted = requests.filter((request) => !this.#dropped(request));
    if (first === undefined || wanted.length === 0) return;
    if (this.#batches) this.#outbox.put([FROM.batch, 0, wanted.length]);
    try {
      const answers = wanted.length === 1 || this.#served.answerBatch === undefined ? [await this.#served.answer(wanted[0] ?? first)] : await this.#served.answerBatch(wanted);
      await Promise.all(wanted.map((request, at) => this.#send(request, answers[at] ?? messageAnswer(500, INTERNAL, false))));
    } catch (error) {
      threadLog("E", "The request could not be answered", error);
      for (const request of wanted) this.#whole(request, messageAnswer(500, INTERNAL, false));
    }
  }

  /** Nobody waits for it, and it has not begun: it need not run. */
  #dropped(request: Arrived): boolean {
    if (!request.gone) return false;
    this.#over(request, FROM.finish);
    return true;
  }

  #send(request: Arrived, answer: Answer): Promise<void> | void {
    const { content } = answer;
    if (typeof content === "string" || content instanceof Uint8Array) return this.#whole(request, answer);
    return answering([request.name], () => this.#stream(request, answer, content));
  }

  #whole(request: Arrived, { status, headers, content }: Answer): void {
    if (this.#held.remove(request.id) === undefined) return; // its stream has begun, and broke
    const bytes = wire(content as string | Uint8Array);
    // An answer without a body must not say how long it is.
    const length = status === 204 || status === 304 ? "" : `\nContent-Length\n${bytes.length}`;
    this.#outbox.put([FROM.answer, request.id, status, headers.join("\n") + length, bytes]);
  }

  async #stream(request: Arrived, { status, headers }: Answer, content: AsyncIterator<Uint8Array>): Promise<void> {
    const stream = new ThreadStream(content);
    this.#streams.set(request.id, stream);
    if (request.gone) stream.stop();
    this.#outbox.put([FROM.head, request.id, status, headers.join("\n")]);
    try {
      await stream.pump((chunk) => {
        this.#outbox.put([FROM.chunk, request.id, chunk]);
        this.#flush();
      });
      this.#over(request, FROM.finish);
    } catch (error) {
      threadLog("E", "The answer broke off: what run() streams raised an error", error);
      this.#over(request, FROM.broken);
    } finally {
      this.#streams.delete(request.id);
      this.#flush();
    }
  }

  #over(request: Arrived, how: typeof FROM.finish | typeof FROM.broken): void {
    this.#held.remove(request.id);
    this.#outbox.put([how, request.id]);
  }

  #flush(): void {
    this.#flushedAt = performance.now();
    this.#outbox.flush();
  }
}

/** Text as its bytes; a small one of ASCII alone is that already. */
function wire(content: string | Uint8Array): Bytes {
  if (typeof content !== "string") return exact(content);
  if (content.length <= TEXT_BYTES && !/[\u0080-\uffff]/.test(content)) return content;
  return new TextEncoder().encode(content);
}

/** A view of a larger block must not take its neighbours along. */
const exact = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.byteLength ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
