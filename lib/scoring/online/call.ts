/** One request and the one answer it gets: headers, statuses as `raw` or `managed`, the log line. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { HEADERS, MODEL_REASONS } from "../contract.ts";
import type { Statuses } from "../contract.ts";
import { requestIds } from "./ids.ts";
import type { Ids } from "./ids.ts";
import { access } from "./log.ts";
import { message } from "./message.ts";

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

export class Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly ids: Ids;
  /** Whether the client waits for "100 Continue" before it sends the body. */
  expects: boolean;
  /** What a script may see of the request's headers, names and values in turn. */
  headers: readonly string[];
  readonly #voice: Voice;
  readonly #started = performance.now();

  constructor(voice: Voice, request: IncomingMessage, response: ServerResponse, expects: boolean) {
    this.#voice = voice;
    this.request = request;
    this.response = response;
    this.expects = expects;
    this.headers = request.rawHeaders;
    this.ids = requestIds(request.headers);
  }

  get managed(): boolean {
    return this.#voice.statuses === "managed";
  }

  /** Answers whole. */
  answer(answer: Answer): void {
    const body = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
    const rest = this.#unread();
    this.response.shouldKeepAlive &&= rest === "none" || rest === "little"; // before the head is written, which says so
    const own = ["Content-Type", answer.type ?? JSON_TYPE, "Content-Length", String(body.length), ...(answer.headers ?? [])];
    const status = this.#head(answer.status, own, answer.container ?? true, answer.ids ?? true);
    if (rest === "much") this.#linger(body);
    else this.response.end(this.request.method === "HEAD" ? undefined : body);
    this.log(status, body.length);
  }

  /** Starts an answer of a worker. */
  head(status: number, headers: readonly string[], modelMs: number): number {
    return this.#head(status, this.managed ? [...headers, HEADERS.modelTime, modelMs.toFixed(0)] : headers, true, true);
  }

  /** 424: the container is the reason why there is no answer of its own. */
  modelProblem(status: number, reason: string, text: string): void {
    const headers = [HEADERS.modelStatus, String(status), HEADERS.modelReason, reason];
    this.answer({ status: 424, body: message(text), headers, container: false });
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

  /** One line per request; none for health, which is asked all day. */
  log(status: number, bytes: number): void {
    const target = this.request.url ?? "/";
    if (target !== "/") access(this.request.method ?? "GET", target, status, performance.now() - this.#started, bytes);
  }

  #head(status: number, own: readonly string[], container: boolean, ids: boolean): number {
    const { deployment, always } = this.#voice;
    const headers = [...own];
    let sent = status;
    if (this.managed && container && status !== 200) {
      sent = 424;
      headers.push(HEADERS.modelStatus, String(status), HEADERS.modelReason, MODEL_REASONS.error);
    }
    if (ids) headers.push(...always);
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
