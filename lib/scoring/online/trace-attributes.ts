/** What a span says of a request, in the names of OpenTelemetry's conventions for HTTP servers. */
import type { Attributes } from "@opentelemetry/api";
import { HEADERS } from "../contract.ts";
import type { Call, Outcome } from "./call.ts";
import { redacted } from "./redact.ts";
import { refusalOf } from "./refusal.ts";

/** Of the routes that have one path; the others may have any. */
const PATHS: Readonly<Record<string, string>> = { score: "/score", swagger: "/swagger.json" };

/** What is known at once, which samplers may look at. */
export function requestAttributes({ request }: Call): Attributes {
  const { method = "GET", url = "/", headers, socket, httpVersion } = request;
  const at = url.indexOf("?");
  const attributes: Attributes = {
    "http.request.method": method,
    "url.scheme": "http",
    "url.path": redacted(at < 0 ? url : url.slice(0, at)),
    "network.protocol.version": httpVersion,
  };
  if (at >= 0) attributes["url.query"] = redacted(url.slice(at + 1));
  if (socket.remoteAddress !== undefined) attributes["client.address"] = socket.remoteAddress;
  if (headers["user-agent"] !== undefined) attributes["user_agent.original"] = redacted(headers["user-agent"]);
  return attributes;
}

/** What became of it. */
export function resultAttributes(call: Call, { status, bytes }: Outcome, pathPrefix: string): { route: string | undefined; attributes: Attributes } {
  const path = PATHS[call.route];
  const route = path === undefined ? undefined : `${pathPrefix}${path}`;
  const attributes: Attributes = { "http.request.body.size": call.received, "http.response.body.size": bytes ?? call.sent };
  const refusal = refusalOf(call, status);
  const unanswered = refusal === "client_gone" || (refusal === "worker_died" && call.problem === undefined);
  if (!unanswered) attributes["http.response.status_code"] = status;
  if (unanswered) attributes["error.type"] = refusal;
  else if (status >= 500) attributes["error.type"] = String(status);
  if (route !== undefined) attributes["http.route"] = route;
  if (call.modelStatus !== undefined) attributes["inference.model_status"] = call.modelStatus;
  const id = call.id(HEADERS.requestId);
  if (id !== undefined) attributes["http.response.header.x-request-id"] = [redacted(id)];
  return { route, attributes };
}
