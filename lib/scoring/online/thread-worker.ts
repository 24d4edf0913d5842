/** The front's end of a worker that is a thread: no process to cross, and messages in bundles. */
import { extname } from "node:path";
import { Worker as Thread } from "node:worker_threads";
import { Held } from "./held.ts";
import { fail, warn } from "./log.ts";
import type { RequestHead } from "./protocol.ts";
import { ThreadExchange } from "./thread-exchange.ts";
import type { ThreadHead } from "./thread-exchange.ts";
import { GRACE_MS, running } from "./running-threads.ts";
import { FROM, Outbox, TO, bufferOf } from "./thread-messages.ts";
import type { FromThread, ToThread } from "./thread-messages.ts";
import { Pace } from "./thread-pace.ts";
import type { Answer } from "./thread-served.ts";
import type { Exchange, Replies, StartWorker, Worker, WorkerEvents } from "./worker.ts";

/** A thread that runs code of ours. */
export interface ThreadOptions {
  /** Name of the file beside this one, without `.ts` or `.js`. */
  readonly code: string;
  /** What {@link code} finds in `workerData`. */
  readonly data: unknown;
  readonly env: NodeJS.ProcessEnv;
  /** What it is told of the head of a request. */
  readonly head: (head: RequestHead) => ThreadHead;
  /** It is given up to so many requests, fewer while they take long; undefined: what the kind of worker says. */
  readonly mostAtOnce?: number | undefined;
  /** A thread that is silent for so long, and then does not answer a ping either, is blocked and ended; undefined: never. */
  readonly blocked?: { readonly afterMs: number; readonly answer: Answer } | undefined;
}

/** How long a thread may take to answer a ping. Garbage collection of a large heap takes less. */
const PING_MS = 1000;
/** How it ends where nobody waits for its end. */
const GIVEN_UP = "was given up";

/** Starts threads. */
export const threadWorker =
  (options: ThreadOptions): StartWorker =>
  (events) =>
    new ThreadWorker(options, events);

type Reply = Exclude<FromThread, readonly [typeof FROM.ready | typeof FROM.failed | typeof FROM.pong | typeof FROM.batch, ...unknown[]]>;

class ThreadWorker implements Worker {
  readonly name: string;
  readonly #options: ThreadOptions;
  readonly #thread: Thread;
  readonly #events: WorkerEvents;
  readonly #exchanges = new Held<ThreadExchange>();
  readonly #outbox = new Outbox<ToThread>((messages, transfers) => this.#thread.postMessage(messages, transfers));
  readonly #pace: Pace | undefined;
  #lastRequest = 0;
  #ready = false;
  #ended = false;
  /** Runs since the thread was last heard, or was idle. */
  #watch: NodeJS.Timeout | undefined;
  #pinged = false;

  constructor(options: ThreadOptions, events: WorkerEvents) {
    this.#options = options;
    this.#events = events;
    this.#pace = options.mostAtOnce === undefined ? undefined : new Pace(options.mostAtOnce);
    // `.ts` from the sources, `.js` from the package.
    const file = new URL(`./${options.code}${extname(import.meta.url)}`, import.meta.url);
    this.#thread = running(new Thread(file, { workerData: options.data, env: options.env }));
    this.name = `worker thread ${this.#thread.threadId}`;
    this.#thread.on("message", (messages: readonly FromThread[]) => this.#received(messages));
    this.#thread.on("error", (error: unknown) => this.#failed(error));
    this.#thread.on("exit", (code) => this.#end(`exited with ${code}`));
  }

  begin(head: RequestHead, body: readonly Buffer[], whole: boolean, replies: Replies): Exchange {
    const id = ++this.#lastRequest;
    if (this.#exchanges.size === 0) this.#began();
    const exchange = new ThreadExchange(this, id, head, this.#options.head(head), replies);
    this.#exchanges.add(exchange);
    exchange.open(body, whole);
    return exchange;
  }

  get depth(): number {
    return this.#pace?.depth ?? Infinity;
  }

  put(message: ToThread): void {
    if (this.#ended) return;
    if (this.#outbox.empty) setImmediate(() => this.#ended || this.#outbox.flush());
    this.#outbox.put(message);
  }

  forgotten(id: number): void {
    this.#exchanges.remove(id)?.replies.finish();
  }

  stop(): void {
    void this.#thread.terminate();
    setTimeout(() => this.#end(GIVEN_UP), GRACE_MS).unref();
  }

  /** JavaScript ends at once. Native code cannot be interrupted: the thread ends when it comes back from there, and nobody waits for it. */
  kill(reason: string): void {
    warn(`${this.name} is ended: ${reason}`);
    this.#end(GIVEN_UP);
  }

  #received(messages: readonly FromThread[]): void {
    if (this.#ended) return;
    this.#attend();
    this.#pace?.answered(messages.reduce((sum, [type]) => (type === FROM.batch ? sum : sum + 1), 0));
    for (const message of messages) {
      if (message[0] === FROM.ready) {
        this.#ready = true;
        this.#events.ready(message[2]);
      } else if (message[0] === FROM.failed) this.#events.failed(message[2]);
      else if (message[0] === FROM.batch) this.#events.batched(message[2]);
      else if (message[0] !== FROM.pong) this.#answered(message);
    }
  }

  /** What cannot be sent as the thread has made it must not end the front. */
  #answered(message: Reply): void {
    const exchange = this.#exchanges.get(message[1]);
    if (exchange === undefined) return;
    try {
      this.#reply(message, exchange);
    } catch (error) {
      warn(`an answer of ${this.name} cannot be sent: ${error instanceof Error ? error.message : String(error)}`, exchange.named);
      this.#exchanges.remove(message[1]);
      exchange.cancel();
      exchange.replies.lost("The model's answer cannot be sent.");
    }
  }

  #reply(message: Reply, exchange: ThreadExchange): void {
    const [type, id] = message;
    if (type === FROM.chunk) return exchange.chunk(bufferOf(message[2]));
    exchange.replied = true;
    if (type === FROM.head) return exchange.replies.head(message[2], message[3].split("\n"));
    this.#exchanges.remove(id);
    if (type === FROM.broken) return exchange.replies.lost();
    if (type === FROM.answer) {
      exchange.replies.head(message[2], message[3].split("\n"));
      if (message[4].length > 0) exchange.replies.chunk(bufferOf(message[4]));
    }
    exchange.replies.finish();
  }

  #began(): void {
    this.#attend();
    this.#pace?.began();
  }

  /** The thread has said something, or begins to work: it has its time again. */
  #attend(): void {
    const { blocked } = this.#options;
    if (blocked === undefined) return;
    if (this.#watch !== undefined && !this.#pinged) return void this.#watch.refresh();
    clearTimeout(this.#watch);
    this.#pinged = false;
    this.#watch = setTimeout(() => this.#silent(blocked.answer), blocked.afterMs).unref();
  }

  #silent(answer: Answer): void {
    this.#watch = undefined;
    if (this.#ended || this.#exchanges.all.every((exchange) => exchange.replied)) return;
    if (this.#pinged) return this.#blocked(answer);
    this.#pinged = true;
    this.put([TO.ping, 0]);
    this.#watch = setTimeout(() => this.#silent(answer), PING_MS).unref();
  }

  /** Only the end of the thread ends code that never pauses. The other requests that it holds have waited as long. */
  #blocked(answer: Answer): void {
    warn(`${this.name} is ended: run() has taken its time and does not pause`);
    this.#end("was ended", ({ replies, replied }) => {
      if (replied) return replies.lost();
      replies.head(answer.status, [...answer.headers, "Content-Length", String((answer.content as string).length)]);
      replies.chunk(Buffer.from(answer.content as string));
      replies.finish();
    });
  }

  #failed(error: unknown): void {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    if (this.#ready) fail(`${this.name}: ${reason}`);
    else this.#events.failed({ reason: error instanceof Error ? error.message : reason, trace: reason });
  }

  #end(how: string, farewell: (exchange: ThreadExchange) => void = ({ replies }) => replies.lost()): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#watch);
    void this.#thread.terminate();
    const held = this.#exchanges.clear();
    this.#events.exited(how); // first: a request that ends makes room, and nobody may be sent here any more
    for (const exchange of held) farewell(exchange);
  }
}
