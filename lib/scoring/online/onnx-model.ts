/** An ONNX file that is loaded. Runs inside a worker thread, the only place that loads onnxruntime. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { InferenceSession, OnnxValue, Tensor } from "onnxruntime-node";
import type { Flat, Port } from "./tensors.ts";
import { isKnownType } from "./v2-types.ts";

type Runtime = typeof import("onnxruntime-node");

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Flat>>;

/** A loaded model. */
export interface OnnxModel {
  readonly inputs: readonly Port[];
  /** Those that are tensors: sequences and maps, as classifiers with zipmap have them, cannot be fetched. */
  readonly outputs: readonly Port[];
  run(feeds: Tensors, fetches: readonly string[]): Promise<Tensors>;
}

/** Loads a model. Rejects with a text for people. */
export async function loadOnnx(file: string, threads: number): Promise<OnnxModel> {
  const runtime = load();
  const session = await runtime.InferenceSession.create(file, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // A thread that spins for the next request takes the core that is to bring it.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  }).catch((error: unknown) => {
    throw readable(error);
  });
  const inputs = ports(session.inputMetadata);
  const outputs = ports(session.outputMetadata);
  const lists = session.inputMetadata.filter((each) => !each.isTensor).map((each) => each.name);
  if (lists.length > 0) throw new Error(`the inputs ${lists.join(", ")} are sequences or maps; only tensors can be given`);
  const foreign = [...inputs, ...outputs].filter((port) => !isKnownType(port.type));
  if (foreign.length > 0) throw new Error(`${foreign.map((port) => `"${port.name}" is of type ${port.type}`).join(", ")}, which a request cannot carry`);
  if (outputs.length === 0) {
    throw new Error("it has no output that is a tensor; scikit-learn classifiers need the converter's option zipmap=False");
  }
  const run = async (feeds: Tensors, fetches: readonly string[]): Promise<Tensors> => {
    const given: Record<string, OnnxValue> = {};
    for (const name in feeds) given[name] = tensor(runtime, feeds[name] as Flat);
    return (await session.run(given, fetches)) as unknown as Tensors;
  };
  return { inputs, outputs, run };
}

const tensor = (runtime: Runtime, { type, data, dims }: Flat): OnnxValue => new runtime.Tensor(type as Tensor.Type, data as Tensor.DataType, dims);

function load(): Runtime {
  // The package is an optional peer: beside this package, or in the project that is served.
  for (const from of [import.meta.url, pathToFileURL(`${process.cwd()}/`).href]) {
    try {
      return createRequire(from)("onnxruntime-node") as Runtime;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  throw new Error('the package "onnxruntime-node" is not installed, and an ONNX model needs it: npm install onnxruntime-node');
}

const ports = (metadata: readonly InferenceSession.ValueMetadata[]): Port[] =>
  metadata.flatMap((each) => (each.isTensor ? [{ name: each.name, type: each.type, shape: each.shape }] : []));

/** Of ONNX's types those that onnxruntime-node has no name for, by the numbers of TensorProto. */
const NAMELESS: Readonly<Record<string, string>> = {
  14: "complex64", 15: "complex128", 16: "bfloat16", 17: "float8e4m3fn", 18: "float8e4m3fnuz", 19: "float8e5m2", 20: "float8e5m2fnuz", 23: "float4e2m1",
};

/** The runtime names a foreign type by its number alone, and begins with a path and a place in its own sources, which help nobody. */
function readable(error: unknown): Error {
  const text = error instanceof Error ? error.message : String(error);
  const [, number] = /^Unsupported data type: (\d+)$/.exec(text) ?? [];
  if (number !== undefined) return new Error(`one of its inputs or outputs is of type ${NAMELESS[number] ?? `number ${number} of ONNX`}, which a request cannot carry`);
  return new Error(text.replace(/^Load model from .*? failed: ?/, "").replace(/^\/\S+:\d+ .*?\) (?=[A-Z])/, ""));
}
