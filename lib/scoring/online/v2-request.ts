/** The inference request of the Open Inference Protocol, as JSON or with binary data behind the JSON. */
import { isUtf8 } from "node:buffer";
import { z } from "zod";
import type { Tensors } from "./onnx-model.ts";
import { checkShape, fromList, hasJson, printShape } from "./tensors.ts";
import type { Flat, Port } from "./tensors.ts";
import { InputError } from "./input-error.ts";
import { fromBinary } from "./v2-binary.ts";
import { datatype } from "./v2-types.ts";

/** What is asked for. */
export interface InferRequest {
  readonly id: string | undefined;
  readonly feeds: Tensors;
  readonly outputs: readonly WantedOutput[];
}

/** An output in the order of the answer. */
export interface WantedOutput {
  readonly port: Port;
  readonly binary: boolean;
}

const Size = z.int().min(0);
const Parameters = z.record(z.string(), z.unknown()).default({});
const Input = z.object({ name: z.string(), shape: z.array(Size), datatype: z.string(), parameters: Parameters.pipe(z.looseObject({ binary_data_size: Size.optional() })), data: z.unknown().optional() });
const Output = z.object({ name: z.string(), parameters: Parameters.pipe(z.looseObject({ binary_data: z.boolean().optional() })) });
const Body = z.object({
  id: z.string().optional(),
  parameters: Parameters.pipe(z.looseObject({ binary_data_output: z.boolean().default(false) })),
  inputs: z.array(Input).min(1),
  outputs: z.array(Output).default([]),
});
type Body = z.infer<typeof Body>;

/** Parameters that would change what an answer is, and are not known here. */
const FOREIGN = ["shared_memory_region", "classification"];

/** Reads a request. `jsonBytes` is the value of Inference-Header-Content-Length; undefined: JSON alone. Throws InputError. */
export function readInfer(inputs: readonly Port[], outputs: readonly Port[], body: Buffer, jsonBytes: string | undefined): InferRequest {
  const end = jsonBytes === undefined ? body.length : jsonLength(jsonBytes, body.length);
  const parsed = parse(body.subarray(0, end));
  const feeds = readInputs(inputs, parsed, body.subarray(end), jsonBytes !== undefined);
  return { id: parsed.id, feeds, outputs: wanted(outputs, parsed) };
}

function jsonLength(text: string, bodyBytes: number): number {
  if (/^\d{1,15}$/.test(text) && Number(text) <= bodyBytes) return Number(text);
  throw new InputError(`Inference-Header-Content-Length is ${JSON.stringify(text)}; expected the length of the JSON before the binary data, at most ${bodyBytes} bytes.`);
}

function parse(bytes: Buffer): Body {
  if (!isUtf8(bytes)) throw new InputError("The inference request is not UTF-8; binary data behind the JSON needs the header Inference-Header-Content-Length.");
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch (error) {
    throw new InputError(`The inference request is not JSON (${(error as Error).message}); binary data behind the JSON needs the header Inference-Header-Content-Length.`);
  }
  const { data, error } = Body.safeParse(value);
  if (error !== undefined) throw new InputError(`The inference request does not fit: ${error.issues.map((issue) => `${issue.path.length === 0 ? "it" : issue.path.join(".")}: ${issue.message}`).join("; ")}.`);
  const foreign = [...data.inputs, ...data.outputs].flatMap(({ name, parameters }) => FOREIGN.filter((key) => key in parameters).map((key) => `parameter ${key} of "${name}"`));
  if (foreign.length > 0) throw new InputError(`This server does not know the ${foreign.join(", ")}.`);
  return data;
}

function readInputs(ports: readonly Port[], { inputs }: Body, binary: Buffer, announced: boolean): Tensors {
  const names = inputs.map((input) => input.name);
  const wrong = [
    ...ports.filter((port) => !names.includes(port.name)).map((port) => `"${port.name}" is missing`),
    ...names.filter((name) => !ports.some((port) => port.name === name)).map((name) => `"${name.slice(0, 80)}" is no input of the model`),
    ...names.filter((name, at) => names.indexOf(name) !== at).map((name) => `"${name}" is given twice`),
  ];
  if (wrong.length > 0) throw new InputError(`${wrong.join("; ")}; expected ${ports.map((port) => `"${port.name}" (${datatype(port.type)} ${printShape(port.shape)})`).join(", ")}.`);
  const feeds: Record<string, Flat> = {};
  let at = 0;
  for (const input of inputs) {
    const size = input.parameters.binary_data_size;
    if (size !== undefined && !announced) throw new InputError(`Input "${input.name}" has binary_data_size; that needs the header Inference-Header-Content-Length.`);
    const bytes = size === undefined ? undefined : binary.subarray(at, (at += size));
    if (bytes !== undefined && bytes.length !== size) throw new InputError(`Input "${input.name}" says ${size} bytes of binary data; there are ${bytes.length}.`);
    feeds[input.name] = readInput(ports.find((port) => port.name === input.name) as Port, input, bytes);
  }
  if (at !== binary.length) throw new InputError(`There are ${binary.length} bytes of binary data; the inputs say ${at}.`);
  return feeds;
}

function readInput(port: Port, { datatype: given, shape, data }: Body["inputs"][number], bytes: Buffer | undefined): Flat {
  if (given !== datatype(port.type)) throw new InputError(`Input "${port.name}" is of datatype ${given.slice(0, 40)}; expected ${datatype(port.type)}.`);
  checkShape(port, shape);
  if (bytes !== undefined && data !== undefined) throw new InputError(`Input "${port.name}" has both data and binary_data_size; expected one of them.`);
  if (bytes !== undefined) return fromBinary(port, shape, bytes);
  if (data === undefined) throw new InputError(`Input "${port.name}" has neither data nor binary_data_size; expected one of them.`);
  return fromList(port, data, shape);
}

function wanted(ports: readonly Port[], { outputs, parameters }: Body): WantedOutput[] {
  const byDefault = parameters.binary_data_output;
  const found = outputs.length === 0 ? ports.map((port) => ({ port, binary: byDefault })) : outputs.map((output) => {
    const port = ports.find((each) => each.name === output.name);
    if (port === undefined) throw new InputError(`"${output.name.slice(0, 80)}" is no output of the model; expected ${ports.map((each) => `"${each.name}"`).join(", ")}.`);
    return { port, binary: output.parameters.binary_data ?? byDefault };
  });
  const [silent] = found.filter(({ port, binary }) => !binary && !hasJson(port.type));
  if (silent !== undefined) throw new InputError(`Output "${silent.port.name}" is of datatype ${datatype(silent.port.type)}, which JSON cannot carry; ask for it with "binary_data": true.`);
  return found;
}
