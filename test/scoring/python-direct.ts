/** A Python worker without a front: what one holds at once is the test's business. */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { pythonWorker } from "../../lib/scoring/online/python-worker.ts";
import type { PythonOptions } from "../../lib/scoring/online/python-process.ts";
import type { Description, Exchange, Failure, Worker } from "../../lib/scoring/online/worker.ts";
import { python } from "../python.ts";
import { scripts } from "./harness.ts";

export interface Answered {
  status: number;
  headers: string[];
  body: string;
}

/** A request that is at the worker. */
export interface Asked {
  readonly answer: Promise<Answered>;
  readonly exchange: Exchange;
  /** Resolves when so much of the answer has come. */
  received(text: string): Promise<void>;
}

export interface Direct {
  readonly worker: Worker;
  readonly description: Description;
  readonly exited: Promise<string>;
  ask(body: string, headers?: string[]): Asked;
}

type Given = Partial<Omit<PythonOptions, "environment">> & { environment?: Record<string, string> };

/** Starts one, which logs nothing, and waits until it is ready. Rejects with its Failure. It ends with the test. */
export async function direct(given: Given): Promise<Direct> {
  let settle!: { resolve(description: Description): void; reject(failure: Failure): void };
  const ready = new Promise<Description>((resolve, reject) => (settle = { resolve, reject }));
  let ended!: (how: string) => void;
  const exited = new Promise<string>((resolve) => (ended = resolve));
  const entryScript = given.entryScript === undefined ? undefined : join(scripts, given.entryScript);
  const options: PythonOptions = { python, kind: "script", appRoot: join(scripts, "quiet"), environment: {}, ...given, entryScript };
  const worker = pythonWorker(options)({ ready: settle.resolve, unready: () => {}, batched: () => {}, failed: settle.reject, exited: ended });
  onTestFinished(async () => {
    worker.stop();
    await exited;
  });
  const description = await ready;
  return { worker, description, exited, ask: (body, headers = []) => ask(worker, body, headers) };
}

function ask(worker: Worker, body: string, more: string[]): Asked {
  const got: Answered = { status: 0, headers: [], body: "" };
  const watchers = new Set<() => void>();
  let exchange!: Exchange;
  const answer = new Promise<Answered>((resolve, reject) => {
    const replies = {
      head: (status: number, headers: string[]): void => void Object.assign(got, { status, headers }),
      chunk: (bytes: Buffer): boolean => {
        got.body += bytes.toString();
        for (const watch of watchers) watch();
        return true;
      },
      finish: (): void => resolve(got),
      lost: (): void => reject(new Error("lost")),
      returned: (): void => reject(new Error("returned")),
    };
    const headers = ["Content-Type", "application/json", "Content-Length", String(body.length), ...more];
    exchange = worker.begin({ method: "POST", target: "/score", headers }, [Buffer.from(body)], true, replies);
  });
  answer.catch(() => {}); // whoever cares awaits it
  const received = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const watch = (): void => {
        if (got.body.includes(text)) resolve();
      };
      watchers.add(watch);
      watch();
    });
  return { answer, exchange, received };
}
