/** The front's end of a Python worker: a process that inherits one end of a socket pair. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { ENVIRONMENT } from "../contract.ts";
import { warn } from "./log.ts";
import { FRAME, Parts, decodeAnswer, decodeResponse, decoder } from "./protocol.ts";
import type { RequestHead } from "./protocol.ts";
import { PythonExchange } from "./python-exchange.ts";
import type { Schemas } from "./swagger.ts";
import type { Description, Exchange, Failure, Replies, StartWorker, Worker, WorkerEvents } from "./worker.ts";

const MAIN = fileURLToPath(new URL("../worker/main.py", import.meta.url));
const DESCRIPTOR = 3;
/** Between a polite signal (SIGABRT makes Python print where it is) and SIGKILL. */
const GRACE_MS = 1000;

/** What a Python worker needs to start. */
export interface PythonOptions {
  readonly python: string;
  /** `mlflow` serves the folder {@link modelDir} without a script. */
  readonly kind: "script" | "mlflow";
  readonly appRoot: string;
  /** Absent: an importable module `main`. */
  readonly entryScript?: string | undefined;
  readonly modelDir?: string | undefined;
  /** Variables of the environment beyond our own. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts Python workers for one script. */
export const pythonWorker = (options: PythonOptions): StartWorker => (events) => new PythonWorker(options, events);

class PythonWorker implements Worker {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #socket: Socket;
  readonly #events: WorkerEvents;
  readonly #exchanges = new Map<number, PythonExchange>();
  readonly #parts = new Parts();
  #lastRequest = 0;
  #ended = false;

  constructor(options: PythonOptions, events: WorkerEvents) {
    this.#events = events;
    this.#process = start(options);
    this.name = `worker ${this.#process.pid ?? "without a process"}`;
    this.#process.on("error", (error) => this.#cannotRun(options.python, error));
    this.#process.on("exit", (code, signal) => this.#exited(signal === null ? `exited with ${code}` : `was ended by ${signal}`));
    // Node gives no stdio at all where the system has no more processes or descriptors; the "error" event says so.
    this.#socket = (this.#process.stdio as (Socket | undefined)[] | undefined)?.[DESCRIPTOR] ?? new Socket();
    const decode = decoder((type, request, payload) => this.#frame(type, request, payload));
    this.#socket.on("data", (chunk: Buffer) => this.#data(decode, chunk));
    this.#socket.on("drain", () => this.#exchanges.forEach((exchange) => exchange.onDrain()));
    this.#socket.on("error", () => {}); // the exit of the process tells more
  }

  begin(head: RequestHead, body: readonly Buffer[], whole: boolean, replies: Replies): Exchange {
    const id = (this.#lastRequest = (this.#lastRequest + 1) >>> 0);
    const exchange = new PythonExchange(this.#socket, id, replies);
    this.#exchanges.set(id, exchange);
    exchange.open(head, body, whole);
    return exchange;
  }

  stop(): void {
    this.#signal("SIGTERM");
    this.#killSoon(); // a script may ignore it
  }

  kill(reason: string): void {
    warn(`${this.name} is ended: ${reason}`);
    this.#signal("SIGABRT");
    this.#killSoon();
  }

  #killSoon(): void {
    setTimeout(() => this.#ended || this.#signal("SIGKILL"), GRACE_MS);
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
    if (type === FRAME.ready) return this.#events.ready(described(this.#parts.end(payload)));
    if (type === FRAME.failed) return this.#events.failed(failure(this.#parts.end(payload)));
    const replies = this.#exchanges.get(request)?.replies;
    if (replies === undefined) throw new RangeError(`a frame of type ${type} for request ${request}, which it does not hold`);
    if (type === FRAME.chunk) {
      if (!replies.chunk(payload)) this.#socket.pause();
    } else if (type === FRAME.response) {
      const { status, headers } = decodeResponse(payload);
      replies.head(status, headers);
    } else if (type === FRAME.answer) {
      const { status, headers, content } = decodeAnswer(payload);
      this.#exchanges.delete(request);
      replies.head(status, headers);
      replies.chunk(content); // small, so there is nothing to wait for
      replies.finish();
    } else if (type === FRAME.finish) {
      this.#exchanges.delete(request);
      if (payload.length === 0) replies.finish();
      else setImmediate(() => replies.lost()); // it broke off and must not look whole; what there is of it leaves first
    }
  }

  #cannotRun(python: string, error: NodeJS.ErrnoException): void {
    if (this.#process.pid !== undefined) return; // a signal that could not be sent
    const why = error.code === "ENOENT" ? "there is no such program" : error.message;
    this.#events.failed({ reason: `cannot run ${JSON.stringify(python)} as Python: ${why}` });
    this.#exited("did not start");
  }

  #exited(how: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#signal("SIGKILL"); // whatever the script has started and left behind
    this.#socket.destroy();
    const held = [...this.#exchanges.values()];
    this.#exchanges.clear();
    this.#events.exited(how); // first: a request that is lost makes room, and nobody may be sent here any more
    for (const exchange of held) exchange.replies.lost();
  }

  /** To the whole group: the worker leads one, so that a terminal's Ctrl-C reaches only the front, which drains. */
  #signal(signal: NodeJS.Signals): void {
    if (this.#process.pid === undefined) return;
    try {
      process.kill(-this.#process.pid, signal);
    } catch {
      // ESRCH: nobody is left, which is what was wanted.
    }
  }
}

function described(text: string): Description {
  const { schemas, ...rest } = JSON.parse(text) as Description & { schemas: Schemas | null };
  return schemas === null ? rest : { schemas, ...rest };
}

function failure(text: string): Failure {
  const told = JSON.parse(text) as { file: string; reason: string; missing: string | null; trace: string; code: number };
  return { reason: `${told.file}: ${told.reason}`, trace: told.trace, exitCode: told.code, ...(told.missing === null ? {} : { missingModule: told.missing }) };
}

function start(options: PythonOptions): ChildProcess {
  return spawn(options.python, [MAIN, String(DESCRIPTOR), String(process.pid), options.kind], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
    detached: true,
    env: environment(options),
  });
}

function environment({ appRoot, entryScript, modelDir, environment: more }: PythonOptions): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    PYTHONUNBUFFERED: "1", // what a script prints is read in time, and not lost when it crashes
    ...process.env,
    ...more,
    [ENVIRONMENT.appRoot]: appRoot,
  };
  if (entryScript !== undefined) env[ENVIRONMENT.entryScript] = entryScript;
  if (modelDir !== undefined) env[ENVIRONMENT.modelDir] = modelDir;
  return env;
}
