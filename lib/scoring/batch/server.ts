/** The invocation service over HTTP. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { BATCH_HEADERS, BATCH_ROUTES, DRY_RUN } from "../contract/batch.ts";
import { HEADERS, PROBES, ROUTES } from "../contract.ts";
import type { Door } from "../online/auth.ts";
import { fail, info } from "../online/log.ts";
import { reasonOf } from "./job-error.ts";
import type { JobService } from "./job-service.ts";
import { Refused, errorBody } from "./refused.ts";
import { resourceOf } from "./resource.ts";

/** A body says where data is, and holds none. */
const MOST_BODY_BYTES = 1 << 20;
const PAGE = 50;
const LONGEST_KEY = 256;

/** What a route answers. */
interface Reply {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How the service is reached. */
export interface ServerOptions {
  readonly jobs: JobService;
  readonly prefix: string;
  /** Absent: everybody may call. */
  readonly door: Door | undefined;
}

/** The server; it listens when told. */
export const batchServer = (options: ServerOptions): Server => {
  const server = createServer((request, response) => void answer(options, request, response));
  // A client that sends its small body slowly does not keep a place for ever.
  server.requestTimeout = 60_000;
  return server;
};

async function answer(options: ServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const started = performance.now();
  // Only what stands behind the host means anything here, whatever a client writes before it.
  const path = (request.url ?? "/").replace(/^https?:\/\/[^/?]*/i, "").replace(/^\/+/, "/");
  let reply: Reply;
  try {
    reply = await route(options, request, new URL(`http://service${path.startsWith("/") ? path : "/"}`));
  } catch (error) {
    const refused = error instanceof Refused ? error : new Refused(500, reasonOf(error));
    if (!(error instanceof Refused)) fail(`${request.method} ${path}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    reply = { status: refused.status, body: JSON.parse(errorBody(refused.code, refused.message)) as object };
  }
  const text = Buffer.from(JSON.stringify(reply.body));
  const isOpen = !request.complete; // a body that nobody has read to its end would be taken for the next request
  response.writeHead(reply.status, { "Content-Type": "application/json", "Content-Length": text.length, ...reply.headers, ...(isOpen ? { Connection: "close" } : {}) });
  response.end(request.method === "HEAD" ? undefined : text);
  if (!isProbe(path)) info(`${request.method} ${path} ${reply.status} ${(performance.now() - started).toFixed(1)}ms`);
}

const HEALTHY: Reply = { status: 200, body: { status: "Healthy" } };
const NOT_READY: Reply = { status: 503, body: { status: "NotReady" } };
const isProbe = (path: string): boolean => ([PROBES.liveness, PROBES.readiness, PROBES.startup] as string[]).includes(path);

async function route(options: ServerOptions, request: IncomingMessage, url: URL): Promise<Reply> {
  const { jobs, prefix } = options;
  if (isProbe(url.pathname)) return jobs.ready || url.pathname === PROBES.liveness ? HEALTHY : NOT_READY;
  const path = url.pathname.startsWith(`${prefix}/`) || url.pathname === prefix ? url.pathname.slice(prefix.length) : undefined;
  if (path === ROUTES.health || path === "") return HEALTHY;
  await authorize(options.door, request.headers.authorization);
  const [, root, id, verb, ...more] = path?.split("/") ?? [];
  if (path === undefined || `/${root}` !== BATCH_ROUTES.jobs || more.length > 0) throw new Refused(404, `there is nothing at ${url.pathname}; jobs are at ${prefix}${BATCH_ROUTES.jobs}`);
  if (id === undefined || id === "") return allowed(request, { GET: () => list(jobs, prefix, url), POST: () => invoke(jobs, prefix, request, url) });
  if (verb === undefined) return allowed(request, { GET: async () => ({ status: 200, body: resourceOf(await jobs.find(id), prefix) }) });
  if (verb === "cancel") return allowed(request, { POST: async () => ({ status: 202, body: resourceOf(await jobs.cancel(id), prefix) }) });
  if (verb === "resume") return allowed(request, { POST: async () => ({ status: 202, body: resourceOf(await jobs.resume(id), prefix) }) });
  throw new Refused(404, `there is nothing at ${url.pathname}; a job has /cancel and /resume`);
}

function allowed({ method = "GET" }: IncomingMessage, routes: Readonly<Record<string, () => Reply | Promise<Reply>>>): Reply | Promise<Reply> {
  const found = routes[method === "HEAD" ? "GET" : method];
  if (found === undefined) throw new Refused(405, `${method} is not one of ${Object.keys(routes).join(", ")}`);
  return found();
}

async function authorize(door: Door | undefined, header: string | undefined): Promise<void> {
  if (door === undefined) return;
  const verdict = await door.authorize(header);
  if (verdict === "unauthorized") throw new Refused(401, "the key or token is missing or wrong: send Authorization: Bearer <key>");
  if (verdict.kind === "forbidden") throw new Refused(403, "the token is right, and its owner may not call this endpoint");
}

async function invoke(jobs: JobService, prefix: string, request: IncomingMessage, url: URL): Promise<Reply> {
  const key = one(request.headers[BATCH_HEADERS.idempotencyKey]);
  if (key !== undefined && (key === "" || key.length > LONGEST_KEY)) throw new Refused(400, `Idempotency-Key: expected 1 to ${LONGEST_KEY} characters`);
  const invocation = { body: await bodyOf(request), deployment: one(request.headers[HEADERS.deployment]), idempotencyKey: key };
  if (flag(url.searchParams.get(DRY_RUN))) return { status: 200, body: await jobs.dryRun(invocation) };
  const { made, record } = await jobs.invoke(invocation);
  const headers = { Location: `${prefix}${BATCH_ROUTES.jobs}/${record.id}`, [HEADERS.deployment]: record.deployment };
  return { status: made ? 202 : 200, body: resourceOf(record, prefix), headers };
}

const flag = (value: string | null): boolean => {
  if (value === null || value === "false") return false;
  if (value === "true" || value === "") return true;
  throw new Refused(400, `${DRY_RUN}: expected true or false; got ${JSON.stringify(value)}`);
};

async function list(jobs: JobService, prefix: string, url: URL): Promise<Reply> {
  const deployment = url.searchParams.get("deployment");
  const skip = url.searchParams.get("$skiptoken");
  const all = await jobs.list(deployment ?? undefined);
  const from = skip === null ? 0 : all.findIndex(({ id }) => id === skip) + 1;
  if (skip !== null && from === 0) throw new Refused(400, "$skiptoken: this page is gone; begin again without one");
  const page = all.slice(from, from + PAGE);
  const next = new URLSearchParams({ ...(deployment === null ? {} : { deployment }), $skiptoken: page.at(-1)?.id ?? "" });
  const nextLink = from + PAGE < all.length ? { nextLink: `${prefix}${BATCH_ROUTES.jobs}?${next}` } : {};
  return { status: 200, body: { value: page.map((record) => resourceOf(record, prefix)), ...nextLink } };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MOST_BODY_BYTES) throw new Refused(413, `the body is longer than ${MOST_BODY_BYTES} bytes: it names data, and holds none`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

const one = (value: string | readonly string[] | undefined): string | undefined => (typeof value === "object" ? value.join(",") : value);
