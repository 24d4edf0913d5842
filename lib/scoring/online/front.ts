/** The front server: one HTTP listener before a pool of workers. */
import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import { drainMs } from "../contract.ts";
import { answerBrokenRequests } from "./broken-request.ts";
import { Call } from "./call.ts";
import { chooseModel } from "./choose-model.ts";
import { openCollector } from "./collector.ts";
import type { Voice } from "./call.ts";
import { cors } from "./cors.ts";
import { openDoor } from "./door.ts";
import { disconnect, openListeners, stopAccepting } from "./listeners.ts";
import type { Listeners } from "./listeners.ts";
import { logAs } from "./log.ts";
import { openObservation } from "./observation.ts";
import { operations } from "./operations.ts";
import { observers } from "./observer.ts";
import type { Settings } from "./options.ts";
import { Pool } from "./pool.ts";
import { route } from "./routes.ts";
import type { Routing } from "./routes.ts";
import { Scorer } from "./score.ts";
import { readDocuments } from "./swagger-files.ts";
import { withFreePort } from "./upstream-port.ts";

/** The version of the contract that clients of the original see. */
const CONTRACT_VERSION = "azmlinfsrv/1.5.1";
/** For requests that were on their way when the last answers had gone. */
const LAST_CALL_MS = 250;

/** A running front. */
export interface Front {
  readonly port: number;
  /** A second port for health, where there is one. */
  readonly healthPort: number | undefined;
  /** All workers have ended their `init()`; rejects with a StartError when one cannot. */
  readonly started: Promise<void>;
  /** Drains, then ends workers and connections. Resolves when nothing is left. */
  close(): Promise<void>;
}

/** Listens and starts the workers. Rejects when the port, the keys or the model cannot be used. */
export async function startFront(given: Settings): Promise<Front> {
  const settings = await withFreePort(given);
  const { pathPrefix, deployment, statuses, workerCount, workerTimeoutMs } = settings;
  logAs(settings.logFormat, { deployment });
  const documents = readDocuments(settings.appRoot, settings.service);
  const collector = settings.dataCollector === undefined ? undefined : await openCollector(settings.dataCollector);
  const model = chooseModel({ ...settings, environment: { ...settings.environment, ...collector?.environment } });
  const door = await openDoor(settings);
  const observation = await openObservation(settings, process.env);
  const listeners = await openListeners(settings).catch(async (error: unknown) => {
    door?.stop();
    await Promise.all([observation.close(), collector?.close()]);
    throw error;
  });
  const pool = new Pool(model.kind, { ...settings, workers: workerCount, startMs: workerTimeoutMs });
  const scorer = new Scorer(pool, settings);
  const always = settings.versionHeader && model.kind.proxied !== true ? ["x-ms-server-version", CONTRACT_VERSION] : [];
  const voice: Voice = { statuses, deployment, always, cors: cors(settings.corsOrigins), observer: observers(observation.observer, ...(collector === undefined ? [] : [collector.observer])) };
  let draining = false;
  const probes = operations({ pool, draining: () => draining, liveness: model.liveness, metrics: observation.metrics });
  observation.watch({ pool: () => pool.state(), inFlight: () => scorer.inFlight, collected: collector?.counts }, pool.started);
  const routing: Routing = { pathPrefix, deployment, authorize: door?.authorize, model, pool, scorer, operations: probes, collector, documents, preflights: settings.corsOrigins.length > 0 };
  for (const server of listeners.servers) {
    answerBrokenRequests(server, deployment);
    answer(server, voice, routing, () => draining);
  }
  const close = async (): Promise<void> => {
    draining = true;
    await drain(listeners, scorer, settings);
    door?.stop();
    await Promise.all([pool.stop(), observation.close()]);
    await collector?.close();
  };
  let closed: Promise<void> | undefined;
  const { port, healthPort } = listeners;
  return { port, healthPort, started: pool.started, close: () => (closed ??= close()) };
}

/** Attaches the routes. While the front drains, every answer is the last of its connection. */
function answer(server: HttpServer, voice: Voice, routing: Routing, draining: () => boolean): void {
  const handle = (request: IncomingMessage, response: ServerResponse, expects: boolean): void => {
    if (draining()) response.shouldKeepAlive = false;
    route(routing, new Call(voice, request, response, expects));
  };
  server.on("request", (request, response) => handle(request, response, false));
  server.on("checkContinue", (request, response) => handle(request, response, true));
}

/** No new connections; what has begun may end, for as long as its own limits allow and gunicorn would let it. */
async function drain(listeners: Listeners, scorer: Scorer, settings: Settings): Promise<void> {
  stopAccepting(listeners);
  const time = new Promise((resolve) => setTimeout(resolve, drainMs(settings)).unref());
  const finished = async (): Promise<void> => {
    await scorer.idle();
    await new Promise((resolve) => setTimeout(resolve, LAST_CALL_MS));
    await scorer.idle();
  };
  await Promise.race([finished(), time]);
  disconnect(listeners);
}
