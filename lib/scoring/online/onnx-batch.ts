/** Several requests to a model as one run: their inputs joined along the first dimension, the outputs cut apart again. */
import type { OnnxModel, Tensors } from "./onnx-model.ts";
import type { Task } from "./onnx-task.ts";
import type { Data, Flat, Port } from "./tensors.ts";

/** Whether rows can be joined: the first dimension of every input and output is free. */
export const joins = ({ inputs, outputs }: OnnxModel): boolean => [...inputs, ...outputs].every(isFree);

const isFree = ({ shape: [rows] }: Port): boolean => rows !== undefined && (typeof rows === "string" || rows < 0);

/** Rows of a request; undefined where its inputs do not agree, or where there are none. */
function rowsOf({ feeds }: Task): number | undefined {
  const [first, ...others] = Object.values(feeds).map(({ dims }) => dims[0]);
  return first !== undefined && first > 0 && others.every((rows) => rows === first) ? first : undefined;
}

/** Those whose inputs differ in nothing but the number of rows can run together. */
const likeness = ({ feeds }: Task): string =>
  Object.keys(feeds)
    .sort()
    .map((name) => `${name}:${feeds[name]?.dims.slice(1).join(",")}`)
    .join(";");

/** Groups in which no run has more than so many rows; what cannot be joined is a group alone. */
export function groups(tasks: readonly Task[], maxRows: number): Task[][] {
  const open = new Map<string, { rows: number; tasks: Task[] }>();
  const all: Task[][] = [];
  for (const task of tasks) {
    const rows = rowsOf(task);
    const key = likeness(task);
    const found = open.get(key);
    if (rows !== undefined && found !== undefined && found.rows + rows <= maxRows) {
      found.tasks.push(task);
      found.rows += rows;
    } else {
      const group = [task];
      all.push(group);
      if (rows !== undefined) open.set(key, { rows, tasks: group });
    }
  }
  return all;
}

/** Runs a group at once. Rejects where the model cannot, or where its outputs do not have the rows of its inputs. */
export async function runJoined(model: OnnxModel, group: readonly Task[]): Promise<Tensors[]> {
  const rows = group.map((task) => rowsOf(task) ?? 0);
  const total = rows.reduce((sum, each) => sum + each, 0);
  const feeds = Object.fromEntries(model.inputs.map(({ name }) => [name, join(group.map((task) => task.feeds[name] as Flat), total)]));
  const results = await model.run(feeds, [...new Set(group.flatMap((task) => task.fetches))]);
  for (const [name, { dims }] of Object.entries(results)) {
    if (dims[0] !== total) throw new Error(`output "${name}" has ${dims[0] ?? "no"} rows for ${total} rows of input`);
  }
  let from = 0;
  return rows.map((count) => {
    const at = from;
    from += count;
    return Object.fromEntries(Object.entries(results).map(([name, flat]) => [name, cut(flat, at, count)]));
  });
}

function join(parts: readonly Flat[], rows: number): Flat {
  const [first] = parts as readonly [Flat];
  const dims = [rows, ...first.dims.slice(1)];
  return { type: first.type, data: concatenated(parts.map((part) => part.data)), dims };
}

function concatenated(parts: readonly Data[]): Data {
  const [first] = parts as readonly [Data];
  if (Array.isArray(first)) return (parts as readonly string[][]).flat();
  const Type = first.constructor as new (size: number) => { set(part: unknown, at: number): void };
  const all = new Type(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all as unknown as Data;
}

function cut({ type, data, dims: [rows = 0, ...others] }: Flat, from: number, count: number): Flat {
  const width = data.length / rows;
  const part = Array.isArray(data) ? data.slice(from * width, (from + count) * width) : data.subarray(from * width, (from + count) * width);
  return { type, data: part, dims: [count, ...others] };
}
