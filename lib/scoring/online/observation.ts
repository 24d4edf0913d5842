/** Everything that looks on while requests are answered, as the settings and the environment ask for it. */
import { createServer } from "node:http";
import type { Server, ServerResponse, IncomingMessage } from "node:http";
import { PROBES } from "../contract.ts";
import { accessLog } from "./access-log.ts";
import { appInsights } from "./app-insights.ts";
import type { InsightsObserver } from "./app-insights.ts";
import type { Observer } from "./call.ts";
import { listen } from "./listen.ts";
import { info, warn } from "./log.ts";
import { Metrics } from "./metrics.ts";
import type { Sources } from "./metrics.ts";
import { metricsText } from "./metrics-text.ts";
import type { Render } from "./metrics-text.ts";
import { observers } from "./observer.ts";
import type { Settings } from "./options.ts";
import { openTraces } from "./traces.ts";
import type { PrintedLine } from "./worker.ts";

/** What looks on. */
export interface Observation {
  readonly observer: Observer;
  /** What stands on the main port; undefined where metrics have a port of their own. */
  readonly metrics: Render | undefined;
  /** Takes what scripts print; undefined where nobody wants it. */
  readonly printed: ((lines: readonly PrintedLine[]) => void) | undefined;
  /** What the metrics ask besides; and when all workers have been ready. */
  watch(sources: Sources, started: Promise<void>): void;
  /** Sends what is waiting, or gives up soon. */
  close(): Promise<void>;
}

/** Rejects when the port of the metrics cannot be used. */
export async function openObservation(settings: Settings, env: Readonly<NodeJS.ProcessEnv>): Promise<Observation> {
  const { deployment, pathPrefix, logFormat, host, metricsPort } = settings;
  const metrics = new Metrics();
  let give!: (sources: Sources) => void;
  const sources = new Promise<Sources>((resolve) => (give = resolve));
  const render = metricsText(async () => metrics.families(await sources), deployment);
  const listener = metricsPort === undefined ? undefined : await serveMetrics(render, host, metricsPort);
  const insights = openAppInsights(settings, env);
  const sending = [await openTraces(env, deployment, pathPrefix), insights].filter((each) => each !== undefined);
  return {
    // Traces first: the log says which span a request was.
    observer: observers(...sending, metrics, accessLog(logFormat)),
    metrics: metricsPort === undefined ? render : undefined,
    printed: insights?.printed,
    watch: (given, started) => {
      give(given);
      started.then(() => metrics.ready(), () => {});
    },
    close: async () => {
      listener?.close();
      listener?.closeAllConnections();
      await Promise.all(sending.map((each) => each.close()));
    },
  };
}

function openAppInsights({ insights, environment, deployment, service }: Settings, env: Readonly<NodeJS.ProcessEnv>): InsightsObserver | undefined {
  const { enabled, key } = insights;
  if (!enabled || key === undefined) return undefined;
  return appInsights({ key, env: { ...environment, ...env }, serviceName: service.name ?? deployment ?? "ML service" });
}

/** A port that only the platform reaches, for those who do not want their numbers on the one that everybody does. */
async function serveMetrics(render: Render, host: string, port: number): Promise<Server> {
  const answer = async ({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (url?.split("?")[0] !== PROBES.metrics) return void response.writeHead(404).end();
    if (method !== "GET" && method !== "HEAD") return void response.writeHead(405, { Allow: "GET, HEAD" }).end();
    const { text, type } = await render();
    response.writeHead(200, { "Content-Type": type }).end(method === "HEAD" ? undefined : text);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      warn(`metrics cannot be written: ${error instanceof Error ? error.message : String(error)}`);
      response.destroy();
    });
  });
  info(`metrics on port ${await listen(server, { host, port, flag: "--metrics-port" })}`);
  return server;
}
