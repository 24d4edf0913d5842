/** One request and the one answer it gets: headers, statuses as `raw` or `managed`, the log line. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { HEADERS, MODEL_REASONS } from "../contract.ts";
import type { Statuses } from "../contract.ts";
import type { Caller } from "./auth.ts";
import type { Cors } from "./cors.ts";
import { requestIds, withoutIds } from "./ids.ts";
import type { Ids } from "./ids.ts";
import { message } from "./message.ts";
import { redacted } from "./redact.ts";
import type { Raised } from "./worker.ts";

const JSON_TYPE = "application/json";
/** How long a client that is still sending may read a refusal before its connection is closed. */
const LINGER_MS = 2000;
/** A rest of a body worth reading for the sake of the connection. */
const LITTLE_BYTES = 64 * 1024;

/** What is the same for all answers of a front. */
export interface Voice {
  readonly statuses: Statuses;
  readonly deployment: string | undefined;
  /** Headers of every answer with ids, such as the version of the contract. */
  readonly always: readonly string[];
  /** More of them, which depend on who asks: pages of other origins. */
  readonly cors: Cors | undefined;
  readonly observer: Observer;
}

/** What became of a request. */
export interface Outcome {
  /** The status that was sent. */
  readonly status: number;
  /** Bytes of the answer's body; undefined where it was streamed, with no length known before. */
  readonly bytes: number | undefined;
}

/** Looks on while requests are answered. What it needs to know stands in the {@link Call}. */
export interface Observer {
  /** Before anything is decided. It may change {@link Call.headers}, which is what the worker sees. */
  began?(call: Call): void;
  /** The answer has been handed to the system, or its client is gone. */
  finished(call: Call, outcome: Outcome): void;
}

/** What a request was for: the label of its metrics, of which there are few. */
export type RouteName = "operations" | "score" | "swagger" | "model" | "unknown";

/** When things happened to a request, as `performance.now()`; undefined: not yet. */
export interface Milestones {
  /** It asked for a worker. */
  queued?: number;
  /** A worker took it. */
  begun?: number;
  /** The first byte of the worker's answer came. */
  replied?: number;
  /** The last did. */
  replyEnded?: number;
}

/** Sees the bytes of one request and its answer pass by. */
export interface Tap {
  request(chunk: Buffer): void;
  head(status: number, headers: readonly string[]): void;
  response(chunk: Buffer): void;
}

/** An answer with a small body. */
export interface Answer {
  readonly status: number;
  readonly body: string | Buffer;
  readonly type?: string;
  readonly headers?: readonly string[];
  /** The container's own answer, which Azure's router maps, and not the router's. Default true. */
  readonly container?: boolean;
  /** Without ids: paths and methods that the original has no route for. Default true. */
  readonly ids?: boolean;
}

/** Names of a trace and of a part of it, in hexadecimal, as `traceparent` writes them. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** One request. What happens to it is written here as it happens, for those who look on. */
export class Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly ids: Ids;
  /** Whether the client waits for "100 Continue" before it sends the body. */
  expects: boolean;
  /** What a script may see of the request's headers, names and values in turn. */
  headers: readonly string[];
  /** Path and query without the prefix, as the worker sees them. */
  target: string;
  route: RouteName = "unknown";
  /** Who calls, once that has been checked. */
  caller: Caller | undefined;
  /** The worker's own status, where one answered. */
  modelStatus: number | undefined;
  /** Why there is no answer of a worker, as the status that a 424 names: 502 it died, 503 none is ready. */
  problem: number | undefined;
  /** The script's exception behind the answer, where Application Insights is to hear of it. */
  raised: Raised | undefined;
  /** Bytes of the body that have been read. */
  received = 0;
  /** Bytes of the answer's body that have been handed on. */
  sent = 0;
  /** Its own part of a trace, where traces are exported. */
  span: SpanIds | undefined;
  tap: Tap | undefined;
  readonly startedAt = performance.now();
  readonly milestones: Milestones = {};
  readonly #voice: Voice;
  #over = false;

  constructor(voice: Voice, request: IncomingMessage, response: ServerResponse, expects: boolean) {
    this.#voice = voice;
    this.request = request;
    this.response = response;
    this.expects = expects;
    this.headers = request.rawHeaders;
    this.target = request.url ?? "/";
    this.ids = requestIds(request.headers);
    voice.observer.began?.(this);
  }

  /** One of the ids that the answer carries, by its header. */
  id(header: string): string | undefined {
    const at = this.ids.headers.indexOf(header);
    return at < 0 ? undefined : this.ids.headers[at + 1];
  }

  /** What JSON lines call the request: its id, without what a client must not have written there. */
  get name(): string {
    return redacted(this.id(HEADERS.requestId) ?? "");
  }

  get managed(): boolean {
    return this.#voice.statuses === "managed";
  }

  /** Answers whole; where an answer has begun already, it breaks off. */
  answer(answer: Answer): void {
    if (this.response.headersSent) return this.cut(answer.status);
    const body = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
    const rest = this.#unread();
    this.response.shouldKeepAlive &&= rest === "none" || rest === "little"; // before the head is written, which says so
    const own = ["Content-Type", answer.type ?? JSON_TYPE, "Content-Length", String(body.length), ...(answer.headers ?? [])];
    const status = this.#head(answer.status, own, answer.container ?? true, answer.ids ?? true);
    if (rest === "much") this.#linger(body);
    else this.response.end(this.request.method === "HEAD" ? undefined : body);
    this.sent = body.length;
    this.finished(status, body.length);
  }

  /** Starts an answer of a worker. */
  head(status: number, headers: readonly string[], modelMs: number): number {
    this.modelStatus = status;
    this.tap?.head(status, headers);
    return this.#head(status, this.managed ? [...headers, HEADERS.modelTime, modelMs.toFixed(0)] : headers, true, true);
  }

  /** 424: the container is the reason why there is no answer of its own. */
  modelProblem(status: number, reason: string, text: string): void {
    this.problem = status;
    const headers = [HEADERS.modelStatus, String(status), HEADERS.modelReason, reason];
    this.answer({ status: 424, body: message(text), headers, container: false });
  }

  /** Nobody is there to answer: 503, which is 424 where statuses are mapped. */
  notReady(): void {
    const text = "The model is not ready.";
    if (this.managed) return this.modelProblem(503, MODEL_REASONS.notReady, text);
    this.problem = 503;
    this.answer({ status: 503, body: message(text) });
  }

  /** Whoever was there has not answered: 502, which is 424 where statuses are mapped. */
  broken(text: string): void {
    this.modelStatus = undefined; // it may have begun, with a head that cannot be sent
    if (this.managed) return this.modelProblem(502, MODEL_REASONS.error, text);
    this.problem = 502;
    this.answer({ status: 502, body: message(text) });
  }

  /** 429, in the words of Azure's router. */
  tooMany(text: string): void {
    this.answer({ status: 429, body: message(text), headers: [HEADERS.modelReason, MODEL_REASONS.tooManyPending], container: false });
  }

  /** 429: every place is taken. */
  full(places: number | undefined): void {
    this.tooMany(`More than ${places} requests at once: twice what the instances run at once (maxConcurrentRequestsPerInstance).`);
  }

  /** 408 for a body that does not come. Whoever drips it would drip on, so the connection ends with the answer. */
  tooSlow(): void {
    this.response.shouldKeepAlive = false;
    this.answer({ status: 408, body: message("The request body took too long to arrive."), container: false });
  }

  /** 413: ours, because the original has no limit. */
  tooLarge(bytes: number): void {
    this.answer({ status: 413, body: message(`The request body must not exceed ${bytes} bytes.`), container: false });
  }

  /** An answer that has begun cannot become another one: only the end of its connection says that it is not whole. */
  cut(status: number): void {
    if (!this.response.writableEnded) this.request.socket.destroy();
    this.finished(status, undefined);
  }

  /** The answer is complete. Who looks on hears of the first end of a request alone. */
  finished(status: number, bytes: number | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#voice.observer.finished(this, { status, bytes });
  }

  #head(status: number, own: readonly string[], container: boolean, ids: boolean): number {
    const { deployment, always, cors } = this.#voice;
    const headers = withoutIds(own, this.ids.headers);
    let sent = status;
    if (this.managed && container && status !== 200) {
      sent = 424;
      headers.push(HEADERS.modelStatus, String(status), HEADERS.modelReason, MODEL_REASONS.error);
    }
    if (ids) headers.push(...(cors?.(this.request, headers) ?? []), ...always);
    if (ids || this.managed) headers.push(...this.ids.headers);
    if (deployment !== undefined) headers.push(HEADERS.deployment, deployment);
    this.response.writeHead(sent, headers);
    return sent;
  }

  /** What the client has still to send. A little is read and thrown away; a client that waits for "100 Continue" sends nothing. */
  #unread(): "none" | "little" | "much" | "withheld" {
    const { complete, headers } = this.request;
    if (complete) return "none";
    const declared = headers["transfer-encoding"] === undefined ? Number(headers["content-length"] ?? 0) : Infinity;
    if (declared === 0) return "none";
    if (this.expects) return "withheld";
    return declared <= LITTLE_BYTES ? "little" : "much";
  }

  /** Refused before the body was read: closing now would reset the connection, and the client might never see the answer. */
  #linger(body: Buffer): void {
    const { request, response } = this;
    if (request.method !== "HEAD") response.write(body);
    const close = (): void => {
      clearTimeout(timer);
      response.end();
    };
    const timer = setTimeout(close, LINGER_MS).unref();
    request.once("end", close).once("close", close).resume();
  }
}
