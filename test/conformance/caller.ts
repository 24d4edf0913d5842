/** Somebody who calls an endpoint, whatever serves it. */
import { EventEmitter, once } from "node:events";
import { Agent, request, type IncomingHttpHeaders, type RequestOptions } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";

/** Where an endpoint is, and with what it is called. */
export interface Door {
  /** Of `/score`. */
  readonly url: URL;
  readonly key: string;
  /** Where the URL's host really is, if no name says so. */
  readonly at?: { readonly host: string; readonly port: number };
  /** Who signed its certificate. */
  readonly ca?: string;
}

/** What a caller gets. */
export interface Answer {
  readonly status: number;
  readonly deployment: string | undefined;
  readonly body: string;
  /** What the container answered, where the status says only that it was not 200. */
  readonly modelStatus?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** The body as it came, in parts. */
  readonly parts: readonly string[];
}

/** A load that goes on until it is told to stop, or its owner ends. */
export interface Load extends AsyncDisposable {
  /** In the order in which they came. */
  readonly answers: readonly Answer[];
  /** So many more answers have come. */
  more(count: number): Promise<void>;
  stop(): Promise<void>;
}

type Headers = Readonly<Record<string, string>>;

/** A connection that broke, or was refused. */
const BROKEN: Answer = { status: 0, deployment: undefined, body: "", headers: {}, parts: [] };

export class Caller {
  readonly #door: () => Promise<Door>;
  readonly #agents = { "http:": new Agent({ keepAlive: true, maxSockets: 16 }), "https:": new SecureAgent({ keepAlive: true, maxSockets: 16 }) };

  constructor(door: () => Door | Promise<Door>) {
    this.#door = async () => door();
  }

  /** A request to score. */
  async post(body: string, headers: Headers = {}): Promise<Answer> {
    const door = await this.#door();
    return this.#send(door, door.url, { method: "POST", headers: { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)), ...headers } }, body);
  }

  /** Another page of the endpoint: `swagger.json`, or one that is not there. */
  async get(page: string, headers: Headers = {}): Promise<Answer> {
    const door = await this.#door();
    return this.#send(door, new URL(page, door.url), { method: "GET", headers });
  }

  #send({ at, ca, key }: Door, url: URL, { headers, method }: { readonly method: string; readonly headers: Headers }, body?: string): Promise<Answer> {
    const secure = url.protocol === "https:";
    const options: RequestOptions = {
      method,
      agent: this.#agents[secure ? "https:" : "http:"],
      host: at?.host ?? url.hostname,
      port: at?.port ?? url.port,
      path: url.pathname,
      headers: { host: url.host, authorization: `Bearer ${key}`, ...headers },
      ...(secure ? { servername: url.hostname, ca } : {}),
    };
    return new Promise((resolve, reject) => {
      const outgoing = (secure ? secureRequest : request)(options, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.once("error", reject);
        const { headers: heard, statusCode: status = 0 } = response;
        const [deployment, modelStatus] = ["azureml-model-deployment", "ms-azureml-model-error-statuscode"].map((name) => heard[name]?.toString());
        response.once("end", () => resolve({ status, deployment, modelStatus, body: Buffer.concat(parts).toString(), headers: heard, parts: parts.map(String) }));
      });
      outgoing.once("error", reject);
      outgoing.end(body);
    });
  }

  /** As many requests, so many at a time; a broken connection counts as status 0. */
  async load(count: number, atOnce: number, body: (i: number) => string, headers: Headers = {}): Promise<Answer[]> {
    const answers: Answer[] = [];
    let next = 0;
    const caller = async (): Promise<void> => {
      for (let i = next++; i < count; i = next++) answers[i] = await this.post(body(i), headers).catch(() => BROKEN);
    };
    await Promise.all(Array.from({ length: atOnce }, caller));
    return answers;
  }

  /** Requests without end, so many at a time; a broken connection counts as status 0. */
  endless(atOnce: number, body: (i: number) => string, headers: Headers = {}): Load {
    const answers: Answer[] = [];
    const heard = new EventEmitter();
    let going = true;
    const caller = async (): Promise<void> => {
      while (going) {
        answers.push(await this.post(body(answers.length), headers).catch(() => BROKEN));
        heard.emit("answer");
      }
    };
    const callers = Promise.all(Array.from({ length: atOnce }, caller));
    const more = async (count: number): Promise<void> => {
      for (const enough = answers.length + count; answers.length < enough; ) await once(heard, "answer");
    };
    const stop = async (): Promise<void> => {
      going = false;
      await callers;
    };
    return { answers, more, stop, [Symbol.asyncDispose]: stop };
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }
}
