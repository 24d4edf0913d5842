/** Where bytes are not UTF-8, and why, in the words of Python's decoder, which are part of an answer. */

export interface Utf8Fault {
  readonly at: number;
  /** How many bytes are wrong together. */
  readonly length: number;
  readonly why: string;
}

/** What may stand after a first byte: how many bytes in all, and the range of the second. */
function sequence(first: number): readonly [length: number, low: number, high: number] | undefined {
  if (first < 0xc2 || first > 0xf4) return undefined;
  if (first < 0xe0) return [2, 0x80, 0xbf];
  if (first < 0xf0) return [3, first === 0xe0 ? 0xa0 : 0x80, first === 0xed ? 0x9f : 0xbf];
  return [4, first === 0xf0 ? 0x90 : 0x80, first === 0xf4 ? 0x8f : 0xbf];
}

/** The first fault from a position on. Undefined: the rest is UTF-8. */
export function utf8Fault(bytes: Uint8Array, from = 0): Utf8Fault | undefined {
  for (let at = from; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const [length, low, high] = first < 0x80 ? [1, 0, 0] : (sequence(first) ?? [0, 0, 0]);
    if (length === 0) return { at, length: 1, why: "invalid start byte" };
    for (let more = 1; more < length; more++) {
      const next = bytes[at + more];
      if (next === undefined) return { at, length: more, why: "unexpected end of data" };
      if (next < (more === 1 ? low : 0x80) || next > (more === 1 ? high : 0xbf)) return { at, length: more, why: "invalid continuation byte" };
    }
    at += length;
  }
  return undefined;
}

/** The message of Python's UnicodeDecodeError. */
export function utf8Problem(bytes: Uint8Array): string | undefined {
  const fault = utf8Fault(bytes);
  if (fault === undefined) return undefined;
  const { at, length, why } = fault;
  const what = length === 1 ? `byte 0x${(bytes[at] ?? 0).toString(16).padStart(2, "0")} in position ${at}` : `bytes in position ${at}-${at + length - 1}`;
  return `'utf-8' codec can't decode ${what}: ${why}`;
}
