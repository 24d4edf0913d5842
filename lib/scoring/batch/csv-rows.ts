/** Cuts a CSV file into slices of so many rows, without holding it: only places are kept. */
import { createReadStream } from "node:fs";

/** A part of a file: rows from `row` on, and for CSV the bytes of the header and of the rows. */
export interface Slice {
  readonly file: string;
  readonly row: number;
  readonly rows: number;
  readonly header?: number;
  readonly from?: number;
  readonly to?: number;
}

const [QUOTE, LINE_FEED] = [0x22, 0x0a];
const READ_BYTES = 1 << 20;

/** Ends of records, as offsets behind their line feed. A line feed within quotes ends nothing; the last record needs none. */
async function* recordEnds(path: string): AsyncGenerator<number> {
  let at = 0;
  let last = 0;
  let quoted = false;
  for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES }) as AsyncIterable<Buffer>) {
    let nextQuote = chunk.indexOf(QUOTE);
    let nextLine = chunk.indexOf(LINE_FEED);
    while (nextQuote >= 0 || nextLine >= 0) {
      if (nextLine < 0 || (nextQuote >= 0 && nextQuote < nextLine)) {
        quoted = !quoted;
        nextQuote = chunk.indexOf(QUOTE, nextQuote + 1);
      } else {
        if (!quoted) yield (last = at + nextLine + 1);
        nextLine = chunk.indexOf(LINE_FEED, nextLine + 1);
      }
    }
    at += chunk.length;
  }
  if (at > last) yield at;
}

/** Slices of the file, each with so many rows but the last. A file without rows below its header is one slice without rows. */
export async function* csvSlices(path: string, file: string, partitionRows: number): AsyncGenerator<Slice> {
  let header: number | undefined;
  let [row, rows, from, to] = [0, 0, 0, 0];
  for await (const end of recordEnds(path)) {
    if (header === undefined) {
      header = from = to = end;
      continue;
    }
    rows += 1;
    to = end;
    if (rows < partitionRows) continue;
    yield { file, row, rows, header, from, to };
    [row, rows, from] = [row + rows, 0, to];
  }
  if (rows > 0 || row === 0) yield { file, row, rows, header: header ?? 0, from, to };
}
