/** Which request gets what: prefix, key, deployment, then the routes of the contract. */
import { HEADERS, ROUTES } from "../contract.ts";
import type { Authorize, Verdict } from "./auth.ts";
import type { Call } from "./call.ts";
import type { Collector } from "./collector.ts";
import { isPreflight } from "./cors.ts";
import { HTML, NOT_FAILED, absent, forbidden, noWebSocket, notAllowed, options, preflight, tooLong, unauthorized, withIds } from "./fixed-answers.ts";
import { message } from "./message.ts";
import type { Model } from "./model.ts";
import type { Operations } from "./operations.ts";
import type { Pool } from "./pool.ts";
import type { Scorer } from "./score.ts";
import type { Documents } from "./swagger-files.ts";
import { split, withoutPrefix } from "./target.ts";

/** In logs and metrics only, as nginx writes it. */
const CLIENT_GONE = 499;

/** What the routes need. */
export interface Routing {
  readonly pathPrefix: string;
  readonly deployment: string | undefined;
  readonly authorize: Authorize | undefined;
  readonly model: Model;
  readonly pool: Pool;
  readonly scorer: Scorer;
  readonly operations: Operations;
  readonly collector: Collector | undefined;
  readonly documents: Documents;
  /** Pages of other origins may call: what their browsers ask before that comes without a key. */
  readonly preflights: boolean;
}

/** Answers one request. */
export function route(routing: Routing, call: Call): void {
  if (wantsWebSocket(call)) return call.answer(noWebSocket);
  const { path, query } = split(call.request.url ?? "/");
  if (path === ROUTES.health) return health(routing.pool, call); // probes know neither prefix nor key
  if (routing.operations.answer(path, call)) return;
  const { pathPrefix, authorize } = routing;
  if (!path.startsWith(`${pathPrefix}/`) && path !== pathPrefix) return call.answer({ ...absent, container: false });
  const verdict = authorize?.(call.request.headers.authorization);
  if (!(verdict instanceof Promise)) return enter(routing, call, verdict, path, query);
  const judged = (outcome: Verdict): void => {
    // Nobody would hear of a client that has left in the meantime.
    if (call.request.socket.destroyed) return call.finished(CLIENT_GONE, undefined);
    enter(routing, call, outcome, path, query);
  };
  verdict.then(judged, () => judged("unauthorized"));
}

/** What a caller who has been judged may have. Undefined: there is nobody to judge. */
function enter(routing: Routing, call: Call, verdict: Verdict | undefined, path: string, query: string): void {
  if (verdict === "unauthorized") return routing.preflights && isPreflight(call.request) ? withIds(call, preflight) : call.answer(unauthorized);
  if (verdict?.kind === "forbidden") {
    call.caller = verdict.caller;
    return call.answer(forbidden);
  }
  if (verdict !== undefined) {
    call.caller = verdict;
    call.headers = withoutCredentials(call.headers); // checked here; a script that logs its headers must not log a key
  }
  const { deployment, pathPrefix } = routing;
  const wanted = call.request.headers[HEADERS.deployment];
  if (deployment !== undefined && wanted !== undefined && wanted !== deployment) {
    return call.answer({ status: 404, body: message(`There is no deployment ${String(wanted)} here.`), container: false });
  }
  if (pathPrefix !== "") call.target = withoutPrefix(call.target, pathPrefix);
  contract(routing, call, path.slice(pathPrefix.length), query);
}

function contract(routing: Routing, call: Call, path: string, query: string): void {
  const method = call.request.method ?? "GET";
  if (path === ROUTES.score) {
    call.route = "score";
    if (scores(routing, method)) return call.ids.refusal === undefined ? work(routing, call, path, query) : tooLong(call);
    if (method === "HEAD") return withIds(call, { status: 405, body: message("Method not allowed"), headers: NOT_FAILED });
    if (method === "OPTIONS") return withIds(call, preflight);
    return call.answer(notAllowed);
  }
  const own = routing.model.find?.(method, path);
  if (own !== undefined) {
    call.route = "model";
    if (call.ids.refusal !== undefined) return tooLong(call);
    return own === "worker" ? work(routing, call, path, query) : own(call, routing.pool);
  }
  if (path === ROUTES.swagger) {
    call.route = "swagger";
    if (method === "GET" || method === "HEAD") return document(routing, call, query);
    return method === "OPTIONS" ? withIds(call, options) : call.answer(notAllowed);
  }
  if (path === ROUTES.health || path === "") return health(routing.pool, call);
  return call.answer(absent);
}

/** Gives a request to the workers. */
function work({ model, scorer, collector }: Routing, call: Call, path: string, query: string): void {
  if (call.route === "score") collector?.attach(call);
  model.prepare?.(call, path, query);
  scorer.score(call);
}

/** Scripts may say that they want more than the usual methods. */
const scores = ({ model, pool }: Routing, method: string): boolean => (model.methods ?? pool.description?.methods ?? SCORING).includes(method);
const SCORING: readonly string[] = ["GET", "POST"];

/** 200 only when every worker's init() has ended, and as long as one of them lives. Never mapped: probes read the status itself. */
function health(pool: Pool, call: Call): void {
  call.route = "operations";
  const method = call.request.method ?? "GET";
  if (method === "OPTIONS") return withIds(call, options);
  if (method !== "GET" && method !== "HEAD") return call.answer(notAllowed);
  const { workers, ready, started } = pool.state();
  if (started && ready > 0) return withIds(call, { status: 200, body: "Healthy", type: HTML, container: false });
  const own = started ? "No worker is alive; one is being started." : `${ready} of ${workers} workers have ended their init().`;
  const text = pool.proxied ? "The other server is not ready." : own;
  withIds(call, { status: 503, body: message(text), container: false });
}

function document({ pool, documents }: Routing, call: Call, query: string): void {
  const { description } = pool;
  if (call.ids.refusal !== undefined) return tooLong(call);
  if (description === undefined || !pool.alive) return call.notReady();
  const found = documents(new URLSearchParams(query).get("version") ?? "2", description.schemas);
  if (found === undefined) return call.answer({ status: 404, body: message(UNKNOWN), headers: NOT_FAILED });
  if ("document" in found) return call.answer({ status: 200, body: found.document, headers: NOT_FAILED });
  call.answer({ status: 404, body: message(found.refusal), headers: NOT_FAILED });
}

const UNKNOWN = "Nothing is known of this model's data. A swagger.json in AML_APP_ROOT is served here.";

function withoutCredentials(headers: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const [name, value] = [headers[at] ?? "", headers[at + 1] ?? ""];
    if (name.toLowerCase() !== "authorization") kept.push(name, value);
  }
  return kept;
}

/** Another protocol that is offered, such as h2c, may be ignored; who wants WebSocket can do nothing with an answer of HTTP. */
const wantsWebSocket = ({ request }: Call): boolean =>
  request.headers.upgrade !== undefined && /\bwebsocket\b/i.test(request.headers.upgrade) && /\bupgrade\b/i.test(request.headers.connection ?? "");
