/** One request to an ONNX model: what goes in, what is fetched, and how the outcome becomes an answer. */
import type { Tensors } from "./onnx-model.ts";
import type { Answer } from "./thread-served.ts";

export interface Task {
  readonly feeds: Tensors;
  /** Names of outputs. */
  readonly fetches: readonly string[];
  /** The answer 200. */
  answer(results: Tensors, ms: number): Answer;
  /** The answer 500: the reason stands in the log. */
  failed(): Answer;
}
