/** `WORKER_PRELOAD`: one Python process loads the script or model and forks the workers, which share its memory. */
import type { Socket } from "node:net";
import { LONGEST_TIMER_MS } from "../contract.ts";
import { ForkedWorker } from "./forked-worker.ts";
import { info, warn } from "./log.ts";
import { FRAME, Parts, decoder, encode } from "./protocol.ts";
import { ProcessGroup, startPython } from "./python-process.ts";
import type { PythonOptions } from "./python-process.ts";
import { failure } from "./python-worker.ts";
import type { Failure, Worker, WorkerEvents, WorkerKind } from "./worker.ts";

/** How preloaded workers start: the first with their parent, which may take as long as it likes, as in the original. */
export function preloadedWorkers(options: PythonOptions, workerTimeoutMs: number): Pick<WorkerKind, "start" | "startMs" | "close"> {
  let parent: Preload | undefined;
  const start = (events: WorkerEvents): Worker => {
    parent ??= new Preload(options, workerTimeoutMs, () => (parent = undefined));
    return parent.worker(events);
  };
  return { start, startMs: LONGEST_TIMER_MS, close: async () => parent?.close() };
}

/** The parent, from its start to its end. */
class Preload {
  readonly #group: ProcessGroup;
  readonly #control: Socket;
  readonly #name: string;
  readonly #startMs: number;
  /** By the numbers that the parent knows them by. */
  readonly #workers = new Map<number, ForkedWorker>();
  readonly #parts = new Parts();
  readonly #gone: Promise<void>;
  #last = 0;
  #loaded = false;
  #failure: Failure | undefined;

  constructor(options: PythonOptions, startMs: number, gone: () => void) {
    this.#startMs = startMs;
    let settle!: () => void;
    this.#gone = new Promise((resolve) => (settle = resolve));
    const { pid, socket } = startPython(options, true, (how, why) => {
      gone();
      this.#exited(how, why);
      settle();
    });
    this.#name = `process ${pid}`;
    this.#group = new ProcessGroup(pid);
    this.#control = socket;
    const decode = decoder((type, number, payload) => this.#frame(type, number, payload));
    socket.on("data", (chunk: Buffer) => this.#data(decode, chunk));
    socket.on("error", () => {}); // the exit of the process tells more
  }

  worker(events: WorkerEvents): Worker {
    const number = (this.#last += 1);
    const worker = new ForkedWorker(events);
    this.#workers.set(number, worker);
    if (this.#loaded) this.#fork(number, worker);
    return worker;
  }

  /** Lets it end: its workers have. */
  async close(): Promise<void> {
    this.#control.end();
    if (this.#loaded) this.#group.killSoon();
    else this.#group.end("SIGTERM");
    await this.#gone;
  }

  #fork(number: number, worker: ForkedWorker): void {
    const fork = (path: string): void => void this.#control.write(encode(FRAME.fork, number, Buffer.from(path)));
    void worker.fork({ fork, kill: (reason) => this.#kill(reason), startMs: this.#startMs });
  }

  #kill(reason: string): void {
    warn(`${this.#name}, which forks the workers, is ended: ${reason}`);
    this.#group.end("SIGABRT");
  }

  #data(decode: (chunk: Buffer) => void, chunk: Buffer): void {
    try {
      decode(chunk);
    } catch (error) {
      this.#kill(`it does not keep to the protocol (${String(error)})`);
    }
  }

  #frame(type: number, number: number, payload: Buffer): void {
    if (type === FRAME.part) this.#parts.add(payload);
    else if (type === FRAME.failed) this.#failure = failure(this.#parts.end(payload));
    else if (type === FRAME.ready) this.#ready();
    else if (type === FRAME.forked) this.#workers.get(number)?.forked(payload.readUInt32BE(0));
    else if (type === FRAME.exited) this.#take(number)?.exited(payload.toString());
    else throw new RangeError(`a frame of type ${type}`);
  }

  #ready(): void {
    this.#loaded = true;
    info(`${this.#name} has loaded the model, and forks the workers`);
    for (const [number, worker] of this.#workers) this.#fork(number, worker);
  }

  #take(number: number): ForkedWorker | undefined {
    const worker = this.#workers.get(number);
    this.#workers.delete(number);
    return worker;
  }

  #exited(how: string, why: Failure | undefined): void {
    this.#group.ended();
    this.#control.destroy();
    const told = this.#loaded ? `was ended with ${this.#name}, which had forked it and ${how}` : how;
    const reason = why ?? this.#failure ?? (this.#loaded ? undefined : { reason: `${this.#name}, which forks the workers, ${how} before it had loaded the model` });
    for (const number of this.#workers.keys()) this.#take(number)?.exited(told, reason);
  }
}
