/** The worker thread of an ONNX model: bodies in, JSON out, one after another. */
import { parentPort, workerData } from "node:worker_threads";
import type { Answered, OnnxOptions, ToThread } from "./onnx-worker.ts";
import { loadOnnx } from "./onnx-model.ts";
import type { OnnxModel } from "./onnx-model.ts";
import { InputError } from "./tensors.ts";
import { message } from "./message.ts";

const FAILED = message("An unexpected error occurred in scoring script. Check the logs for more info.");

const port = parentPort;
if (port === null) throw new Error("onnx-thread runs as a worker thread");
const { file, threads } = workerData as OnnxOptions;
try {
  const model = await loadOnnx(file, threads);
  serve(model);
  port.postMessage({ type: "ready", inputs: model.inputs, outputs: model.outputs });
} catch (error) {
  port.postMessage({ type: "failed", reason: `${file}: ${error instanceof Error ? error.message : String(error)}` });
  port.close();
}

function serve(model: OnnxModel): void {
  const arriving = new Map<number, Uint8Array[]>();
  let turn = Promise.resolve();
  port?.on("message", ({ id, body, end, cancel }: ToThread) => {
    const chunks = arriving.get(id) ?? [];
    if (cancel === true) {
      // A request that was whole answers anyway: each id gets exactly one answer.
      if (arriving.delete(id)) port.postMessage({ type: "answer", id, status: 0 } satisfies Answered);
      return;
    }
    if (body !== undefined) chunks.push(body);
    if (!end) return void arriving.set(id, chunks);
    arriving.delete(id);
    turn = turn.then(async () => port.postMessage(await answer(model, id, chunks)));
  });
}

async function answer(model: OnnxModel, id: number, chunks: readonly Uint8Array[]): Promise<Answered> {
  const [first] = chunks;
  const body = chunks.length === 1 && first !== undefined ? Buffer.from(first.buffer, first.byteOffset, first.length) : Buffer.concat(chunks);
  const started = performance.now();
  try {
    const text = await model.score(body);
    return { type: "answer", id, status: 200, text, ms: performance.now() - started };
  } catch (error) {
    if (error instanceof InputError) return { type: "answer", id, status: 400, text: message(error.message) };
    return { type: "answer", id, status: 500, text: FAILED, log: error instanceof Error ? error.message : String(error) };
  }
}
