/** Calls an invocation service: its jobs, one after another. */
import { BATCH_HEADERS, DRY_RUN, type JobStatus } from "../scoring/contract/batch.ts";
import { HEADERS } from "../scoring/contract.ts";
import { isObject } from "./project.ts";
import { refuse } from "./refusal.ts";

/** A job as its service tells it. Other services than ours leave out what is beyond the contract. */
export interface JobView {
  readonly name: string;
  readonly properties: {
    readonly status: JobStatus;
    readonly deployment?: string;
    readonly output?: { readonly uri?: string };
    /** Of a pipeline, by name. */
    readonly outputs?: Readonly<Record<string, { readonly uri?: string }>>;
    readonly error?: { readonly message: string };
    readonly progress?: { readonly miniBatches: number; readonly done: number; readonly failedMiniBatches: number; readonly results: number; readonly failedFiles: number };
  };
}

/** What starts a job. */
export interface Start {
  readonly body: string;
  readonly deployment?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

export class BatchClient {
  readonly #url: string;
  readonly #key: string;

  /** `url`: that of the jobs. */
  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  async start({ body, deployment, idempotencyKey }: Start): Promise<JobView> {
    return this.#job(await this.#send("POST", "", body, this.#headers(deployment, idempotencyKey)));
  }

  /** What a job would do. */
  async dryRun({ body, deployment }: Start): Promise<unknown> {
    return this.#send("POST", `?${DRY_RUN}=true`, body, this.#headers(deployment, undefined));
  }

  async find(id: string): Promise<JobView> {
    return this.#job(await this.#send("GET", `/${encodeURIComponent(id)}`));
  }

  async list(): Promise<readonly JobView[]> {
    const jobs: JobView[] = [];
    for (let query: string | undefined = ""; query !== undefined; ) {
      const page: unknown = await this.#send("GET", query);
      if (!isObject(page) || !Array.isArray(page["value"])) return refuse(`${this.#url} answers with no list of jobs`);
      jobs.push(...page["value"].map((each: unknown) => this.#job(each)));
      const next = page["nextLink"];
      query = typeof next === "string" ? new URL(next, this.#url).search : undefined;
    }
    return jobs;
  }

  async act(id: string, verb: "cancel" | "resume"): Promise<JobView> {
    return this.#job(await this.#send("POST", `/${encodeURIComponent(id)}/${verb}`));
  }

  #headers(deployment: string | undefined, key: string | undefined): Record<string, string> {
    return { ...(deployment === undefined ? {} : { [HEADERS.deployment]: deployment }), ...(key === undefined ? {} : { [BATCH_HEADERS.idempotencyKey]: key }) };
  }

  async #send(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<unknown> {
    const answer = await fetch(this.#url + path, {
      method,
      headers: { Authorization: `Bearer ${this.#key}`, ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body }),
    }).catch((error: Error) => refuse(`${this.#url} cannot be reached: ${error.cause instanceof Error ? error.cause.message : error.message}`));
    const text = await answer.text();
    const value = parsed(text);
    if (answer.ok) return value;
    return refuse(`${answer.status} ${answer.statusText}: ${messageIn(value) ?? text}`);
  }

  #job(value: unknown): JobView {
    if (isObject(value) && typeof value["name"] === "string" && isObject(value["properties"])) return value as unknown as JobView;
    return refuse(`${this.#url} answers with no job`);
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Ours and Azure's, and the router's. */
const messageIn = (value: unknown): string | undefined => {
  const message = isObject(value) ? (isObject(value["error"]) ? value["error"]["message"] : value["message"]) : undefined;
  return typeof message === "string" ? message : undefined;
};
