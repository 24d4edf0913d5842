/** What `Collector` of azureml-ai-monitoring speaks to in a worker: on Azure a container beside it, here the front. */
import { randomUUID } from "node:crypto";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attributeName } from "./cloud-event.ts";
import { PAYLOADS } from "./collect-file.ts";
import type { CollectorSettings } from "./collect-file.ts";
import { Payload } from "./collect-payload.ts";
import type { About } from "./collect-payload.ts";
import type { CollectStore } from "./collect-store.ts";
import { message } from "./message.ts";

/** Variables that the package reads. */
const ENVIRONMENT = { host: "AZUREML_MDC_HOST", port: "AZUREML_MDC_PORT", config: "AZUREML_MDC_CONFIG_PATH" } as const;
const LOOPBACK = "127.0.0.1";
const PATH = "/modeldata/log";
const PREFIX = "ce-";
/** Headers that say what an event is, and are not its attributes. */
const OWN = new Set(["ce-time", "ce-type", "ce-id", "ce-source", "ce-specversion"]);
/** Azure's names, in the order of its stored form; values of others follow. */
const ORDER = ["correlationid", "xrequestid", "modelversion", "collectdatatype", "agent"];
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Fields that only we write. */
const RESERVED = new Set(["specversion", "id", "source", "type", "datacontenttype", "time", "data", "contentrange", "datainblob"]);

/** The listener, and what workers need to find it. */
export interface Sidecar {
  readonly environment: Readonly<Record<string, string>>;
  close(): void;
}

/** Undefined when scripts have nothing to collect. */
export async function openSidecar(settings: CollectorSettings, store: CollectStore): Promise<Sidecar | undefined> {
  const names = Object.entries(settings.collections).flatMap(([name, { enabled }]) => (enabled && !PAYLOADS.includes(name) ? [name] : []));
  if (names.length === 0) return undefined;
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => take(request, response, names, settings, store));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, LOOPBACK, resolve));
  const folder = mkdtempSync(join(writable(), "collector-"));
  const file = join(folder, "config.json");
  writeFileSync(file, JSON.stringify(packageConfig(settings)));
  const { port } = server.address() as AddressInfo;
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove); // a front that cannot start does not close what it has opened
  return {
    environment: { [ENVIRONMENT.host]: LOOPBACK, [ENVIRONMENT.port]: String(port), [ENVIRONMENT.config]: file },
    close: () => {
      close(server);
      process.off("exit", remove);
      remove();
    },
  };
}

function close(server: Server): void {
  server.close();
  server.closeAllConnections();
}

/** Memory where the root file system is read-only and nobody has mounted a folder for temporary files. */
const writable = (): string => {
  try {
    accessSync(tmpdir(), constants.W_OK);
    return tmpdir();
  } catch {
    return "/dev/shm";
  }
};

/** The package samples by itself. */
const packageConfig = ({ collections, samplingRate }: CollectorSettings): object => ({
  runMode: "cloud",
  captureHeaders: [],
  collections: Object.fromEntries(
    Object.entries(collections).map(([name, { enabled, samplingRate: own }]) => [name, { enabled, sampleRatePercentage: (own ?? samplingRate) * 100 }]),
  ),
});

function take(request: IncomingMessage, response: ServerResponse, names: readonly string[], settings: CollectorSettings, store: CollectStore): void {
  const answer = (status: number, text: string): void => void response.writeHead(status, { "Content-Type": "application/json" }).end(message(text));
  const collection = one(request, "ce-type")?.replace(/^azureml\.inference\./, "").toLowerCase();
  request.on("error", () => {}); // "close" follows
  if (request.method !== "POST" || request.url !== PATH || collection === undefined || !names.includes(collection)) {
    request.resume();
    return answer(404, `Expected POST ${PATH} with ce-type azureml.inference.<collection>, one of ${names.join(", ")}; got ${collection ?? "none"}.`);
  }
  const payload = new Payload(store, settings.maxPayloadBytes);
  request.on("data", (chunk: Buffer) => payload.add(chunk));
  request.on("close", () => request.complete || payload.forget());
  request.on("end", () => {
    const accepted = payload.give({ collection, ...described(request, settings) });
    answer(200, accepted ? "accepted" : "dropped"); // no error: the package would write a line for each
  });
}

function described(request: IncomingMessage, { modelVersion }: CollectorSettings): Omit<About, "collection"> {
  const found = new Map<string, string>();
  for (const name of Object.keys(request.headers)) {
    const attribute = attributeName(name.slice(PREFIX.length));
    if (name.startsWith(PREFIX) && !OWN.has(name) && attribute !== "" && !RESERVED.has(attribute)) found.set(attribute, one(request, name) ?? "");
  }
  const requestId = found.get("xrequestid");
  if (requestId !== undefined && !found.has("correlationid")) found.set("correlationid", requestId);
  if (modelVersion !== undefined) found.set("modelversion", modelVersion); // the package knows none, and says "default"
  const place = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  const attributes = [...found].sort(([a], [b]) => place(a) - place(b));
  const sent = one(request, "trace-id") ?? "";
  const id = UUID.test(sent) ? sent : randomUUID(); // it may name a file
  return { id, contentType: one(request, "content-type"), time: timeOf(one(request, "ce-time")), attributes };
}

/** Seconds since 1970, as the package writes it; now where that is not a time. */
const timeOf = (text: string | undefined): number => {
  const seconds = Number(text ?? Number.NaN);
  return seconds >= 0 && seconds < LAST_SECOND ? seconds * 1000 : Date.now();
};
/** The end of the year 9999: later times have no date that others can read. */
const LAST_SECOND = 253_402_300_800;

const one = ({ headers }: IncomingMessage, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value.join(",") : value;
};
