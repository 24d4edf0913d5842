/** An ONNX file as something that answers bodies. Runs inside a worker thread, the only place that loads onnxruntime. */
import { isUtf8 } from "node:buffer";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { InferenceSession, OnnxValue, Tensor } from "onnxruntime-node";
import { InputError, fromJson, isKnownType, printShape, toJson } from "./tensors.ts";
import type { Flat, Port } from "./tensors.ts";

type Runtime = typeof import("onnxruntime-node");

/** A loaded model. */
export interface OnnxModel {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** The JSON of the outputs by name. Throws {@link InputError} for a body that does not fit. */
  score(body: Buffer): Promise<string>;
}

/** Loads a model. Rejects with a text for people. */
export async function loadOnnx(file: string, threads: number): Promise<OnnxModel> {
  const runtime = load();
  const session = await runtime.InferenceSession.create(file, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // A thread that spins for the next request takes the core that is to bring it.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  });
  const inputs = ports(session.inputMetadata);
  const outputs = ports(session.outputMetadata);
  const foreign = [...session.inputNames.filter((name) => !inputs.some((input) => input.name === name)), ...unknown(inputs)];
  if (foreign.length > 0) throw new Error(`the inputs ${foreign.join(", ")} are of types that JSON cannot carry`);
  if (outputs.length === 0) {
    throw new Error("it has no output that is a tensor; scikit-learn classifiers need the converter's option zipmap=False");
  }
  const fetches = outputs.map((output) => output.name);
  return { inputs, outputs, score: async (body) => print(fetches, await session.run(feeds(runtime, inputs, body), fetches)) };
}

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

/** Sequences and maps, as classifiers with zipmap have them, are left out: onnxruntime-node cannot fetch them. */
const ports = (metadata: readonly InferenceSession.ValueMetadata[]): Port[] =>
  metadata.flatMap((each) => (each.isTensor ? [{ name: each.name, type: each.type, shape: each.shape }] : []));

const unknown = (inputs: readonly Port[]): string[] => inputs.filter((input) => !isKnownType(input.type)).map((input) => input.name);

function feeds(runtime: Runtime, inputs: readonly Port[], body: Buffer): Record<string, OnnxValue> {
  const values = parse(inputs, body);
  const result: Record<string, OnnxValue> = {};
  for (const input of inputs) {
    const { type, data, dims } = fromJson(input, values[input.name]);
    result[input.name] = new runtime.Tensor(type as Tensor.Type, data as Tensor.DataType, dims);
  }
  return result;
}

/** The values by input name. `{"data": …}` stands for the only input of a model that has one. */
function parse(inputs: readonly Port[], body: Buffer): Record<string, unknown> {
  const expected = `expected a JSON object with ${inputs.map((input) => `"${input.name}" (${input.type} ${printShape(input.shape)})`).join(", ")}`;
  if (body.length === 0) throw new InputError(`The body is empty; ${expected}.`);
  if (!isUtf8(body)) throw new InputError(`The body is not UTF-8; ${expected}.`);
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch (error) {
    throw new InputError(`The body is not JSON (${(error as Error).message}); ${expected}.`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new InputError(`The body is not a JSON object; ${expected}.`);
  const [only] = inputs;
  const keys = Object.keys(value);
  if (inputs.length === 1 && only !== undefined && keys.length === 1 && keys[0] === "data") return { [only.name]: (value as { data: unknown }).data };
  const wrong = [
    ...inputs.filter((input) => !Object.hasOwn(value, input.name)).map((input) => `"${input.name}" is missing`),
    ...keys.filter((key) => !inputs.some((input) => input.name === key)).map((key) => `${JSON.stringify(key).slice(0, 80)} is no input of the model`),
  ];
  if (wrong.length > 0) throw new InputError(`${wrong.join("; ")}; ${expected}.`);
  return value as Record<string, unknown>;
}

function print(names: readonly string[], results: Readonly<Record<string, OnnxValue>>): string {
  const all = names.flatMap((name) => {
    const result = results[name];
    return result === undefined ? [] : [[name, toJson(result as unknown as Flat)] as const];
  });
  return JSON.stringify(Object.fromEntries(all));
}
