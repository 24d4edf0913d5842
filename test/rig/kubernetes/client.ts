/** The API of a cluster, by plain HTTPS. */
import { Agent, request, type RequestOptions } from "node:https";
import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { readKubeconfig, type Access } from "./kubeconfig.ts";

/** An object of the API, or a part of one. */
export type Fields = Record<string, any>;

export interface Answer {
  readonly status: number;
  readonly body: Fields;
  /** Texts of the `Warning` headers. */
  readonly warnings: readonly string[];
}

/** One change, as a watch tells it. */
export interface Change {
  /** `LISTED`: what was there already has been told; its object is the list. */
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "ERROR" | "BOOKMARK" | "LISTED";
  readonly object: Fields;
}

/** What identifies an object. */
export interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}

export interface Client {
  readonly access: Access;
  /** The content type is that of the body's kind: `application/json` unless said. */
  send(method: string, path: string, body?: unknown, type?: string): Promise<Answer>;
  /** As `send`; anything but success is an `ApiError`. */
  ask(method: string, path: string, body?: unknown, type?: string): Promise<Fields>;
  /** Changes of a collection's path, from the state that it has now, until the caller leaves. */
  watch(path: string): AsyncGenerator<Change>;
  /** Path of a collection: of a namespace, or of all without one. */
  collection(apiVersion: string, kind: string, namespace?: string): Promise<string>;
  /** Path of an object. */
  path(object: Identity): Promise<string>;
}

/** The API server's own words. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor({ body, status }: Answer, what: string) {
    super(body["message"] ?? `${what}: ${status} ${JSON.stringify(body)}`);
    this.status = status;
    this.reason = body["reason"] ?? "";
  }
}

export const connect = (kubeconfig: string): Client => {
  const access = readKubeconfig(kubeconfig);
  const agent = new Agent({ keepAlive: true });
  const open = (method: string, path: string, body: unknown, type: string): Promise<IncomingMessage> => opened(access, agent, { method, path }, body, type);
  const send: Client["send"] = async (method, path, body, type = "application/json") => answerOf(await open(method, path, body, type));
  const ask: Client["ask"] = async (method, path, body, type) => {
    const answer = await send(method, path, body, type);
    if (answer.status >= 300) throw new ApiError(answer, `${method} ${path}`);
    return answer.body;
  };
  const collection = collections(ask);
  return {
    access,
    send,
    ask,
    watch: (path) => watch(ask, open, path),
    collection,
    path: async ({ apiVersion, kind, metadata: { name, namespace } }) => `${await collection(apiVersion, kind, namespace ?? "default")}/${name}`,
  };
};

const opened = ({ ca, cert, key, rejectUnauthorized, server, token }: Access, agent: Agent, options: RequestOptions, body: unknown, type: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    // Node gives the body of a DELETE no length by itself.
    const content = text === undefined ? {} : { "content-type": type, "content-length": Buffer.byteLength(text) };
    const headers = { accept: "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...content };
    const base = { agent, ca, cert, key, rejectUnauthorized, host: server.hostname, port: server.port, headers };
    const outgoing = request({ ...base, ...options } as RequestOptions, resolve);
    outgoing.once("error", reject);
    outgoing.end(text);
  });

const answerOf = async (response: IncomingMessage): Promise<Answer> => {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  const isJson = response.headers["content-type"]?.startsWith("application/json") === true;
  const warnings = [response.headersDistinct["warning"] ?? []].flat().map((line) => /^\d+ \S+ "(.*)"$/.exec(line)?.[1] ?? line);
  return { status: response.statusCode ?? 0, body: isJson ? (JSON.parse(text) as Fields) : { message: text }, warnings };
};

/** What is there first, then what changes; a watch that the server ends is taken up where it was. */
async function* watch(ask: Client["ask"], open: (method: string, path: string, body: unknown, type: string) => Promise<IncomingMessage>, path: string): AsyncGenerator<Change> {
  const and = path.includes("?") ? "&" : "?";
  const list = await ask("GET", path);
  for (const object of list["items"] as Fields[]) yield { type: "ADDED", object };
  yield { type: "LISTED", object: list };
  for (let version = list["metadata"].resourceVersion as string; ; ) {
    const response = await open("GET", `${path}${and}watch=true&allowWatchBookmarks=true&resourceVersion=${version}`, undefined, "");
    try {
      for await (const line of createInterface({ input: response })) {
        const change = JSON.parse(line) as Change;
        if (change.type === "ERROR") throw new Error(`watch of ${path}: ${JSON.stringify(change.object)}`);
        version = change.object["metadata"].resourceVersion as string;
        if (change.type !== "BOOKMARK") yield change;
      }
    } finally {
      response.destroy();
    }
  }
}

/** The API server says of each kind how its collection is called, and whether namespaces have one each. */
const collections = (ask: Client["ask"]): Client["collection"] => {
  const known = new Map<string, Fields[]>();
  const find = async (base: string, kind: string): Promise<Fields | undefined> => {
    const cached = known.get(base)?.find((each) => each["kind"] === kind);
    if (cached !== undefined) return cached;
    const { resources } = await ask("GET", base);
    const own = (resources as Fields[]).filter(({ name }) => !(name as string).includes("/"));
    known.set(base, own);
    return own.find((each) => each["kind"] === kind);
  };
  return async (apiVersion, kind, namespace) => {
    const base = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const found = await find(base, kind);
    if (found === undefined) throw new Error(`no matches for kind "${kind}" in version "${apiVersion}"`);
    return found["namespaced"] === true && namespace !== undefined ? `${base}/namespaces/${namespace}/${found["name"]}` : `${base}/${found["name"]}`;
  };
};
