/** Why a request got no answer from the model: a label of the metrics, of which there are few. */
import type { Call } from "./call.ts";

export const REFUSALS = [
  "unauthorized",
  "forbidden",
  "not_found",
  "bad_request",
  "slow_headers",
  "headers_too_large",
  "slow_body",
  "queue_timeout",
  "request_timeout",
  "body_too_large",
  "too_many_pending",
  "queue_wait",
  "model_not_ready",
  "worker_died",
  "client_gone",
] as const;

/** One of {@link REFUSALS}, by what became of the request and how far it had come. Undefined: it was answered, or it was a probe. */
export function refusalOf({ modelStatus, problem, route, milestones }: Call, status: number): (typeof REFUSALS)[number] | undefined {
  if (status === 499) return "client_gone";
  if (modelStatus !== undefined || route === "operations") return undefined;
  if (status === 502 || problem === 502) return "worker_died";
  if (status === 503 || problem === 503) return "model_not_ready";
  const { queued, begun } = milestones;
  if (status === 408 && begun !== undefined) return "request_timeout";
  if (status === 408 && route === "unknown") return "slow_headers";
  if (status === 408) return queued === undefined ? "slow_body" : "queue_timeout";
  if (status === 429) return queued === undefined ? "too_many_pending" : "queue_wait";
  if (status === 424 && route === "unknown") return "not_found"; // as `managed` maps it
  return PLAIN[status];
}

const PLAIN: Readonly<Record<number, (typeof REFUSALS)[number]>> = {
  400: "bad_request",
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  413: "body_too_large",
  417: "bad_request",
  431: "headers_too_large",
};
