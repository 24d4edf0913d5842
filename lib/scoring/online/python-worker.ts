/** The front's end of a Python worker: frames over a socket. */
import type { Socket } from "node:net";
import { Held } from "./held.ts";
import { warn } from "./log.ts";
import { FRAME, Parts, decodeAnswer, decodeResponse, decoder } from "./protocol.ts";
import type { RequestHead } from "./protocol.ts";
import { PythonExchange } from "./python-exchange.ts";
import { GRACE_MS, ProcessGroup, startPython } from "./python-process.ts";
import type { PythonOptions, PythonProcess } from "./python-process.ts";
import type { Schemas } from "./swagger.ts";
import type { Description, Exchange, Failure, PrintedLine, Raised, Replies, StartWorker, Worker, WorkerEvents } from "./worker.ts";

/** Starts Python workers for one script, each a process that loads it. */
export const pythonWorker = (options: PythonOptions): StartWorker => (events) => {
  const started = startPython(options, false, (how, failure) => {
    if (failure !== undefined) events.failed(failure);
    worker.exited(how);
  });
  const worker = new PythonWorker(started, events);
  return worker;
};

export class PythonWorker implements Worker {
  readonly name: string;
  readonly #group: ProcessGroup;
  readonly #socket: Socket;
  readonly #events: WorkerEvents;
  readonly #exchanges = new Held<PythonExchange>();
  readonly #parts = new Parts();
  #lastRequest = 0;
  #batches = false;
  #ended = false;

  constructor({ pid, socket }: PythonProcess, events: WorkerEvents) {
    this.#events = events;
    this.#group = new ProcessGroup(pid);
    this.name = `worker ${pid ?? "without a process"}`;
    this.#socket = socket;
    const decode = decoder((type, request, payload) => this.#frame(type, request, payload));
    socket.on("data", (chunk: Buffer) => this.#data(decode, chunk));
    socket.on("drain", () => this.#exchanges.all.forEach((exchange) => exchange.onDrain()));
    socket.on("error", () => {}); // the exit of the process tells more
  }

  begin(head: RequestHead, body: readonly Buffer[], whole: boolean, replies: Replies): Exchange {
    const id = (this.#lastRequest = (this.#lastRequest + 1) >>> 0);
    const exchange = new PythonExchange(this.#socket, id, replies);
    this.#exchanges.add(exchange);
    exchange.open(head, body, whole);
    return exchange;
  }

  stop(): void {
    this.#group.end("SIGTERM");
  }

  kill(reason: string): void {
    warn(`${this.name} is ended: ${reason}`);
    this.#group.end("SIGABRT");
  }

  /** The process is gone. What it had answered may still be on its way, and tells which request it was at. */
  exited(how: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#group.ended();
    if (this.#exchanges.size === 0 || this.#socket.closed) return this.#gone(how, true);
    const late = setTimeout(() => gone(false), GRACE_MS);
    const gone = (told: boolean): void => {
      clearTimeout(late);
      this.#socket.off("close", closed);
      this.#gone(how, told);
    };
    const closed = (): void => gone(true);
    this.#socket.once("close", closed).resume();
  }

  #data(decode: (chunk: Buffer) => void, chunk: Buffer): void {
    try {
      decode(chunk);
    } catch (error) {
      this.kill(`it does not keep to the protocol (${String(error)})`);
    }
  }

  #frame(type: number, request: number, payload: Buffer): void {
    if (type === FRAME.part) return this.#parts.add(payload);
    if (type === FRAME.ready) return this.#ready(described(this.#parts.end(payload)));
    if (type === FRAME.failed) return this.#events.failed(failure(this.#parts.end(payload)));
    if (type === FRAME.batch) return this.#events.batched(request);
    if (type === FRAME.printed) return this.#events.printed?.(JSON.parse(payload.toString()) as PrintedLine[]);
    const replies = this.#exchanges.get(request)?.replies;
    if (replies === undefined) throw new RangeError(`a frame of type ${type} for request ${request}, which it does not hold`);
    if (type === FRAME.chunk) {
      if (!replies.chunk(payload)) this.#socket.pause();
    } else if (type === FRAME.response) {
      const { status, headers } = decodeResponse(payload);
      replies.head(status, headers);
    } else if (type === FRAME.answer) {
      const { status, headers, content } = decodeAnswer(payload);
      this.#exchanges.remove(request);
      replies.head(status, headers);
      replies.chunk(content); // small, so there is nothing to wait for
      replies.finish();
    } else if (type === FRAME.raised) {
      replies.raised?.(JSON.parse(payload.toString()) as Raised);
    } else if (type === FRAME.finish) {
      this.#exchanges.remove(request);
      if (payload.length === 0) replies.finish();
      else setImmediate(() => replies.lost()); // it broke off and must not look whole; what there is of it leaves first
    }
  }

  #ready(description: Description): void {
    this.#batches = description.batches === true;
    this.#events.ready(description);
  }

  /** It answers in order, and one after another unless it batches: of what it holds it can have begun the first alone. */
  #gone(how: string, told: boolean): void {
    this.#socket.destroy();
    const held = this.#exchanges.clear();
    this.#events.exited(how); // first: a request that is lost makes room, and nobody may be sent here any more
    for (const [at, { replies }] of held.entries()) {
      if (at === 0 || this.#batches || !told) replies.lost();
      else replies.returned();
    }
  }
}

function described(text: string): Description {
  const { schemas, ...rest } = JSON.parse(text) as Description & { schemas: Schemas | null };
  return schemas === null ? rest : { schemas, ...rest };
}

/** What FAILED says. */
export function failure(text: string): Failure {
  const told = JSON.parse(text) as { file: string; reason: string; missing: string | null; trace: string; code: number };
  return { reason: `${told.file}: ${told.reason}`, trace: told.trace, exitCode: told.code, ...(told.missing === null ? {} : { missingModule: told.missing }) };
}
