/**
 * JSON to tensors. Lists nest row by row, the last dimension innermost. int64 and uint64 outside ±2^53 are text, and so are "NaN", "Infinity"
 * and "-Infinity", because JSON has no words for them.
 */
import { InputError } from "./input-error.ts";

/** What a model says about one input or output. */
export interface Port {
  readonly name: string;
  readonly type: string;
  /** A name or "" where the size is free. */
  readonly shape: readonly (number | string)[];
}

/** Data as onnxruntime holds it. */
export type Data =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | string[];

/** The elements of a tensor, row by row, and its dimensions. */
export interface Flat {
  readonly type: string;
  readonly data: Data;
  readonly dims: readonly number[];
}

/** One element of a tensor. */
export type Element = number | bigint | string;
interface Codec {
  readonly make: (size: number) => Data;
  /** Undefined: not a value of this type. */
  readonly read: (value: unknown) => Element | undefined;
  readonly expected: string;
}

const integer = (make: Codec["make"], low: number, high: number): Codec => ({
  make,
  read: (value) => (Number.isInteger(value) && (value as number) >= low && (value as number) <= high ? (value as number) : undefined),
  expected: `a whole number from ${low} to ${high}`,
});

const float = (make: Codec["make"]): Codec => ({
  make,
  read: (value) => (typeof value === "number" ? value : SPECIAL.get(value)),
  expected: 'a number, "NaN", "Infinity" or "-Infinity"',
});

const big = (make: Codec["make"], low: bigint, high: bigint): Codec => ({
  make,
  read: (value) => {
    const whole = Number.isSafeInteger(value) || (typeof value === "string" && /^-?\d{1,20}$/.test(value));
    const read = whole ? BigInt(value as number | string) : undefined;
    return read !== undefined && read >= low && read <= high ? read : undefined;
  },
  expected: "a whole number, as text where it is beyond 2^53",
});

const SPECIAL = new Map<unknown, number>([
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

const CODECS: Readonly<Record<string, Codec>> = {
  float32: float((size) => new Float32Array(size)),
  float64: float((size) => new Float64Array(size)),
  int8: integer((size) => new Int8Array(size), -128, 127),
  uint8: integer((size) => new Uint8Array(size), 0, 255),
  int16: integer((size) => new Int16Array(size), -32_768, 32_767),
  uint16: integer((size) => new Uint16Array(size), 0, 65_535),
  int32: integer((size) => new Int32Array(size), -(2 ** 31), 2 ** 31 - 1),
  uint32: integer((size) => new Uint32Array(size), 0, 2 ** 32 - 1),
  int64: big((size) => new BigInt64Array(size), -(2n ** 63n), 2n ** 63n - 1n),
  uint64: big((size) => new BigUint64Array(size), 0n, 2n ** 64n - 1n),
  bool: { make: (size) => new Uint8Array(size), read: (value) => (typeof value === "boolean" ? Number(value) : undefined), expected: "true or false" },
  string: { make: (size) => Array.from({ length: size }, () => ""), read: (value) => (typeof value === "string" ? value : undefined), expected: "a text" },
};

/** Whether values of this type can travel as JSON. */
export const hasJson = (type: string): boolean => type in CODECS;

/** One input from nested lists, checked against the model. Throws InputError. */
export function fromJson(port: Port, value: unknown): Flat {
  const dims = dimensions(value);
  checkShape(port, dims);
  return fromList(port, value, dims);
}

/** One input from a list that is flat, or nested as its shape says. Throws InputError. */
export function fromList(port: Port, value: unknown, dims: readonly number[]): Flat {
  const codec = CODECS[port.type];
  if (codec === undefined) throw new InputError(`Input "${port.name}" is of type ${port.type}, which JSON cannot carry; send it as binary data of /v2.`);
  const size = dims.reduce((product, each) => product * each, 1);
  const nested = dims.length > 1 && Array.isArray(value) && Array.isArray(value[0]);
  const shape = nested || (dims.length === 0 && !Array.isArray(value)) ? dims : [size];
  checkLists(port, value, shape); // before a size that somebody only claims is made room for
  const data = codec.make(size);
  fill(port, codec, value, shape, data);
  return { type: port.type, data, dims };
}

/** Throws InputError where a shape is not one that the model takes. */
export function checkShape(port: Port, dims: readonly number[]): void {
  const fits = dims.length === port.shape.length && port.shape.every((size, at) => typeof size !== "number" || size < 0 || size === dims[at]);
  if (!fits) throw new InputError(`Input "${port.name}" has shape [${dims.join(", ")}]; expected ${printShape(port.shape)}.`);
}

/** Sizes along the first element of each level; {@link fill} finds lists that differ from them. */
function dimensions(value: unknown): number[] {
  const dims: number[] = [];
  for (let at = value; Array.isArray(at); at = at[0]) dims.push(at.length);
  return dims;
}

/** Throws InputError for a list that is not as long as the others of its level. */
function checkLists(port: Port, root: unknown, dims: readonly number[]): void {
  const path: number[] = [];
  const visit = (value: unknown, depth: number): void => {
    if (depth === dims.length) return;
    if (!Array.isArray(value) || value.length !== dims[depth]) {
      throw new InputError(`Input "${port.name}" has ${show(value)} at [${path.join(", ")}]; expected a list of ${dims[depth]}${depth === 0 ? "" : " like the first"}.`);
    }
    if (depth === dims.length - 1) return;
    for (let at = 0; at < value.length; at++) {
      path[depth] = at;
      visit(value[at], depth + 1);
    }
    path.length = depth;
  };
  visit(root, 0);
}

/** Writes the values of lists whose lengths are right. */
function fill(port: Port, codec: Codec, root: unknown, dims: readonly number[], data: Data): void {
  const into = data as { [at: number]: Element };
  const path: number[] = [];
  let next = 0;
  const visit = (value: unknown, depth: number): void => {
    if (depth === dims.length) {
      const read = codec.read(value);
      if (read === undefined) throw new InputError(`Input "${port.name}" has ${show(value)} at [${path.join(", ")}]; expected ${codec.expected}.`);
      into[next++] = read;
      return;
    }
    const list = value as readonly unknown[];
    for (let at = 0; at < list.length; at++) {
      path[depth] = at;
      visit(list[at], depth + 1);
    }
    path.length = depth;
  };
  visit(root, 0);
}

const show = (value: unknown): string =>
  Array.isArray(value) ? `a list of ${value.length}` : typeof value === "object" && value !== null ? "an object" : JSON.stringify(value).slice(0, 40);

/** A shape as people write it; free sizes by their name, else `*`. */
export const printShape = (shape: readonly (number | string)[]): string =>
  `[${shape.map((size) => (typeof size === "number" && size >= 0 ? size : typeof size === "string" && size !== "" ? size : "*")).join(", ")}]`;
