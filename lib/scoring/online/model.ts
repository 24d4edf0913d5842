/** From settings to a kind of worker, and to what the model says of itself. */
import { availableParallelism } from "node:os";
import { findOnnx } from "./kind.ts";
import { onnxWorker } from "./onnx-worker.ts";
import type { Settings } from "./options.ts";
import { pythonWorker } from "./python-worker.ts";
import { UNDECORATED } from "./swagger.ts";
import type { Schemas } from "./swagger.ts";
import type { Port } from "./tensors.ts";
import type { WorkerKind } from "./worker.ts";

/** A crash of a Python worker loses the one request it runs. */
const PYTHON_DEPTH = 1;
/** A thread has the next request at hand when it has answered one: crossing threads takes longer than a small model. */
const ONNX_DEPTH = 4;

/** What a front serves. */
export interface Model {
  readonly kind: WorkerKind;
  /** Undefined until a worker has said it. */
  readonly schemas: () => Schemas | undefined;
}

/** Chooses: a script, else ONNX. Throws KindError when there is neither. */
export function chooseModel(settings: Settings): Model {
  const { entryScript, appRoot, modelDir, python, workerCount } = settings;
  if (entryScript !== undefined) {
    return { kind: { start: pythonWorker({ python, appRoot, entryScript, modelDir }), depth: PYTHON_DEPTH }, schemas: () => UNDECORATED };
  }
  const file = findOnnx(modelDir);
  const threads = Math.max(1, Math.floor(availableParallelism() / workerCount));
  let schemas: Schemas | undefined;
  const start = onnxWorker({ file, threads }, (inputs, outputs) => (schemas = { input: schema(inputs), output: schema(outputs) }));
  return { kind: { start, depth: ONNX_DEPTH }, schemas: () => schemas };
}

const schema = (ports: readonly Port[]): object => ({
  type: "object",
  properties: Object.fromEntries(ports.map((port) => [port.name, port.shape.reduceRight(list, element(port.type))])),
  required: ports.map((port) => port.name),
});

/** A dimension: of a fixed size, or of any (no number in the model). */
const list = (items: object, size: number | string): object => ({
  type: "array",
  items,
  ...(typeof size === "number" && size >= 0 ? { minItems: size, maxItems: size } : {}),
});

function element(type: string): object {
  if (type === "string") return { type: "string" };
  if (type === "bool") return { type: "boolean" };
  if (type.startsWith("float")) return { type: "number", format: type === "float64" ? "double" : "float" };
  return { type: "integer", format: type.endsWith("64") ? "int64" : "int32" };
}
