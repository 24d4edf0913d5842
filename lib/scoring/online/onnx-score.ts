/** `/score` of an ONNX model: JSON by input name, or `{"data": …}` for a model with one input. */
import { isUtf8 } from "node:buffer";
import type { OnnxModel, Tensors } from "./onnx-model.ts";
import type { Task } from "./onnx-task.ts";
import { fromJson, hasJson, printShape } from "./tensors.ts";
import type { Flat, Port } from "./tensors.ts";
import { nestedText } from "./tensors-text.ts";
import { bufferOf } from "./thread-messages.ts";
import type { Bytes } from "./thread-messages.ts";
import { InputError } from "./input-error.ts";
import { RUN_RAISED, messageAnswer, resultHeaders } from "./thread-served.ts";

/** Reads requests for one model. The reader throws InputError for a body that does not fit. */
export function scoreReader({ inputs, outputs }: OnnxModel): (body: Bytes) => Task {
  const [silent] = outputs.filter((output) => !hasJson(output.type));
  const names = outputs.map((output) => output.name);
  const labels = names.map((name, at) => `${at === 0 ? "{" : ","}${JSON.stringify(name)}:`);
  const answer: Task["answer"] = (results, ms) => {
    let text = "";
    for (let at = 0; at < names.length; at++) text += labels[at] + nestedText(results[names[at] as string] as Flat);
    return { status: 200, headers: resultHeaders(ms), content: `${text}}` };
  };
  const failed = (): ReturnType<Task["failed"]> => messageAnswer(500, RUN_RAISED, true);
  return (body) => {
    if (silent !== undefined) throw new InputError(`Output "${silent.name}" is of type ${silent.type}, which JSON cannot carry; ask for it as binary data of /v2.`);
    return { feeds: read(inputs, body), fetches: names, answer, failed };
  };
}

function read(inputs: readonly Port[], body: Bytes): Tensors {
  const values = parse(inputs, body);
  const feeds: Record<string, Flat> = {};
  for (const input of inputs) feeds[input.name] = fromJson(input, values[input.name]);
  return feeds;
}

/** The values by input name. `{"data": …}` stands for the only input of a model that has one. */
function parse(inputs: readonly Port[], body: Bytes): Record<string, unknown> {
  if (body.length === 0) throw new InputError(`The body is empty; ${expected(inputs)}.`);
  let value: unknown;
  try {
    value = JSON.parse(jsonText(body, inputs));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`The body is not JSON (${(error as Error).message}); ${expected(inputs)}.`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new InputError(`The body is not a JSON object; ${expected(inputs)}.`);
  const [only] = inputs;
  const keys = Object.keys(value);
  if (inputs.length === 1 && only !== undefined && keys.length === 1 && keys[0] === "data") return { [only.name]: (value as { data: unknown }).data };
  const wrong = [
    ...inputs.filter((input) => !Object.hasOwn(value, input.name)).map((input) => `"${input.name}" is missing`),
    ...keys.filter((key) => !inputs.some((input) => input.name === key)).map((key) => `${JSON.stringify(key).slice(0, 80)} is no input of the model`),
  ];
  if (wrong.length > 0) throw new InputError(`${wrong.join("; ")}; ${expected(inputs)}.`);
  return value as Record<string, unknown>;
}

function jsonText(body: Bytes, inputs: readonly Port[]): string {
  if (typeof body === "string" && !/[\u0080-\uffff]/.test(body)) return body;
  const bytes = bufferOf(body);
  if (!isUtf8(bytes)) throw new InputError(`The body is not UTF-8; ${expected(inputs)}.`);
  return bytes.toString();
}

const expected = (inputs: readonly Port[]): string =>
  `expected a JSON object with ${inputs.map((input) => `"${input.name}" (${input.type} ${printShape(input.shape)})`).join(", ")}`;
