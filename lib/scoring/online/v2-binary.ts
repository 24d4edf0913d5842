/** Tensors as the bytes of the protocol's binary extension: little-endian, row by row; texts with their length before them. */
import { isUtf8 } from "node:buffer";
import type { Data, Flat, Port } from "./tensors.ts";
import { InputError } from "./input-error.ts";


type Numeric = Exclude<Data, string[]>;
interface Kind {
  readonly bytes: number;
  readonly view: (buffer: ArrayBuffer, offset: number, length: number) => Numeric;
}

const kind = <T extends Numeric>(type: { readonly BYTES_PER_ELEMENT: number; new (buffer: ArrayBuffer, offset: number, length: number): T }): Kind => ({
  bytes: type.BYTES_PER_ELEMENT,
  view: (buffer, offset, length) => new type(buffer, offset, length),
});

const KINDS: Readonly<Record<string, Kind>> = {
  bool: kind(Uint8Array),
  uint8: kind(Uint8Array),
  uint16: kind(Uint16Array),
  uint32: kind(Uint32Array),
  uint64: kind(BigUint64Array),
  int8: kind(Int8Array),
  int16: kind(Int16Array),
  int32: kind(Int32Array),
  int64: kind(BigInt64Array),
  float16: kind(Uint16Array),
  float32: kind(Float32Array),
  float64: kind(Float64Array),
};

/** Reads a tensor where it lies; only one at an address that its type cannot be read from is copied. Throws InputError. */
export function fromBinary(port: Port, dims: readonly number[], bytes: Buffer): Flat {
  const size = dims.reduce((product, each) => product * each, 1);
  const found = KINDS[port.type];
  if (found === undefined) return { type: port.type, data: texts(port, bytes, size), dims };
  if (bytes.length !== size * found.bytes) {
    throw new InputError(`Input "${port.name}" has ${bytes.length} bytes of binary data; expected ${size * found.bytes} for shape [${dims.join(", ")}].`);
  }
  const whole = bytes.byteOffset % found.bytes === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
  const data = found.view(whole.buffer as ArrayBuffer, whole.byteOffset, size);
  if (port.type === "bool" && (data as Uint8Array).some((value) => value > 1)) throw new InputError(`Input "${port.name}" has a byte that is neither 0 nor 1.`);
  return { type: port.type, data, dims };
}

function texts(port: Port, bytes: Buffer, size: number): string[] {
  const result: string[] = [];
  let at = 0;
  while (at + 4 <= bytes.length && result.length < size) {
    const end = at + 4 + bytes.readUInt32LE(at);
    if (end > bytes.length) break;
    const text = bytes.subarray(at + 4, end);
    if (!isUtf8(text)) throw new InputError(`Input "${port.name}" has an element, number ${result.length}, that is not UTF-8.`);
    result.push(text.toString());
    at = end;
  }
  if (at !== bytes.length || result.length !== size) throw new InputError(`Input "${port.name}" has binary data for ${result.length} elements; expected exactly ${size}.`);
  return result;
}

/** The bytes of a tensor; those of numbers are not copied. */
export function toBinary({ data }: Flat): Uint8Array {
  if (!Array.isArray(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const parts = data.flatMap((text) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return [length, bytes];
  });
  return Buffer.concat(parts);
}
