/** The front server: one HTTP listener before a pool of workers. */
import { ServerResponse } from "node:http";
import type { IncomingMessage, Server as HttpServer } from "node:http";
import type { Socket } from "node:net";
import { drainMs } from "../contract.ts";
import { CONTRACT_VERSION } from "./banner.ts";
import { answerBrokenRequests } from "./broken-request.ts";
import { Call } from "./call.ts";
import { chooseModel } from "./choose-model.ts";
import { openCollector } from "./collector.ts";
import type { Voice } from "./call.ts";
import { cors } from "./cors.ts";
import { unexpected } from "./fixed-answers.ts";
import { openDoor } from "./door.ts";
import { disconnect, openListeners, stopAccepting } from "./listeners.ts";
import type { Listeners } from "./listeners.ts";
import { logAs } from "./log.ts";
import { openObservation } from "./observation.ts";
import { operations } from "./operations.ts";
import { observers } from "./observer.ts";
import type { Settings } from "./options.ts";
import { Pool } from "./pool.ts";
import { Presence } from "./presence.ts";
import { route } from "./routes.ts";
import type { Routing } from "./routes.ts";
import { Scorer } from "./score.ts";
import { readDocuments } from "./swagger-files.ts";
import { writeTermination } from "./termination.ts";
import { withFreePort } from "./upstream-port.ts";
import { warmUp, warmed } from "./warm-up.ts";

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

/** Closes what has been opened, the last first. */
type Closers = (() => Promise<void> | void)[];

/** Listens and starts the workers, and if it is to be warm, itself. Rejects when the port, the keys or the model cannot be used. */
export async function startFront(given: Settings, warm = false): Promise<Front> {
  const closers: Closers = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).toReversed()) await close();
  };
  try {
    const { listeners, started } = await open(await withFreePort(given), warm, closers);
    let closed: Promise<void> | undefined;
    return { port: listeners.port, healthPort: listeners.healthPort, started, close: () => (closed ??= closeAll()) };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function open(settings: Settings, warm: boolean, closers: Closers): Promise<{ listeners: Listeners; started: Promise<void> }> {
  const { pathPrefix, deployment, statuses, workerCount, workerTimeoutMs } = settings;
  logAs(settings.logFormat, { deployment });
  const documents = readDocuments(settings.appRoot, settings.service);
  const collector = settings.dataCollector === undefined ? undefined : await openCollector(settings.dataCollector);
  if (collector !== undefined) closers.push(() => collector.close());
  const model = chooseModel({ ...settings, environment: { ...settings.environment, ...collector?.environment } });
  const door = await openDoor(settings);
  if (door !== undefined) closers.push(() => door.stop());
  const observation = await openObservation(settings, process.env);
  closers.push(() => observation.close());
  const listeners = await openListeners(settings);
  closers.push(() => disconnect(listeners));
  closers.push(() => model.kind.close?.());
  const always = settings.versionHeader && model.kind.proxied !== true ? ["x-ms-server-version", CONTRACT_VERSION] : [];
  const own = { statuses, deployment, always };
  const kind = warm && model.kind.proxied !== true ? warmed(model.kind, () => warmUp(own)) : model.kind;
  const pool = new Pool(kind, { ...settings, workers: workerCount, startMs: workerTimeoutMs, printed: observation.printed, stuck: (failure) => writeTermination(settings.terminationLog, failure) });
  closers.push(() => pool.stop());
  const scorer = new Scorer(pool, settings, settings.logFormat === "json");
  const presence = new Presence();
  let draining = false;
  closers.push(() => {
    draining = true;
    return drain(listeners, [scorer, presence], settings);
  });
  const observer = observers(observation.observer, ...(collector === undefined ? [] : [collector.observer]), presence);
  const voice: Voice = { ...own, cors: cors(settings.corsOrigins), observer };
  const probes = operations({ pool, draining: () => draining, liveness: model.liveness, metrics: observation.metrics });
  observation.watch({ pool: () => pool.state(), inFlight: () => scorer.inFlight, batchSizes: settings.maxBatchSize > 1 ? pool.batchSizes : undefined, collected: collector?.counts }, pool.started);
  const routing: Routing = { pathPrefix, deployment, authorize: door?.authorize, model, pool, scorer, operations: probes, collector, documents, preflights: settings.corsOrigins.length > 0 };
  for (const server of listeners.servers) answer(server, voice, routing, () => draining);
  return { listeners, started: pool.started };
}

/** Attaches the routes. While the front drains, every answer is the last of its connection. */
function answer(server: HttpServer, voice: Voice, routing: Routing, draining: () => boolean): void {
  const remember = answerBrokenRequests(server, voice);
  const begin = (request: IncomingMessage, response: ServerResponse, expects: boolean): Call => {
    if (draining()) response.shouldKeepAlive = false;
    const call = new Call(voice, request, response, expects);
    remember(call);
    return call;
  };
  server.on("request", (request, response) => route(routing, begin(request, response, false)));
  server.on("checkContinue", (request, response) => route(routing, begin(request, response, true)));
  server.on("checkExpectation", (request, response) => begin(request, response, true).answer(unexpected));
  server.on("connect", (request, socket) => {
    const response = lastOf(request, socket as Socket);
    if (response !== undefined) route(routing, begin(request, response, false));
  });
}

/** Node gives no response to who asks for a tunnel, and leaves the connection to us. Behind a request that has no answer yet there is none. */
function lastOf(request: IncomingMessage, socket: Socket): ServerResponse | undefined {
  socket.on("error", () => {}); // "close" follows
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  try {
    response.assignSocket(socket);
  } catch {
    socket.destroy();
    return undefined;
  }
  response.on("finish", () => socket.destroySoon());
  return response;
}

/** No new connections; what has begun may end, for as long as its own limits allow and gunicorn would let it. */
async function drain(listeners: Listeners, busy: readonly { idle(): Promise<void> }[], settings: Settings): Promise<void> {
  stopAccepting(listeners);
  const time = new Promise((resolve) => setTimeout(resolve, drainMs(settings)).unref());
  const idle = async (): Promise<void> => {
    for (const each of busy) await each.idle();
  };
  const finished = async (): Promise<void> => {
    await idle();
    await new Promise((resolve) => setTimeout(resolve, LAST_CALL_MS));
    await idle();
  };
  await Promise.race([finished(), time]);
  disconnect(listeners);
}
