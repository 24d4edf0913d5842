/** Which request gets what: prefix, key, deployment, then the routes of the contract. */
import { HEADERS, MODEL_REASONS, ROUTES } from "../contract.ts";
import type { Authorize } from "./auth.ts";
import type { Answer, Call } from "./call.ts";
import { RUN_FAILED, message } from "./message.ts";
import type { Pool } from "./pool.ts";
import type { Scorer } from "./score.ts";
import { swagger } from "./swagger.ts";
import type { Schemas } from "./swagger.ts";

const HTML = "text/html; charset=utf-8";
const NOT_FAILED = [RUN_FAILED, "False"];
const NOT_FOUND =
  "The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.";
const NOT_ALLOWED = "The method is not allowed for the requested URL.";

const NOT_READY = "The model is not ready.";

/** What the routes need. */
export interface Routing {
  readonly pathPrefix: string;
  readonly deployment: string | undefined;
  readonly authorize: Authorize | undefined;
  readonly schemas: () => Schemas | undefined;
  readonly pool: Pool;
  readonly scorer: Scorer;
}

/** Answers one request. */
export function route(routing: Routing, call: Call): void {
  const { path, query } = split(call.request.url ?? "/");
  if (path === ROUTES.health) return health(routing.pool, call); // probes know neither prefix nor key
  const { pathPrefix, authorize, deployment } = routing;
  if (!path.startsWith(`${pathPrefix}/`) && path !== pathPrefix) return call.answer({ ...absent, container: false });
  if (authorize !== undefined) {
    if (!authorize(call.request.headers.authorization)) return call.answer(unauthorized);
    call.headers = withoutCredentials(call.headers); // checked here; a script that logs its headers must not log a key
  }
  const wanted = call.request.headers[HEADERS.deployment];
  if (deployment !== undefined && wanted !== undefined && wanted !== deployment) {
    return call.answer({ status: 404, body: message(`There is no deployment ${String(wanted)} here.`), container: false });
  }
  contract(routing, call, path.slice(pathPrefix.length), query);
}

function contract(routing: Routing, call: Call, path: string, query: string): void {
  const method = call.request.method ?? "GET";
  if (path === ROUTES.score) {
    if (method === "POST" || method === "GET") return call.ids.refusal === undefined ? routing.scorer.score(call) : tooLong(call);
    if (method === "HEAD") return withIds(call, { status: 405, body: message("Method not allowed"), headers: NOT_FAILED });
    if (method === "OPTIONS") return withIds(call, { status: 200, body: "", type: HTML, headers: NOT_FAILED });
    return call.answer(notAllowed);
  }
  if (path === ROUTES.swagger) {
    if (method === "GET" || method === "HEAD") return document(routing, call, query);
    return method === "OPTIONS" ? withIds(call, options) : call.answer(notAllowed);
  }
  if (path === ROUTES.health || path === "") return health(routing.pool, call);
  return call.answer(absent);
}

/** 200 only when every worker's init() has ended, and as long as one of them lives. Never mapped: probes read the status itself. */
function health(pool: Pool, call: Call): void {
  const method = call.request.method ?? "GET";
  if (method === "OPTIONS") return withIds(call, options);
  if (method !== "GET" && method !== "HEAD") return call.answer(notAllowed);
  const { workers, ready, started } = pool.state();
  if (started && ready > 0) return withIds(call, { status: 200, body: "Healthy", type: HTML, container: false });
  const text = started ? "No worker is alive; one is being started." : `${ready} of ${workers} workers have ended their init().`;
  withIds(call, { status: 503, body: message(text), container: false });
}

function document({ schemas, pool }: Routing, call: Call, query: string): void {
  const known = schemas();
  if (known === undefined || pool.state().ready === 0) {
    if (call.managed) return call.modelProblem(503, MODEL_REASONS.notReady, NOT_READY);
    return withIds(call, { status: 503, body: message(NOT_READY) });
  }
  const version = new URLSearchParams(query).get("version") ?? "2";
  const body = swagger(version, known);
  if (body !== undefined) return withIds(call, { status: 200, body, headers: NOT_FAILED });
  const text = `Swagger version [${version}] is not valid. Supported versions: [2, 3, 3.1].`;
  withIds(call, { status: 404, body: message(text), headers: NOT_FAILED });
}

function withoutCredentials(headers: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const [name, value] = [headers[at] ?? "", headers[at + 1] ?? ""];
    if (name.toLowerCase() !== "authorization") kept.push(name, value);
  }
  return kept;
}

const withIds = (call: Call, answer: Answer): void => (call.ids.refusal === undefined ? call.answer(answer) : tooLong(call));

const tooLong = (call: Call): void => call.answer({ status: 431, body: message(call.ids.refusal ?? ""), headers: NOT_FAILED });

const absent: Answer = { status: 404, body: message(NOT_FOUND), headers: NOT_FAILED, ids: false };
const notAllowed: Answer = { status: 405, body: message(NOT_ALLOWED), headers: NOT_FAILED, ids: false };
const options: Answer = { status: 200, body: "", type: HTML, headers: ["Allow", "OPTIONS, GET, HEAD"], container: false };
const unauthorized: Answer = {
  status: 401,
  body: message("A valid key is needed: Authorization: Bearer <key>."),
  headers: ["WWW-Authenticate", "Bearer"],
  container: false,
};

/** Path and query of a request target, as gunicorn and Flask see them: percent signs resolved, absolute form allowed. */
function split(target: string): { path: string; query: string } {
  const from = target.startsWith("/") ? target : target.replace(/^[a-z]+:\/\/[^/?]*/i, "");
  const at = from.indexOf("?");
  const raw = at < 0 ? from : from.slice(0, at);
  const query = at < 0 ? "" : from.slice(at + 1);
  if (!raw.includes("%") && !raw.startsWith("//")) return { path: raw === "" ? "/" : raw, query };
  try {
    return { path: decodeURIComponent(raw).replace(/^\/+/, "/"), query };
  } catch {
    return { path: raw, query };
  }
}
