/** A worker that the parent of preloaded workers forks: first a wish, then a process, whose end the parent reports. */
import type { Socket } from "node:net";
import { openMeeting } from "./meeting.ts";
import type { Meeting } from "./meeting.ts";
import { ProcessGroup } from "./python-process.ts";
import { PythonWorker } from "./python-worker.ts";
import type { RequestHead } from "./protocol.ts";
import type { Description, Exchange, Failure, Replies, Worker, WorkerEvents } from "./worker.ts";

/** For what a worker had sent when it died, which comes by another socket than the news of its death. */
const LAST_WORDS_MS = 1000;

/** What the parent does for a worker. */
export interface Parent {
  /** Forks a process that connects to this path. */
  fork(path: string): void;
  /** Ends the parent, and so every worker: it does not answer. */
  kill(reason: string): void;
  /** Milliseconds from a fork until the worker is ready. */
  readonly startMs: number;
}

export class ForkedWorker implements Worker {
  readonly #events: WorkerEvents;
  #meeting: Meeting | undefined;
  #socket: Socket | undefined;
  #pid: number | undefined;
  #worker: PythonWorker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(events: WorkerEvents) {
    this.#events = events;
  }

  get name(): string {
    return this.#worker?.name ?? "a worker that is not forked yet";
  }

  begin(head: RequestHead, body: readonly Buffer[], whole: boolean, replies: Replies): Exchange {
    if (this.#worker === undefined) throw new Error("a worker that is not ready has no requests");
    return this.#worker.begin(head, body, whole, replies);
  }

  stop(): void {
    if (this.#worker === undefined) this.#end("is not needed any more");
    else this.#worker.stop();
  }

  kill(reason: string): void {
    if (this.#worker === undefined) this.#end(reason);
    else this.#worker.kill(reason);
  }

  /** The parent has loaded the model. */
  async fork(parent: Parent): Promise<void> {
    if (this.#ended) return;
    try {
      this.#meeting = await openMeeting();
    } catch (error) {
      return this.#end("was not forked", { reason: `no socket for a worker: ${error instanceof Error ? error.message : String(error)}` });
    }
    if (this.#ended) return this.#meeting.close();
    this.#timer = setTimeout(() => this.#late(parent), parent.startMs);
    parent.fork(this.#meeting.path);
    this.#socket = await this.#meeting.socket;
    this.#connected();
  }

  /** The parent has forked it. */
  forked(pid: number): void {
    this.#pid = pid;
    this.#connected();
  }

  /** The parent has seen its end, or has ended itself; `failure`: without having loaded the model. */
  exited(how: string, failure?: Failure): void {
    const [worker, socket] = [this.#worker, this.#socket];
    clearTimeout(this.#timer);
    if (worker === undefined || socket === undefined) return this.#end(how, failure);
    new ProcessGroup(this.#pid).ended();
    this.#events.unready();
    const timer = setTimeout(() => worker.exited(how), LAST_WORDS_MS);
    const last = (): void => {
      clearTimeout(timer);
      worker.exited(how);
    };
    if (socket.closed) last();
    else socket.once("close", last);
  }

  #connected(): void {
    if (this.#socket === undefined || this.#pid === undefined) return;
    if (this.#ended) return void this.#socket.destroy(); // which ends the process
    const ready = (description: Description): void => {
      clearTimeout(this.#timer);
      this.#events.ready(description);
    };
    this.#worker = new PythonWorker({ pid: this.#pid, socket: this.#socket }, { ...this.#events, ready });
  }

  #late(parent: Parent): void {
    const reason = `a worker was not ready ${parent.startMs / 1000} s after it was to be forked`;
    if (this.#worker === undefined) parent.kill(reason);
    else this.#worker.kill(reason);
  }

  /** Without ever having served. */
  #end(how: string, failure?: Failure): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#meeting?.close();
    this.#socket?.destroy();
    setImmediate(() => {
      if (failure !== undefined) this.#events.failed(failure);
      this.#events.exited(how);
    });
  }
}
