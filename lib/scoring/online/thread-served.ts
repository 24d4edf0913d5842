/** What runs inside a worker thread, seen by the runner that brings it requests. */
import { RUN_FAILED } from "./message.ts";
import { pythonJson } from "./python-json.ts";
import type { Bytes } from "./thread-messages.ts";
import type { Description } from "./worker.ts";

/** A request that has arrived whole. */
export interface ThreadRequest {
  readonly method: string;
  /** Path and query as the client wrote them, or as the kind of model wants them. */
  readonly target: string;
  /** What JSON lines call it; "" where the log is text. */
  readonly name: string;
  /** Names and values in turn, separated by line feeds. */
  readonly headers: string;
  readonly body: Bytes;
  /** The client has gone. */
  readonly gone: boolean;
  /** Called when the client goes. */
  onGone: (() => void) | undefined;
}

/** One answer. */
export interface Answer {
  readonly status: number;
  /** Names and values in turn, without Content-Length. */
  readonly headers: readonly string[];
  /** Text is sent as UTF-8; an iterator is sent item by item. */
  readonly content: string | Uint8Array | AsyncIterator<Uint8Array>;
}

/** A loaded model or script. */
export interface Served {
  readonly description: Description;
  /** Requests that run at the same time. */
  readonly concurrency: number;
  answer(request: ThreadRequest): Promise<Answer>;
  /** Answers several together, in their order. Called where the description says that it can be, and batches are wanted. */
  answerBatch?(requests: readonly ThreadRequest[]): Promise<Answer[]>;
}

export const RUN_RAISED = "An unexpected error occurred in scoring script. Check the logs for more info.";
export const INTERNAL = "An unexpected internal error occurred. Check the logs for more info.";

/** The contract's form of an error. `failed`: the model or script is to blame. */
export const messageAnswer = (status: number, text: string, failed: boolean): Answer => ({
  status,
  headers: ["Content-Type", "application/json", RUN_FAILED, failed ? "True" : "False"],
  content: pythonJson({ message: text }),
});

/** Headers of what run() gave. */
export const resultHeaders = (ms: number, type = "application/json"): string[] => ["Content-Type", type, RUN_FAILED, "False", "x-ms-run-fn-exec-ms", ms.toFixed(3)];

/** The answer of a run that has used up its time. */
export const timedOut = (timeoutMs: number): Answer => messageAnswer(500, `Scoring timeout after ${timeoutMs} ms`, true);
