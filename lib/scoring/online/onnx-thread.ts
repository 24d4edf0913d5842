/** The worker thread of an ONNX model. */
import { workerData } from "node:worker_threads";
import { loadOnnx } from "./onnx-model.ts";
import { OnnxServed } from "./onnx-served.ts";
import type { OnnxOptions } from "./onnx-worker.ts";
import { describe } from "./thread-log.ts";
import { runThread } from "./thread-runner.ts";

const { file, threads, modelName, batching } = workerData as OnnxOptions;
void runThread(
  async () => new OnnxServed(await loadOnnx(file, threads), { modelName, maxRows: batching.maxSize }),
  (error) => ({ reason: `${file}: ${error instanceof Error ? error.message : String(error)}`, trace: describe(error) }),
  batching,
);
