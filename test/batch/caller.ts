/** A caller of the contract of batch endpoints, whoever answers. */
import { ENDED, type JobStatus } from "../../lib/scoring/contract/batch.ts";

/** What a job looks like to its caller. */
export interface Job {
  readonly id: string;
  readonly name: string;
  readonly properties: {
    readonly status: JobStatus;
    readonly deployment: string;
    readonly output: { readonly uri: string };
    readonly error?: { readonly message: string };
    readonly progress?: { readonly miniBatches: number; readonly files: number; readonly done: number; readonly failedMiniBatches: number; readonly results: number; readonly failedFiles: number };
  };
}

export interface Reply<T = Job> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** What stands before a service may answer in words of its own. */
const bodyOf = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return { error: { code: "", message: text } };
  }
};

/** A caller of the contract: knows a base URL, and nothing of who answers there. */
export class Caller {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #pauseMs: number;

  /** `pauseMs`: between two looks at a job. */
  constructor(base: string, headers: Readonly<Record<string, string>> = {}, pauseMs = 20) {
    this.#base = base;
    this.#headers = headers;
    this.#pauseMs = pauseMs;
  }

  async send<T = Job>(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Reply<T>> {
    const text = body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body);
    const answer = await fetch(this.#base + path, { method, body: text, headers: { ...this.#headers, ...headers } });
    return { status: answer.status, headers: answer.headers, body: bodyOf(await answer.text()) as T };
  }

  post(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    return this.send("POST", "/jobs", body, headers);
  }

  /** Starts a job, which must be possible. */
  async start(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const reply = await this.post(body, headers);
    if (reply.status !== 202) throw new Error(`${reply.status}: ${JSON.stringify(reply.body)}`);
    return reply.body.name;
  }

  async get(id: string): Promise<Job> {
    return (await this.send("GET", `/jobs/${id}`)).body;
  }

  /** The job, as soon as a look at it gives true. */
  async until(id: string, look: (job: Job) => boolean): Promise<Job> {
    for (;;) {
      const job = await this.get(id);
      if (look(job)) return job;
      if (ENDED.includes(job.properties.status)) throw new Error(`job ${id} is ${job.properties.status}: ${job.properties.error?.message}`);
      await new Promise((resolve) => setTimeout(resolve, this.#pauseMs)); // the contract tells nobody: it is asked
    }
  }

  ended(id: string): Promise<Job> {
    return this.until(id, ({ properties }) => ENDED.includes(properties.status));
  }

  /** Starts a job and waits for its end. */
  async run(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Job> {
    return this.ended(await this.start(body, headers));
  }
}
