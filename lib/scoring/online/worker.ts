/** What the pool and the requests know about a worker, whatever it runs. */
import type { RequestHead } from "./protocol.ts";

/** A worker's answer to one request, as it comes. After {@link finish} or {@link lost} nothing follows. */
export interface Replies {
  head(status: number, headers: string[]): void;
  /** False asks the worker's side to wait for {@link Exchange.resume}. */
  chunk(bytes: Buffer): boolean;
  finish(): void;
  /** The worker died while it held the request. */
  lost(): void;
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
}

/** What a worker tells the pool about itself. {@link exited} comes once and last, before the requests it held hear that they are lost. */
export interface WorkerEvents {
  ready(): void;
  /** Says why; {@link exited} follows. */
  failed(failure: Failure): void;
  /** `how` reads after "it", such as "was ended by SIGKILL". */
  exited(how: string): void;
}

/** A running worker. */
export interface Worker {
  readonly name: string;
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
}
