/** One span per request, with its wait and its run below it, sent to an OpenTelemetry collector when the environment names one. */
import type { Context, DiagLogger, Span, Tracer } from "@opentelemetry/api";
import type { Call, Observer, Outcome } from "./call.ts";
import { PROBES, ROUTES } from "../contract.ts";
import { warn } from "./log.ts";
import { split } from "./target.ts";
import { openExport } from "./trace-export.ts";
import { requestAttributes, resultAttributes } from "./trace-attributes.ts";
import { traceParentOf, withHeaders } from "./trace-context.ts";

/** An observer that has something to send before the process ends. */
export interface Sending extends Observer {
  /** Sends what is waiting, or gives up soon. */
  close(): Promise<void>;
}

type Api = typeof import("@opentelemetry/api");

/** The span of a request that has not ended. */
interface Open {
  readonly span: Span;
  readonly context: Context;
  /** Added to `performance.now()`: the time of day. Once per request, so that its spans do not overlap by a rounding. */
  readonly epoch: number;
}

/** Paths, as the routes understand them. */
const UNTRACED: readonly string[] = [ROUTES.health, ...Object.values(PROBES)];
/** Of the standard: an answer of 500 or more is the server's fault. */
const SERVER_FAULT = 500;
const COMPLAINT_MS = 60_000;

/** Undefined: the environment asks for none, or switches them off. An exporter without an address has the standard's, http://localhost:4318. */
export async function openTraces(env: Readonly<NodeJS.ProcessEnv>, deployment: string | undefined, pathPrefix: string): Promise<Sending | undefined> {
  if (!wanted(env)) return undefined;
  const api = await import("@opentelemetry/api");
  api.diag.setLogger(complaints(), { logLevel: api.DiagLogLevel.WARN, suppressOverrideMessage: true });
  const { tracer, close } = await openExport(deployment ?? "inference-endpoints");
  return new Traces(api, tracer, pathPrefix, close);
}

function wanted(env: Readonly<NodeJS.ProcessEnv>): boolean {
  const one = (name: string): string => env[name]?.trim() ?? "";
  const exporters = one("OTEL_TRACES_EXPORTER");
  const asked = ["OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"].some((name) => one(name) !== "");
  if (!asked || exporters === "none" || one("OTEL_SDK_DISABLED").toLowerCase() === "true") return false;
  const protocol = [one("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), one("OTEL_EXPORTER_OTLP_PROTOCOL")].find((each) => each !== "");
  if (exporters !== "" && !exporters.split(",").some((each) => each.trim() === "otlp")) warn(`traces are not exported: OTEL_TRACES_EXPORTER is ${JSON.stringify(exporters)}, expected otlp or none`);
  else if (protocol === "grpc") warn("traces are not exported: the protocol is grpc, and this server speaks http/json; give the collector's HTTP port, usually 4318");
  else {
    if (protocol === "http/protobuf") warn("traces are sent as http/json: the protocol is http/protobuf, which this server does not speak; collectors take both at the same port");
    return true;
  }
  return false;
}

class Traces implements Sending {
  readonly close: () => Promise<void>;
  readonly #api: Api;
  readonly #tracer: Tracer;
  readonly #pathPrefix: string;
  readonly #open = new WeakMap<Call, Open>();

  constructor(api: Api, tracer: Tracer, pathPrefix: string, close: () => Promise<void>) {
    this.#api = api;
    this.#tracer = tracer;
    this.#pathPrefix = pathPrefix;
    this.close = close;
  }

  /** The worker sees the new span as its caller. */
  began(call: Call): void {
    const { request } = call;
    if (UNTRACED.includes(split(request.url ?? "/").path)) return;
    const { trace, SpanKind } = this.#api;
    const parent = this.#callerOf(call);
    const epoch = Date.now() - performance.now();
    const options = { kind: SpanKind.SERVER, startTime: epoch + call.startedAt, attributes: requestAttributes(call) };
    const span = this.#tracer.startSpan(request.method ?? "GET", options, parent ?? this.#api.ROOT_CONTEXT);
    const { traceId, spanId, traceFlags } = span.spanContext();
    call.span = { traceId, spanId };
    const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
    // What other tracers have written belongs to the caller's trace alone.
    call.headers = withHeaders(call.headers, { traceparent, ...(parent === undefined ? { tracestate: undefined } : {}) });
    this.#open.set(call, { span, context: trace.setSpan(this.#api.ROOT_CONTEXT, span), epoch });
  }

  finished(call: Call, outcome: Outcome): void {
    const open = this.#open.get(call);
    if (open === undefined) return;
    const { span, epoch } = open;
    const now = performance.now();
    if (span.isRecording()) {
      const { route, attributes } = resultAttributes(call, outcome, this.#pathPrefix);
      if (route !== undefined) span.updateName(`${call.request.method ?? "GET"} ${route}`);
      span.setAttributes(attributes);
      if (outcome.status >= SERVER_FAULT) span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
      const { queued, begun, replyEnded } = call.milestones;
      if (queued !== undefined) this.#part("queue", open, queued, begun ?? now);
      if (begun !== undefined) this.#part("run", open, begun, replyEnded ?? now);
    }
    span.end(epoch + now);
  }

  #part(name: string, { context, epoch }: Open, from: number, to: number): void {
    this.#tracer.startSpan(name, { startTime: epoch + from }, context).end(epoch + to);
  }

  #callerOf({ request: { headers } }: Call): Context | undefined {
    const { trace, TraceFlags, createTraceState, ROOT_CONTEXT } = this.#api;
    const parent = traceParentOf(headers);
    if (parent === undefined) return undefined;
    const { traceId, spanId, sampled } = parent;
    const state = headers["tracestate"];
    const traceState = typeof state === "string" ? { traceState: createTraceState(state) } : {};
    const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
    return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true, ...traceState });
  }
}

/** What the library has to say, a line a minute: a collector that is down stays down for a while. */
function complaints(): DiagLogger {
  let last = -Infinity;
  const say = (text: string, ...more: unknown[]): void => {
    if (performance.now() - last < COMPLAINT_MS) return;
    last = performance.now();
    warn(`traces: ${reasonOf([text, ...more].join(" "))}`);
  };
  const nothing = (): void => {};
  return { error: say, warn: say, info: nothing, debug: nothing, verbose: nothing };
}

/** An error comes as JSON, stack and all. */
function reasonOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === "string") return message;
  } catch {
    // a plain text
  }
  return text.slice(0, 300);
}
