/**
 * Tensors as JSON text. Numbers are printed as the doubles they are, so float32 0.1 reads 0.10000000149011612, as `tolist()` prints it. "NaN",
 * "Infinity" and "-Infinity" are text, because JSON has no words for them.
 */
import type { Element, Flat } from "./tensors.ts";

/** Nested lists; a tensor without dimensions is its one value. Whole numbers outside ±2^53 are text, which no reader rounds. */
export function nestedText(flat: Flat): string {
  const { dims, data } = flat;
  const last = dims.at(-1);
  if (last === undefined) return elements(flat, 0, 1, true);
  let at = 0;
  const nest = (depth: number): string => {
    if (depth === dims.length - 1) return `[${elements(flat, at, (at += last), true)}]`;
    let text = "[";
    for (let index = 0; index < (dims[depth] ?? 0); index++) text += (index === 0 ? "" : ",") + nest(depth + 1);
    return `${text}]`;
  };
  return dims.length === 1 ? `[${elements(flat, 0, data.length, true)}]` : nest(0);
}

/** One list of all elements. Whole numbers have all their digits, as the Open Inference Protocol has them. */
export const flatText = (flat: Flat): string => `[${elements(flat, 0, flat.data.length, false)}]`;

function elements({ type, data }: Flat, from: number, to: number, largeAsText: boolean): string {
  if (Array.isArray(data)) return data.slice(from, to).map((text) => JSON.stringify(text)).join(",");
  const part = data.subarray(from, to);
  if (type === "bool") return Array.from(part as Uint8Array, Boolean).join(",");
  if (part instanceof BigInt64Array || part instanceof BigUint64Array) {
    return largeAsText && part.some(isLarge) ? Array.from<bigint, string>(part, (value) => (isLarge(value) ? `"${value}"` : String(value))).join(",") : part.join(",");
  }
  const joined = part.join(",");
  return /[NI]/.test(joined) ? Array.from<Element, string>(part as ArrayLike<Element>, (value) => (Number.isFinite(value) ? String(value) : `"${value}"`)).join(",") : joined;
}

const isLarge = (value: bigint): boolean => value > BigInt(Number.MAX_SAFE_INTEGER) || value < -BigInt(Number.MAX_SAFE_INTEGER);
