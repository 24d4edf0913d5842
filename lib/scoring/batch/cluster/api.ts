/**
 * The API of a cluster, as far as the service needs it: a few kinds of one namespace, by plain HTTPS. Every request has an end in time, and each is one
 * of the verbs of `JOB_PERMISSIONS` or `PIPELINE_PERMISSIONS`.
 */
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { Refused } from "../refused.ts";
import type { Access } from "./access.ts";

/** What every object has. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly object[];
  };
}

/** Kinds, by the names of their collections. */
export type Kind = "configmaps" | "jobs" | "pods" | "workflows";

const GROUPS: Readonly<Record<Kind, string>> = { configmaps: "/api/v1", jobs: "/apis/batch/v1", pods: "/api/v1", workflows: "/apis/argoproj.io/v1alpha1" };

/** From asking to the last byte. */
const PATIENCE_MS = 15_000;
/** Objects of one answer. */
const PAGE = 500;

/** The API server's own words. Callers of the service get 503. */
export class ApiError extends Refused {
  /** What it answered; 0 when there was no answer. */
  readonly answered: number;

  constructor(answered: number, message: string) {
    super(503, message, "ServiceUnavailable");
    this.answered = answered;
  }
}

/** Rejects with {@link ApiError} where nothing else is said. */
export interface Api {
  readonly namespace: string;
  /** Nothing where there is none. */
  get<T extends KubernetesObject>(kind: Kind, name: string): Promise<T | undefined>;
  /** All with these labels, `key=value,…`. */
  list<T extends KubernetesObject>(kind: Kind, labels: string): Promise<T[]>;
  /** False where there is one of this name. */
  create(kind: Kind, object: KubernetesObject): Promise<boolean>;
  /** False where it has changed since it was read, or is gone. */
  replace(kind: Kind, object: KubernetesObject): Promise<boolean>;
  /** `Foreground`: it is there until everything that it owns is gone. That it is gone already is no error. */
  remove(kind: Kind, name: string, propagation: "Foreground" | "Background"): Promise<void>;
  /** The last lines that a container of a pod has written, its only one where none is named; empty where it has none. */
  log(pod: string, lines: number, container?: string): Promise<string>;
  close(): void;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Opens nothing yet. */
export function connect(access: Access): Api {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const path = (kind: Kind, rest = ""): string => `${GROUPS[kind]}/namespaces/${encodeURIComponent(access.namespace)}/${kind}${rest}`;
  const named = (kind: Kind, name: string): string => path(kind, `/${encodeURIComponent(name)}`);
  const send = (method: string, at: string, body?: object): Promise<Answer> => sent(access, agent, method, at, body);
  const ask = async <T>(method: string, at: string, none: readonly number[], body?: object): Promise<T | undefined> => {
    const { status, text } = await send(method, at, body);
    if (none.includes(status)) return undefined;
    if (status >= 300) throw new ApiError(status, wordsOf(text) ?? `${method} ${at}: ${status}`);
    return (text === "" ? {} : JSON.parse(text)) as T;
  };
  return {
    namespace: access.namespace,
    get: (kind, name) => ask("GET", named(kind, name), [404]),
    list: async <T extends KubernetesObject>(kind: Kind, labels: string): Promise<T[]> => {
      const all: T[] = [];
      for (let next: string | undefined = ""; next !== undefined; ) {
        const query: URLSearchParams = new URLSearchParams({ labelSelector: labels, limit: String(PAGE), ...(next === "" ? {} : { continue: next }) });
        const page: { items: T[]; metadata?: { continue?: string } } | undefined = await ask("GET", path(kind, `?${query}`), []);
        all.push(...(page?.items ?? []));
        next = page?.metadata?.continue === "" ? undefined : page?.metadata?.continue;
      }
      return all;
    },
    create: async (kind, object) => (await ask("POST", path(kind), [409], object)) !== undefined,
    replace: async (kind, object) => (await ask("PUT", named(kind, object.metadata.name), [404, 409], object)) !== undefined,
    remove: async (kind, name, propagationPolicy) => void (await ask("DELETE", named(kind, name), [404], { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy })),
    log: async (pod, lines, container) => {
      const { status, text } = await send("GET", `${named("pods", pod)}/log?tailLines=${lines}${container === undefined ? "" : `&container=${container}`}`);
      return status < 300 ? text : ""; // a container that has not begun, or a pod that has gone
    },
    close: () => agent.destroy(),
  };
}

const wordsOf = (text: string): string | undefined => {
  try {
    return (JSON.parse(text) as { message?: string }).message;
  } catch {
    return undefined;
  }
};

const sent = async (access: Access, agent: Agent, method: string, path: string, body: object | undefined): Promise<Answer> => {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = { accept: "application/json", authorization: `Bearer ${access.token()}`, ...(text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }) };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request({ agent, ca: access.ca, host: access.host, port: access.port, method, path, headers, signal }, resolve);
      outgoing.once("error", reject);
      outgoing.end(text);
    });
    const parts: Buffer[] = [];
    for await (const part of response as AsyncIterable<Buffer>) parts.push(part);
    return { status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() };
  } catch (error) {
    throw new ApiError(0, signal.aborted ? `the API server has not answered within ${PATIENCE_MS / 1000} s` : `the API server cannot be reached: ${(error as Error).message}`);
  }
};
