/** The records of Application Insights' own form: a request, an exception behind its answer, a line of `print()`. */
import { randomBytes } from "node:crypto";
import { HEADERS } from "../contract.ts";
import type { Call, Outcome } from "./call.ts";
import { redacted } from "./redact.ts";
import { traceParentOf } from "./trace-context.ts";
import type { PrintedLine, Raised } from "./worker.ts";

/** `SeverityLevel` of the service. */
const SEVERITY = { information: 1, error: 3 };

/** Who sends. */
export interface Sender {
  /** The instrumentation key. */
  readonly key: string;
  readonly service: string;
  /** Name of the container. */
  readonly container: string;
}

/** What was answered. */
export function requestRecord(call: Call, { status }: Outcome, operation: Operation, sender: Sender, properties: Properties): object {
  const { method = "GET", url = "/", headers } = call.request;
  const code = call.modelStatus ?? status;
  const ms = performance.now() - call.startedAt;
  const base = {
    id: operation.id,
    name: redacted(pathOf(url)),
    url: redacted(`http://${headers.host ?? "localhost"}${url}`).slice(0, 2048),
    duration: timespan(ms),
    responseCode: String(code),
    success: code < 400,
    properties: { ...properties, ...idsOf(call, sender), http_method: method },
  };
  return record(sender, "Request", { time: Date.now() - ms, tags: operation.tags }, base);
}

/** What the script raised, as part of the same operation. */
export function exceptionRecord(call: Call, { type, message, stack }: Raised, operation: Operation, sender: Sender): object {
  const exceptions = [{ typeName: type, message: redacted(message), hasFullStack: true, stack: redacted(stack) }];
  const tags = { ...operation.tags, "ai.operation.parentId": operation.id };
  return record(sender, "Exception", { time: Date.now(), tags }, { exceptions, severityLevel: SEVERITY.error, properties: idsOf(call, sender) });
}

/** What it printed, which is nobody's request. */
export const printedRecord = ({ time, text }: PrintedLine, sender: Sender): object =>
  record(sender, "Message", { time, tags: {} }, { message: redacted(text), severityLevel: SEVERITY.information, properties: { "Container Id": sender.container } });

type Properties = Readonly<Record<string, string>>;

/** One request among the records. */
export interface Operation {
  readonly id: string;
  readonly tags: Properties;
}

export function operationOf(call: Call): Operation {
  const { method = "GET", url = "/", headers } = call.request;
  const parent = traceParentOf(headers);
  const tags = {
    "ai.operation.id": call.span?.traceId ?? parent?.traceId ?? randomBytes(16).toString("hex"),
    ...(parent === undefined ? {} : { "ai.operation.parentId": parent.spanId }),
    "ai.operation.name": `${method} ${redacted(pathOf(url))}`,
  };
  return { id: call.span?.spanId ?? randomBytes(8).toString("hex"), tags };
}

const idsOf = (call: Call, { container }: Sender): Properties => ({
  "Container Id": container,
  "Request Id": redacted(call.id(HEADERS.requestId) ?? ""),
  "Client Request Id": redacted(call.id(HEADERS.clientRequestId) ?? ""),
});

const record = ({ key, service, container }: Sender, kind: "Request" | "Exception" | "Message", { time, tags }: { time: number; tags: Properties }, base: object): object => ({
  name: `Microsoft.ApplicationInsights.${kind}`,
  time: new Date(time).toISOString(),
  iKey: key,
  tags: { ...tags, "ai.cloud.role": service, "ai.cloud.roleInstance": container },
  data: { baseType: `${kind}Data`, baseData: { ver: 2, ...base } },
});

const pathOf = (url: string): string => url.split("?")[0]?.slice(0, 1024) ?? "/";

/** `DD.HH:MM:SS.mmm`, without the days where there are none. */
function timespan(ms: number): string {
  const whole = Math.round(ms);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const days = Math.floor(whole / 86_400_000);
  const time = `${two((whole / 3_600_000) % 24)}:${two((whole / 60_000) % 60)}:${two((whole / 1000) % 60)}.${String(whole % 1000).padStart(3, "0")}`;
  return days === 0 ? time : `${days}.${time}`;
}
