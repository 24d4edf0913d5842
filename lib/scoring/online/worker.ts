/** What the pool and the requests know about a worker, whatever it runs. */
import type { RequestHead } from "./protocol.ts";
import type { Schemas } from "./swagger.ts";
import type { Port } from "./tensors.ts";

/** A worker's answer to one request, as it comes. After {@link finish} or {@link lost} nothing follows. */
export interface Replies {
  head(status: number, headers: string[]): void;
  /** False asks the worker's side to wait for {@link Exchange.resume}. */
  chunk(bytes: Buffer): boolean;
  finish(): void;
  /** The worker died while it held the request. What a client is told of it, if nothing has been sent; absent: `raw` closes the connection. */
  lost(text?: string): void;
  /** An exception is behind the answer, which follows. Said where Application Insights is switched on. */
  raised?(exception: Raised): void;
  /** The worker died before it turned to the request, which another may have: it is as if it had never been here. */
  returned(): void;
}

/** An exception of a script. */
export interface Raised {
  /** Name of its class. */
  readonly type: string;
  readonly message: string;
  /** Its traceback. */
  readonly stack: string;
}

/** A line of `print()`. */
export interface PrintedLine {
  /** When, in milliseconds since 1970. */
  readonly time: number;
  readonly text: string;
}

/** One request at a worker. */
export interface Exchange {
  /** The next part of the body. False: wait for {@link onDrain}. */
  body(chunk: Buffer): boolean;
  /** The body is whole. */
  end(): void;
  /** Nobody waits for the answer. {@link Replies.finish} still comes, when the worker is free. */
  cancel(): void;
  /** Goes on with an answer that {@link Replies.chunk} had paused. */
  resume(): void;
  /** Called when the worker takes more of the body. */
  onDrain: () => void;
}

/** Why a worker could not start. */
export interface Failure {
  readonly reason: string;
  /** The Python module that is not installed, when that is all. */
  readonly missingModule?: string;
  /** The traceback, for the log and for the container's termination message. */
  readonly trace?: string;
  /** What the front exits with when this keeps it from starting. Default 3. */
  readonly exitCode?: number;
}

/** What a worker says of itself when it is ready. All workers of a front say the same. */
export interface Description {
  /** What it takes and gives; undefined where the worker knows nothing of it. */
  readonly schemas?: Schemas;
  /** Methods of `/score` that the worker answers itself. Default GET and POST. */
  readonly methods?: readonly string[];
  /** It answers several requests with one call of the model. Default false. */
  readonly batches?: boolean;
  /** Inputs and outputs, where it has the routes of the Open Inference Protocol. */
  readonly tensors?: { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] };
}

/** What a worker tells the pool about itself. {@link exited} comes once and last, before the requests it held hear that they are lost. */
export interface WorkerEvents {
  /** It takes requests: for the first time, or again after {@link unready}. */
  ready(description: Description): void;
  /** It lives and keeps what it holds, but takes nothing more until it is ready again. */
  unready(): void;
  /** It has taken so many requests at once, to answer those that fit together with one call of the model. Said by workers that batch. */
  batched(size: number): void;
  /** The script has printed these. Said where Application Insights is switched on. */
  printed?(lines: readonly PrintedLine[]): void;
  /** Says why; {@link exited} follows. */
  failed(failure: Failure): void;
  /** `how` reads after "it", such as "was ended by SIGKILL". */
  exited(how: string): void;
}

/** A running worker. */
export interface Worker {
  readonly name: string;
  /** Requests that it should hold at once just now, within the depth of its kind. Default that depth. */
  readonly depth?: number;
  /** Gives it a request whose first parts have arrived; `whole` when nothing more will. */
  begin(head: RequestHead, body: readonly Buffer[], whole: boolean, replies: Replies): Exchange;
  /** Lets it end; it has no request. */
  stop(): void;
  /** Ends it at once, with the trace of what it was doing in the log where it can write one. */
  kill(reason: string): void;
}

/** Starts one worker. */
export type StartWorker = (events: WorkerEvents) => Worker;

/** A kind of model: how its workers start, and how many requests one holds at once. */
export interface WorkerKind {
  readonly start: StartWorker;
  /** 1 where a crash must lose only one request; more where it saves waiting for the other side. */
  readonly depth: number;
  /** The same for workers that answer several requests together, which hold the next batch while they run one. Default {@link depth}. */
  readonly batchDepth?: number;
  /**
   * Whole requests that wait at the worker's own door beyond its depth, so that it has the next one at hand when it has answered: for workers that
   * answer one after another and, when they die, say {@link Replies.returned} of what they had not begun. Default 0.
   */
  readonly ahead?: number;
  /** Bytes of a body that are gathered before a worker is asked for; 0 where the worker takes a body as it comes. Default 64 KB. */
  readonly gatherBytes?: number;
  /**
   * There is one worker, and it is another server: how long a start or a request may take is its own affair, and while it is not ready
   * requests are refused rather than kept waiting. Default false.
   */
  readonly proxied?: boolean;
  /** Milliseconds that a start may take. Default WORKER_TIMEOUT. */
  readonly startMs?: number;
  /** Ends what the workers had in common; they are gone. */
  readonly close?: () => Promise<void>;
}
