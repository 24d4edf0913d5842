/** Worker threads for an ONNX model, which needs no Python and no process of its own. */
import type { Batching } from "./thread-runner.ts";
import { threadWorker } from "./thread-worker.ts";
import { v2Head } from "./v2.ts";
import type { StartWorker } from "./worker.ts";

/** Where the model is, and how it is run. */
export interface OnnxOptions {
  readonly file: string;
  /** Threads of its own that one run may use. */
  readonly threads: number;
  /** In the answers of the Open Inference Protocol. */
  readonly modelName: string;
  readonly batching: Batching;
}

/** A thread has the next requests at hand when it has answered one: crossing threads takes longer than a small model. */
export const ONNX_DEPTH = 16;

/** Starts threads for one model. */
export function onnxWorker(options: OnnxOptions, environment: Readonly<Record<string, string>>): StartWorker {
  process.env["ORT_DISABLE_TELEMETRY"] ??= "1"; // of this process: a thread's own environment is a copy, which the library never sees
  const mostAtOnce = options.batching.maxSize > 1 ? undefined : ONNX_DEPTH;
  return threadWorker({ code: "onnx-thread", data: options, env: { ...process.env, ...environment }, head: v2Head, mostAtOnce });
}
