/**
 * An ONNX model over CSV files: the columns of a row are the model's one input, or its inputs by name; a line of the output is the row's number, the
 * outputs in the model's order, and the file.
 */
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { loadOnnx, type OnnxModel, type Tensors } from "../online/onnx-model.ts";
import { fromList, type Flat, type Port } from "../online/tensors.ts";
import type { FileFailure, RunFiles } from "./run-files.ts";

/** Rows of one run, so that a large file does not become one large tensor. */
const ROWS = 4096;
/** A process of a job has its share of the processors: others run beside it. */
const THREADS = 1;

/** A row that is none; the text is for whoever made the file. */
class RowError extends Error {
  readonly row: number | null;

  constructor(row: number | null, message: string) {
    super(message);
    this.row = row;
  }
}

/** Loads the model. */
export async function onnxServed(file: string): Promise<RunFiles> {
  const model = await loadOnnx(file, THREADS);
  return async (paths, sources) => {
    const lines: string[] = [];
    const failures: FileFailure[] = [];
    for (const [at, path] of paths.entries()) {
      const { name, row } = sources[at] ?? { name: path, row: 0 };
      try {
        const found = await predicted(model, path, name, row);
        for (const line of found) lines.push(line);
      } catch (error) {
        console.error(`${name}: ${String(error)}`);
        failures.push({ file: name, row: error instanceof RowError && error.row !== null ? row + error.row : null, error: error instanceof Error ? error.message : String(error) });
      }
    }
    return { lines, failures };
  };
}

async function predicted(model: OnnxModel, path: string, name: string, first: number): Promise<string[]> {
  if (extname(name).toLowerCase() !== ".csv") throw new RowError(null, `an ONNX model reads CSV files; got ${name}`);
  const [header = "", ...rows] = readFileSync(path, "utf8").split(/\r?\n/);
  if (rows.at(-1) === "") rows.pop();
  const columns = header.split(",").map((column) => column.trim().replace(/^"(.*)"$/, "$1"));
  const lines: string[] = [];
  for (let from = 0; from < rows.length; from += ROWS) {
    const cells = rows.slice(from, from + ROWS).map((row, at) => cellsOf(row, columns.length, from + at));
    const outputs = await model.run(feeds(model.inputs, columns, cells, from), model.outputs.map((port) => port.name));
    for (let at = 0; at < cells.length; at++) lines.push([first + from + at, ...values(model.outputs, outputs, at, cells.length), quoted(name)].join(","));
  }
  return lines;
}

const cellsOf = (row: string, columns: number, at: number): string[] => {
  const cells = row.split(",");
  if (cells.length !== columns) throw new RowError(at, `the row has ${cells.length} cells, and the header ${columns}`);
  return cells;
};

/** One input takes all columns; several take the column of their name each. */
function feeds(inputs: readonly Port[], columns: readonly string[], cells: readonly (readonly string[])[], from: number): Tensors {
  const [only, ...others] = inputs;
  if (only !== undefined && others.length === 0) return { [only.name]: tensor(only, cells.flat(), [cells.length, columns.length], columns.length, from) };
  const pick = (port: Port): Flat => {
    const column = columns.indexOf(port.name);
    if (column < 0) throw new RowError(null, `there is no column ${JSON.stringify(port.name)}, which the model has as an input`);
    return tensor(port, cells.map((row) => row[column] ?? ""), port.shape.length === 1 ? [cells.length] : [cells.length, 1], 1, from);
  };
  return Object.fromEntries(inputs.map((port) => [port.name, pick(port)]));
}

function tensor(port: Port, texts: readonly string[], dims: readonly number[], width: number, from: number): Flat {
  if (port.type === "string") return fromList(port, texts, dims);
  const numbers = texts.map((text, at) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (!Number.isNaN(value) || text.trim().toLowerCase() === "nan") return value;
    throw new RowError(from + Math.floor(at / width), `${JSON.stringify(text)} is no number`);
  });
  return fromList(port, numbers, dims);
}

/** All elements of the outputs that belong to one row. */
const values = (ports: readonly Port[], outputs: Tensors, row: number, rows: number): (number | bigint | string)[] =>
  ports.flatMap(({ name }) => {
    const { data } = outputs[name] as Flat;
    const width = data.length / rows;
    return Array.from({ length: width }, (_, at) => {
      const value = data[row * width + at] ?? "";
      return typeof value === "string" ? quoted(value) : value;
    });
  });

const quoted = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
