/** What the server says of itself when it starts. Tools look for these lines in the logs of Azure's images, so they keep their words. */
import { LONGEST_TIMER_MS, PROBES, ROUTES } from "../contract.ts";
import { info, warn } from "./log.ts";
import type { Settings } from "./options.ts";

/** The version of the contract that clients of the original see. */
export const CONTRACT_VERSION = "azmlinfsrv/1.5.1";
const TITLE = "Azure ML Inferencing HTTP server v1.5.1";
const NO_MODEL_DIR = "The environment variable 'AZUREML_MODEL_DIR' has not been set.\nUse the --model_dir command line argument to set it.";

/** The ports that are open. */
export interface Ports {
  readonly port: number;
  /** The second port for health, where there is one. */
  readonly healthPort: number | undefined;
}

/** Writes settings and routes, unless nobody wants them: as the text of the original, or as one JSON line. Warnings in any case. */
export function announce(settings: Settings, ports: Ports, wanted: boolean): void {
  const shown = described(settings, ports);
  const routes = routesOf(settings, ports);
  if (wanted && settings.logFormat === "json") info(TITLE, { settings: shown, routes });
  else if (wanted) process.stdout.write(text(settings, shown, routes));
  for (const warning of settings.warnings) warn(warning);
}

/** Names of the original with what they are set to; "None" is Python's word for nothing. */
function described(settings: Settings, { port, healthPort }: Ports): Record<string, string | number> {
  const { entryScript, modelDir, configFile, workerCount, workerTimeoutMs, insights, versionHeader, corsOrigins, separateHealth } = settings;
  return {
    "Entry Script Name": entryScript ?? "None",
    "Model Directory": modelDir ?? "None",
    "Config File": configFile ?? "None",
    "Worker Count": workerCount,
    "Worker Timeout (seconds)": workerTimeoutMs === LONGEST_TIMER_MS ? 0 : workerTimeoutMs / 1000,
    "Server Port": port,
    "Health Port": healthPort ?? port,
    "Application Insights Enabled": String(insights.enabled),
    "Application Insights Key": insights.key === undefined ? "None" : "AppInsights key provided",
    "Inferencing HTTP server version": versionHeader ? CONTRACT_VERSION : "None",
    "CORS for the specified origins": corsOrigins.length === 0 ? "None" : `Enabling CORS for ${corsOrigins.join(", ")}`,
    "Create dedicated endpoint for health": separateHealth ? "true" : "None",
  };
}

function routesOf({ host, pathPrefix }: Settings, { port, healthPort }: Ports): Record<string, string> {
  const at = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  const main = `${at}:${port}`;
  return {
    "Liveness Probe": `GET   ${at}:${healthPort ?? port}${ROUTES.health}`,
    Score: `POST  ${main}${pathPrefix}${ROUTES.score}`,
    Swagger: `GET   ${main}${pathPrefix}${ROUTES.swagger}`,
    Probes: `GET   ${main}${PROBES.startup}, ${PROBES.readiness}, ${PROBES.liveness}`,
  };
}

function text({ modelDir, insights }: Settings, shown: Record<string, string | number>, routes: Record<string, string>): string {
  const lines = Object.entries(shown).map(([name, value]) => `${name}: ${value}`);
  const paths = Object.entries(routes).map(([name, value]) => `${`${name}:`.padEnd(16)}${value}`);
  const hints = [...insights.lines, ...(modelDir === undefined ? [NO_MODEL_DIR] : [])];
  return [...hints, "", TITLE, "", "", ...underlined("Server Settings"), ...lines, "", "", ...underlined("Server Routes"), ...paths, "", ""].join("\n");
}

const underlined = (title: string): string[] => [title, "---------------"];
