/** What `run()` returned becomes an answer. */
import { validateHeaderValue } from "node:http";
import { RUN_FAILED } from "./message.ts";
import { pythonJson } from "./python-json.ts";
import { resultHeaders } from "./thread-served.ts";
import type { Answer } from "./thread-served.ts";

/** The script itself failed; the cause is its error. */
export class Raised extends Error {}

/** The front's own, or such that concern the connection and not the answer. */
const NOT_OURS = new Set(["connection", "content-length", "keep-alive", "transfer-encoding", "upgrade", "trailer", "x-request-id", "x-ms-request-id", "x-ms-client-request-id"]);

/** Calls the script, for as long as its time allows, and rejects with {@link Raised} when it fails. */
export type CallScript = <T>(call: () => T | PromiseLike<T>) => Promise<T>;

/** A `Response` as it is, an iterator as a stream of text or bytes, everything else as JSON. Throws what cannot become one of these. */
export async function answerOf(value: unknown, ms: number, script: CallScript): Promise<Answer> {
  if (value instanceof Response) return responseAnswer(value, ms, script);
  const items = iterator(value);
  if (items === undefined) return { status: 200, headers: resultHeaders(ms), content: pythonJson(value ?? {}) };
  return begun(items, 200, resultHeaders(ms, "text/plain; charset=utf-8"), script);
}

/** Generators, and whatever else is iterated asynchronously. Lists are data. */
function iterator(value: unknown): AsyncIterator<unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Symbol.asyncIterator in value) return (value as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  if (Symbol.iterator in value && "next" in value) return (async function* (items: Iterable<unknown>) { yield* items; })(value as Iterable<unknown>);
  return undefined;
}

function responseAnswer(response: Response, ms: number, script: CallScript): Promise<Answer> | Answer {
  const { status, body } = response;
  if (status < 200) throw new TypeError(`a Response of status ${status} cannot be sent`);
  const failed = status >= 500 ? "True" : (response.headers.get(RUN_FAILED) ?? "False");
  const headers = [RUN_FAILED, failed, "x-ms-run-fn-exec-ms", ms.toFixed(3)];
  for (const [name, value] of response.headers) {
    validateHeaderValue(name, value); // a Response takes more than HTTP has
    if (!NOT_OURS.has(name) && name !== RUN_FAILED) headers.push(name, value);
  }
  if (body === null) return { status, headers, content: "" };
  if (response.bodyUsed) throw new TypeError("the body of the Response has been read already");
  return begun(read(body), status, headers, script);
}

/** The stream's own iterator cannot be ended while it waits for an item. */
function read(body: ReadableStream<unknown>): AsyncIterator<unknown> {
  const reader = body.getReader();
  const end = async (): Promise<IteratorResult<unknown>> => {
    await reader.cancel();
    return { done: true, value: undefined };
  };
  return { next: () => reader.read(), return: end };
}

/**
 * The first item comes before the head, so that what fails at once is an answer of its own. Whatever is whole by the next turn of the event
 * loop is sent in one piece, with its length.
 */
async function begun(items: AsyncIterator<unknown>, status: number, headers: readonly string[], script: CallScript): Promise<Answer> {
  const first = await script(() => items.next()).catch((error: unknown) => {
    const end = async (): Promise<unknown> => items.return?.();
    end().catch(() => {}); // not awaited: it may wait for the item that does not come
    throw error;
  });
  if (first.done === true) return { status, headers, content: "" };
  const second = items.next();
  second.catch(() => {}); // is awaited below, later
  const turn = new Promise<undefined>((resolve) => setImmediate(resolve, undefined));
  if ((await Promise.race([second, turn]))?.done === true) return { status, headers, content: bytesOf(first.value) };
  return { status, headers, content: rest(bytesOf(first.value), second, items) };
}

async function* rest(first: Uint8Array, second: Promise<IteratorResult<unknown>>, items: AsyncIterator<unknown>): AsyncGenerator<Uint8Array> {
  let whole = false;
  try {
    yield first;
    for (let next = await second; next.done !== true; next = await items.next()) yield bytesOf(next.value);
    whole = true;
  } finally {
    if (!whole) await items.return?.();
  }
}

function bytesOf(item: unknown): Uint8Array {
  if (typeof item === "string") return Buffer.from(item);
  if (item instanceof Uint8Array) return item;
  throw new TypeError(`a streamed answer is made of texts and Uint8Arrays; got a value of type ${item === null ? "null" : typeof item}`);
}
