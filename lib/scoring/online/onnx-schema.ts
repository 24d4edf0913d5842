/** What an ONNX model says of its inputs and outputs, as JSON schemas. */
import type { Port } from "./tensors.ts";

/** An object with a property for each tensor. */
export const portsSchema = (ports: readonly Port[]): object => ({
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
