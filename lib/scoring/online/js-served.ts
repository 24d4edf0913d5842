/** Serves a `score.ts` or `score.js`. */
import { Raised, answerOf } from "./js-response.ts";
import type { CallScript } from "./js-response.ts";
import { headersOf, textOf } from "./js-input.ts";
import type { BatchContext, RunContext, Script } from "./js-loader.ts";
import { answering, threadLog } from "./thread-log.ts";
import { InputError } from "./input-error.ts";
import { INTERNAL, RUN_RAISED, messageAnswer, timedOut } from "./thread-served.ts";
import type { Answer, Served, ThreadRequest } from "./thread-served.ts";
import type { Description } from "./worker.ts";

/** As the contract has it for scripts that say nothing of their data. */
const UNDECLARED = '{"type": "object", "example": {}}';

/** Data of a request, or the answer 400. */
type Input = { readonly text: string; readonly headers: Readonly<Record<string, string>> } | { readonly refusal: Answer };

class TimeIsUp extends Error {
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    super();
    this.timeoutMs = timeoutMs;
  }
}

export class JsServed implements Served {
  readonly description: Description;
  readonly concurrency = 1;
  readonly #script: Script;
  readonly #timeoutMs: number | undefined;

  /** `timeoutMs`: how long a run may take; undefined: as long as it likes. */
  constructor(script: Script, timeoutMs: number | undefined) {
    this.#script = script;
    this.#timeoutMs = timeoutMs;
    this.description = { schemas: { input: UNDECLARED, output: UNDECLARED }, batches: script.runBatch !== undefined };
  }

  async answer(request: ThreadRequest): Promise<Answer> {
    const input = read(request);
    if ("refusal" in input) return input.refusal;
    const { run } = this.#script;
    const context = new Context(input.headers);
    request.onGone = () => context.abort(new DOMException("The client has gone.", "AbortError"));
    try {
      const started = performance.now();
      const script = this.#within(context, started);
      const value = await script(() => run(input.text, context));
      return await answerOf(value, performance.now() - started, script);
    } catch (error) {
      return failure(error);
    }
  }

  /** Where the batch as such fails, each request is run alone. */
  async answerBatch(requests: readonly ThreadRequest[]): Promise<Answer[]> {
    const inputs = requests.map(read);
    const good = inputs.flatMap((input) => ("refusal" in input ? [] : [input]));
    const { runBatch } = this.#script;
    const context = new Context({});
    try {
      const started = performance.now();
      const script = this.#within(context, started);
      const texts = good.map(({ text }) => text);
      const all: BatchContext = { headers: good.map(({ headers }) => headers), get signal() { return context.signal; } };
      const values = good.length === 0 ? [] : await script(() => runBatch?.(texts, all));
      if (!Array.isArray(values) || values.length !== good.length) throw new Raised("wrong length", { cause: new TypeError(wrongList(values, good.length)) });
      const ms = performance.now() - started;
      const rest = values.map((value: unknown) => answerOf(value, ms, script).catch((error: unknown) => failure(error)));
      return await Promise.all(inputs.map((input) => ("refusal" in input ? input.refusal : rest.shift() ?? messageAnswer(500, INTERNAL, false))));
    } catch (error) {
      if (error instanceof TimeIsUp) return requests.map(() => failure(error));
      threadLog("W", `runBatch() failed for ${good.length} requests; each is run alone`, error instanceof Raised ? error.cause : error);
      const answers: Answer[] = [];
      for (const request of requests) answers.push(await answering([request.name], () => this.answer(request)));
      return answers;
    }
  }

  /**
   * Calls the script for one request, run() and the first item of what it streams together in the time that there is. Only a promise can be
   * given up here; code that does not pause is ended by the front, with its thread.
   */
  #within(context: Context, started: number): CallScript {
    return async (call) => {
      try {
        const value = call();
        if (!isThenable(value)) return value;
        return this.#timeoutMs === undefined ? await value : await timed(value, this.#timeoutMs, context, started);
      } catch (error) {
        if (error instanceof TimeIsUp) throw error;
        throw new Raised("run() raised", { cause: error });
      }
    };
  }
}

const isThenable = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> => typeof (value as { then?: unknown } | undefined | null)?.then === "function";

function failure(error: unknown): Answer {
  if (error instanceof TimeIsUp) {
    threadLog("E", `run() was given up after ${error.timeoutMs} ms`);
    return timedOut(error.timeoutMs);
  }
  if (error instanceof Raised) {
    threadLog("E", "Encountered Exception", error.cause);
    return messageAnswer(500, RUN_RAISED, true);
  }
  threadLog("E", "The value that run() returned cannot be sent", error);
  return messageAnswer(500, INTERNAL, false);
}

async function timed<T>(value: PromiseLike<T>, timeoutMs: number, context: Context, started: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new TimeIsUp(timeoutMs)); // first: the script may have an answer to the signal
      context.abort(new DOMException(`The time of ${timeoutMs} ms is up.`, "TimeoutError"));
    }, started + timeoutMs - performance.now());
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Makes the signal only for scripts that ask for it: few do, and it costs more than the rest of a call. */
class Context implements RunContext {
  readonly headers: Readonly<Record<string, string>>;
  #controller: AbortController | undefined;
  #reason: unknown;

  constructor(headers: Readonly<Record<string, string>>) {
    this.headers = headers;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#reason ??= reason;
    this.#controller?.abort(this.#reason);
  }
}

function read(request: ThreadRequest): Input {
  try {
    const headers = headersOf(request.headers);
    return { text: textOf(request, headers), headers };
  } catch (error) {
    if (error instanceof InputError) return { refusal: messageAnswer(400, error.message, false) };
    throw error;
  }
}

const wrongList = (values: unknown, expected: number): string =>
  `runBatch() returned ${Array.isArray(values) ? `a list of ${values.length}` : `a value of type ${typeof values}`}; expected a list of ${expected}`;
