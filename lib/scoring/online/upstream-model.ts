/** The kind of model that another server is: any HTTP server beside the front answers `/score`, and the paths that are given to it. */
import { METHODS } from "node:http";
import { ENVIRONMENT, HEADERS, LONGEST_TIMER_MS, ROUTES } from "../contract.ts";
import type { Call } from "./call.ts";
import { message } from "./message.ts";
import type { Model } from "./model.ts";
import type { Settings } from "./options.ts";
import { decoded, isDubious } from "./target.ts";
import { requestHeaders } from "./upstream-head.ts";
import { UpstreamWorker } from "./upstream-worker.ts";
import type { Life, UpstreamOptions } from "./upstream-worker.ts";

/** The server that the settings name, if they name one. */
export function upstreamOptions({ environment, modelDir, ...settings }: Settings): UpstreamOptions | undefined {
  const { upstreamScoring, upstreamReadiness, upstreamLiveness, upstreamPaths, upstreamCommand } = settings;
  if (upstreamScoring === undefined) return undefined;
  const url = (address: string | undefined): URL | undefined => (address === undefined ? undefined : new URL(address));
  return {
    scoring: new URL(upstreamScoring),
    readiness: url(upstreamReadiness),
    liveness: url(upstreamLiveness),
    paths: upstreamPaths,
    command: upstreamCommand,
    environment: { ...environment, ...(modelDir !== undefined && { [ENVIRONMENT.modelDir]: modelDir }) },
  };
}

/** The front before such a server. */
export function upstreamModel(options: UpstreamOptions): Model {
  const life: Life = { problem: undefined };
  const { scoring, paths } = options;
  const passes = (path: string): boolean => paths.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)) && !isDubious(path);
  return {
    kind: { start: (events) => new UpstreamWorker(options, life, events), depth: Infinity, gatherBytes: 0, proxied: true, startMs: LONGEST_TIMER_MS },
    methods: METHODS,
    find: (_method, path) => (passes(path) ? "worker" : path === ROUTES.swagger ? noSwagger : undefined),
    prepare: (call, path, query) => {
      call.headers = requestHeaders(call.headers, scoring.host, madeId(call));
      call.target = call.route === "score" ? scoringTarget(scoring, query) : asItIs(call.target, path, query);
    },
    liveness: () => life.problem,
  };
}

const noSwagger = (call: Call): void => {
  const text = `The server behind this front describes itself: give ${ROUTES.swagger} to --upstream-paths if it has one.`;
  call.answer({ status: 404, body: message(text) });
};

/** The id that the front has made for a client who sent none, so that the server's log and ours can be read side by side. */
const madeId = ({ ids }: Call): string | undefined => (ids.headers[0] === HEADERS.requestId ? ids.headers[1] : undefined);

const scoringTarget = ({ pathname, search }: URL, query: string): string => {
  if (query === "") return `${pathname}${search}`;
  return search === "" ? `${pathname}?${query}` : `${pathname}${search}&${query}`;
};

/** As the client wrote it; where that is a whole address, or has a prefix in another spelling, as the routes have understood it. */
const asItIs = (target: string, path: string, query: string): string => {
  const written = target.startsWith("/") ? target.split("?", 1)[0] : undefined;
  if (written !== undefined && decoded(written) === path) return target;
  const escaped = path.split("/").map(encodeURIComponent).join("/");
  return query === "" ? escaped : `${escaped}?${query}`;
};
