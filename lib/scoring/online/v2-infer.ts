/** `POST /v2/models/<name>/infer`: requests and answers of the Open Inference Protocol. */
import type { OnnxModel, Tensors } from "./onnx-model.ts";
import type { Task } from "./onnx-task.ts";
import type { Flat } from "./tensors.ts";
import { flatText } from "./tensors-text.ts";
import { bufferOf } from "./thread-messages.ts";
import { RUN_RAISED, resultHeaders } from "./thread-served.ts";
import type { Answer, ThreadRequest } from "./thread-served.ts";
import { RUN_FAILED } from "./message.ts";
import { toBinary } from "./v2-binary.ts";
import { readInfer } from "./v2-request.ts";
import type { InferRequest } from "./v2-request.ts";
import { datatype } from "./v2-types.ts";

/** Length of the JSON before binary data. */
export const JSON_LENGTH = "inference-header-content-length";
const JSON_LENGTH_HEADER = "Inference-Header-Content-Length";
/** There is one version of a model here. */
export const VERSION = "1";

/** Reads requests for one model. The reader throws InputError. */
export const inferReader =
  ({ inputs, outputs }: OnnxModel, modelName: string) =>
  ({ body, headers }: ThreadRequest): Task => {
    const request = readInfer(inputs, outputs, bufferOf(body), jsonBytes(headers));
    return {
      feeds: request.feeds,
      fetches: request.outputs.map(({ port }) => port.name),
      answer: (results, ms) => inferAnswer(modelName, request, results, ms),
      failed: () => errorAnswer(500, RUN_RAISED),
    };
  };

/** Errors of the protocol. */
export const errorAnswer = (status: number, text: string): Answer => ({
  status,
  headers: ["Content-Type", "application/json", RUN_FAILED, status >= 500 ? "True" : "False"],
  content: JSON.stringify({ error: text }),
});

/** The thread is told of no other header. */
const jsonBytes = (headers: string): string | undefined => (headers === "" ? undefined : headers.split("\n")[1]);

function inferAnswer(modelName: string, request: InferRequest, results: Tensors, ms: number): Answer {
  const parts: Uint8Array[] = [];
  const outputs = request.outputs.map(({ port, binary }) => {
    const flat = results[port.name] as Flat;
    const head = `{"name":${JSON.stringify(port.name)},"datatype":"${datatype(flat.type)}","shape":[${flat.dims.join(",")}]`;
    if (!binary) return `${head},"data":${flatText(flat)}}`;
    const bytes = toBinary(flat);
    parts.push(bytes);
    return `${head},"parameters":{"binary_data_size":${bytes.length}}}`;
  });
  const id = request.id === undefined ? "" : `,"id":${JSON.stringify(request.id)}`;
  const json = `{"model_name":${JSON.stringify(modelName)},"model_version":"${VERSION}"${id},"outputs":[${outputs.join(",")}]}`;
  if (!request.outputs.some(({ binary }) => binary)) return { status: 200, headers: resultHeaders(ms), content: json };
  const content = joined(json, parts);
  const headers = [...resultHeaders(ms, "application/octet-stream"), JSON_LENGTH_HEADER, String(Buffer.byteLength(json))];
  return { status: 200, headers, content };
}

/** The one copy that tensors need: the runtime's memory cannot be handed to another thread. */
function joined(json: string, parts: readonly Uint8Array[]): Uint8Array {
  const length = Buffer.byteLength(json);
  const all = Buffer.allocUnsafeSlow(parts.reduce((sum, part) => sum + part.length, length));
  let at = all.write(json);
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
