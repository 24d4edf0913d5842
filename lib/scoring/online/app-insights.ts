/** What Application Insights hears: each request, exceptions of scripts and what they print, with the fields that Azure's inference server sends. */
import { hostname } from "node:os";
import { ENVIRONMENT } from "../contract.ts";
import { exceptionRecord, operationOf, printedRecord, requestRecord } from "./app-insights-records.ts";
import { AppInsightsSender } from "./app-insights-sender.ts";
import type { Call, Observer, Tap } from "./call.ts";
import { valueOf } from "./headers.ts";
import { warn } from "./log.ts";
import { redacted } from "./redact.ts";
import { addTap } from "./tap.ts";
import type { PrintedLine } from "./worker.ts";

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

/** Has something to send before the process ends. */
export interface InsightsObserver extends Observer {
  printed(lines: readonly PrintedLine[]): void;
  close(): Promise<void>;
}

/** Undefined: the environment says where in a way that nobody can follow. */
export function appInsights({ key, env, serviceName }: AppInsights): InsightsObserver | undefined {
  const endpoint = endpointOf(env[CONNECTION]);
  if (!isAddress(endpoint)) {
    // Not quoted: whatever stands there by mistake may be a secret.
    warn(`nothing is sent to Application Insights: IngestionEndpoint in ${CONNECTION}: expected an address such as https://westeurope-5.in.applicationinsights.azure.com/, without user and password`);
    return undefined;
  }
  const queue = new AppInsightsSender(endpoint);
  const responses = env[LOG_RESPONSE] === undefined || env[LOG_RESPONSE].toLowerCase() === "true";
  const values = new WeakMap<Call, ResponseValue>();
  const service = env[ENVIRONMENT.serviceName] ?? serviceName;
  const sender = { key, service, container: env["HOSTNAME"] ?? hostname() };
  const properties = { "Workspace Name": env[ENVIRONMENT.workspaceName] ?? "", "Service Name": service };
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
      const operation = operationOf(call);
      queue.add(requestRecord(call, outcome, operation, sender, more));
      if (call.raised !== undefined) queue.add(exceptionRecord(call, call.raised, operation, sender));
    },
    printed: (lines) => lines.forEach((line) => queue.add(printedRecord(line, sender))),
    close: () => queue.close(),
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
