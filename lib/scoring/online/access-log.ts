/** One line per request; none for health, which is asked all day. */
import { HEADERS } from "../contract.ts";
import type { LogFormat } from "../contract.ts";
import type { Call, Observer, Outcome } from "./call.ts";
import { access } from "./log.ts";
import { redacted } from "./redact.ts";
import { traceIdOf } from "./trace-context.ts";

/** Text as Azure's images write it, `POST /score 200 0.669ms 2`, or JSON with all that is known of the request. */
export const accessLog = (format: LogFormat): Observer => ({ finished: format === "json" ? object : text });

function text(call: Call, { status, bytes }: Outcome): void {
  if (call.route === "operations") return;
  const { method = "GET", url = "/" } = call.request;
  access(`${method} ${redacted(url)} ${status} ${(performance.now() - call.startedAt).toFixed(3)}ms ${bytes ?? "N/A"}`);
}

function object(call: Call, { status, bytes }: Outcome): void {
  if (call.route === "operations") return;
  const { method = "GET", url = "/", headers } = call.request;
  const at = url.indexOf("?");
  const path = redacted(at < 0 ? url : url.slice(0, at));
  const { startedAt, milestones } = call;
  const { queued, begun, replyEnded } = milestones;
  const now = performance.now();
  access(`${method} ${path} ${status}`, {
    method,
    path,
    query: at < 0 ? undefined : redacted(url.slice(at + 1)),
    route: call.route,
    status,
    modelStatus: call.modelStatus,
    durationMs: rounded(now - startedAt),
    // From asking for a worker to having one, or to giving up; and until the last byte of the model's answer.
    queueMs: queued === undefined ? undefined : rounded((begun ?? now) - queued),
    runMs: begun === undefined ? undefined : rounded((replyEnded ?? now) - begun),
    bytesIn: call.received,
    bytesOut: bytes ?? call.sent,
    requestId: clean(call.id(HEADERS.requestId)),
    clientRequestId: clean(call.id(HEADERS.clientRequestId)),
    traceId: call.span?.traceId ?? traceIdOf(headers),
    spanId: call.span?.spanId,
    caller: call.caller,
  });
}

const clean = (text: string | undefined): string | undefined => (text === undefined ? undefined : redacted(text));

/** To the microsecond. */
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;
