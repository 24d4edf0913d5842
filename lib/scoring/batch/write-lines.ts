/** Writes a file of lines, or says why it cannot. */
import { closeSync, openSync, writeSync } from "node:fs";

/** Text that is written at once. */
const CHUNK_CHARACTERS = 1 << 16;

/** Writes the lines in large pieces, and gives the bytes. */
export const writeLines = (path: string, lines: Iterable<string>): number => {
  const file = openSync(path, "w");
  let bytes = 0;
  try {
    let text = "";
    for (const line of lines) {
      text += `${line}\n`;
      if (text.length < CHUNK_CHARACTERS) continue;
      bytes += writeWhole(file, text);
      text = "";
    }
    return bytes + writeWhole(file, text);
  } finally {
    closeSync(file);
  }
};

/** The last room of a disk takes a part of what is written, and says so only by its length; what comes next is refused. */
const writeWhole = (file: number, text: string): number => {
  const whole = Buffer.from(text);
  for (let from = 0; from < whole.length; ) from += writeSync(file, whole, from);
  return whole.length;
};
