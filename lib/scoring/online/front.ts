/** The front server: one HTTP listener before a pool of workers. */
import { createServer } from "node:http";
import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import { Server } from "node:net";
import type { AddressInfo } from "node:net";
import { drainMs } from "../contract.ts";
import { openKeys } from "./auth.ts";
import { Call } from "./call.ts";
import type { Voice } from "./call.ts";
import { chooseModel } from "./model.ts";
import type { Settings } from "./options.ts";
import { Pool } from "./pool.ts";
import { route } from "./routes.ts";
import type { Routing } from "./routes.ts";
import { Scorer } from "./score.ts";

/** The version of the contract that clients of the original see. */
const CONTRACT_VERSION = "azmlinfsrv/1.5.1";
/** Proxies keep idle connections for up to an hour; who closes first must not be we, or a request is lost on the way. */
const KEEP_ALIVE_MS = 3_660_000;
/** For requests that were on their way when the last answers had gone. */
const LAST_CALL_MS = 250;

/** A running front. */
export interface Front {
  readonly port: number;
  /** All workers have ended their `init()`; rejects with a StartError when one cannot. */
  readonly started: Promise<void>;
  /** Drains, then ends workers and connections. Resolves when nothing is left. */
  close(): Promise<void>;
}

/** Listens and starts the workers. Rejects when the port, the keys or the model cannot be used. */
export async function startFront(settings: Settings): Promise<Front> {
  const { kind, schemas } = chooseModel(settings);
  const keys = settings.keys === undefined ? undefined : await openKeys(settings.keys);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true });
  const port = await listen(server, settings).catch((error: unknown) => {
    keys?.stop();
    throw error;
  });
  const pool = new Pool(kind, settings.workerCount, settings.workerTimeoutMs);
  const scorer = new Scorer(pool, settings);
  const { pathPrefix, deployment, statuses } = settings;
  const voice: Voice = { statuses, deployment, always: settings.versionHeader ? ["x-ms-server-version", CONTRACT_VERSION] : [] };
  const draining = answer(server, voice, { pathPrefix, deployment, authorize: keys?.authorize, schemas, pool, scorer });
  const close = async (): Promise<void> => {
    draining();
    await drain(server, scorer, settings);
    keys?.stop();
    await pool.stop();
  };
  let closed: Promise<void> | undefined;
  return { port, started: pool.started, close: () => (closed ??= close()) };
}

/** Attaches the routes. The returned function makes every further answer the last of its connection. */
function answer(server: HttpServer, voice: Voice, routing: Routing): () => void {
  let last = false;
  const handle = (request: IncomingMessage, response: ServerResponse, expects: boolean): void => {
    if (last) response.shouldKeepAlive = false;
    route(routing, new Call(voice, request, response, expects));
  };
  server.on("request", (request, response) => handle(request, response, false));
  server.on("checkContinue", (request, response) => handle(request, response, true));
  return () => (last = true);
}

async function listen(server: HttpServer, { host, port }: Settings): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

/** No new connections; what has begun may end, for as long as its own limits allow and gunicorn would let it. */
async function drain(server: HttpServer, scorer: Scorer, settings: Settings): Promise<void> {
  // Not http's own close(): that ends idle connections at once, with requests that are on their way in them.
  Server.prototype.close.call(server);
  const time = new Promise((resolve) => setTimeout(resolve, drainMs(settings)).unref());
  const finished = async (): Promise<void> => {
    await scorer.idle();
    await new Promise((resolve) => setTimeout(resolve, LAST_CALL_MS));
    await scorer.idle();
  };
  await Promise.race([finished(), time]);
  server.closeAllConnections();
  server.close(() => {}); // stops http's own timer
}
