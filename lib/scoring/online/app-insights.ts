/** One record per request for Application Insights, with the fields that Azure's inference server sends. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { ENVIRONMENT, HEADERS } from "../contract.ts";
import { AppInsightsSender } from "./app-insights-sender.ts";
import type { Call, Observer, Outcome, Tap } from "./call.ts";
import { valueOf } from "./headers.ts";
import { warn } from "./log.ts";
import { redacted } from "./redact.ts";
import { addTap } from "./tap.ts";
import { traceParentOf } from "./trace-context.ts";

/** Where records go when no connection string says otherwise. */
const PUBLIC = "https://dc.services.visualstudio.com";
const CONNECTION = "APPLICATIONINSIGHTS_CONNECTION_STRING";
const LOG_RESPONSE = "APP_INSIGHTS_LOG_RESPONSE_ENABLED";
/** The longest value of a property that the service keeps. */
const LONGEST_VALUE = 8192;

/** Where to send, and as whom. */
export interface AppInsights {
  /** A UUID. */
  readonly key: string;
  /** The environment, and below it the config file's values. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Where the environment names no service. */
  readonly serviceName: string;
}

/** An observer that has something to send before the process ends. Undefined: the environment says where in a way that nobody can follow. */
export function appInsights({ key, env, serviceName }: AppInsights): (Observer & { close(): Promise<void> }) | undefined {
  const endpoint = endpointOf(env[CONNECTION]);
  if (!isAddress(endpoint)) {
    // Not quoted: whatever stands there by mistake may be a secret.
    warn(`nothing is sent to Application Insights: IngestionEndpoint in ${CONNECTION}: expected an address such as https://westeurope-5.in.applicationinsights.azure.com/, without user and password`);
    return undefined;
  }
  const sender = new AppInsightsSender(endpoint);
  const responses = env[LOG_RESPONSE] === undefined || env[LOG_RESPONSE].toLowerCase() === "true";
  const values = new WeakMap<Call, ResponseValue>();
  const service = env[ENVIRONMENT.serviceName] ?? serviceName;
  const properties = { "Container Id": env["HOSTNAME"] ?? hostname(), "Workspace Name": env[ENVIRONMENT.workspaceName] ?? "", "Service Name": service };
  return {
    began: (call) => {
      if (!responses) return;
      const value = new ResponseValue();
      values.set(call, value);
      addTap(call, value);
    },
    finished: (call, outcome) => {
      if (call.route === "operations") return;
      const response = values.get(call)?.text;
      const more = { ...properties, ...(response === undefined ? {} : { "Response Value": redacted(response) }) };
      sender.add(envelope(call, outcome, { key, service, properties: more }));
    },
    close: () => sender.close(),
  };
}

/** `InstrumentationKey=…;IngestionEndpoint=https://…/;…` */
const endpointOf = (connection: string | undefined): string =>
  connection?.split(";").flatMap((part) => (/^ingestionendpoint=/i.test(part.trim()) ? [part.slice(part.indexOf("=") + 1).trim()] : []))[0] ?? PUBLIC;

function isAddress(endpoint: string): boolean {
  const url = URL.parse(endpoint);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

/** The first bytes of an answer, if it is text. */
class ResponseValue implements Tap {
  #parts: Buffer[] = [];
  #size = 0;
  #readable = false;

  request(): void {}

  head(_status: number, headers: readonly string[]): void {
    this.#readable = /^(text\/|application\/(json|[\w.-]+\+json))/i.test(valueOf(headers, "content-type") ?? "");
  }

  response(chunk: Buffer): void {
    if (!this.#readable || this.#size >= LONGEST_VALUE) return;
    const part = Buffer.from(chunk.subarray(0, LONGEST_VALUE - this.#size)); // a copy: the chunk may be part of something large
    this.#parts.push(part);
    this.#size += part.length;
  }

  get text(): string | undefined {
    return this.#readable ? Buffer.concat(this.#parts).toString() : undefined;
  }
}

interface Sender {
  readonly key: string;
  readonly service: string;
  readonly properties: Readonly<Record<string, string>>;
}

function envelope(call: Call, { status }: Outcome, { key, service, properties }: Sender): object {
  const { method = "GET", url = "/", headers } = call.request;
  const parent = traceParentOf(headers);
  const code = call.modelStatus ?? status;
  const ms = performance.now() - call.startedAt;
  const id = call.span?.spanId ?? randomBytes(8).toString("hex");
  const ids = { "Request Id": redacted(call.id(HEADERS.requestId) ?? ""), "Client Request Id": redacted(call.id(HEADERS.clientRequestId) ?? "") };
  return {
    name: "Microsoft.ApplicationInsights.Request",
    time: new Date(Date.now() - ms).toISOString(),
    iKey: key,
    tags: {
      "ai.operation.id": call.span?.traceId ?? parent?.traceId ?? randomBytes(16).toString("hex"),
      ...(parent === undefined ? {} : { "ai.operation.parentId": parent.spanId }),
      "ai.operation.name": `${method} ${redacted(pathOf(url))}`,
      "ai.cloud.role": service,
      "ai.cloud.roleInstance": properties["Container Id"],
    },
    data: {
      baseType: "RequestData",
      baseData: {
        ver: 2,
        id,
        name: redacted(pathOf(url)),
        url: redacted(`http://${headers.host ?? "localhost"}${url}`).slice(0, 2048),
        duration: timespan(ms),
        responseCode: String(code),
        success: code < 400,
        properties: { ...properties, ...ids, http_method: method },
      },
    },
  };
}

const pathOf = (url: string): string => url.split("?")[0]?.slice(0, 1024) ?? "/";

/** `DD.HH:MM:SS.mmm`, without the days where there are none. */
function timespan(ms: number): string {
  const whole = Math.round(ms);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const days = Math.floor(whole / 86_400_000);
  const time = `${two((whole / 3_600_000) % 24)}:${two((whole / 60_000) % 60)}:${two((whole / 1000) % 60)}.${String(whole % 1000).padStart(3, "0")}`;
  return days === 0 ? time : `${days}.${time}`;
}
