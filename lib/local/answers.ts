/** The router's own answers. They carry no deployment's name in a header: that is how a caller tells them from a front's. */
import { type ServerResponse, STATUS_CODES } from "node:http";
import { HEADERS } from "../scoring/contract.ts";

/** Answers with a status and `{"message": …}`, spelt as Python spells JSON. */
export function refuse(response: ServerResponse, status: number, message: string, fields: Record<string, string> = {}): void {
  const body = `{"message": ${JSON.stringify(message)}}`;
  response.writeHead(status, STATUS_CODES[status], {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    ...fields,
  });
  response.end(body);
}

/** 404: the path belongs to no endpoint. */
export const refusePath = (response: ServerResponse, paths: Iterable<string>): void =>
  refuse(response, 404, `No endpoint has this path. Endpoints here: ${listed(paths)}`);

/** 404: no deployment has traffic and the caller named none that exists. */
export const refuseNoTraffic = (response: ServerResponse, endpoint: string, deployments: Iterable<string>): void =>
  refuse(
    response,
    404,
    `No deployment of endpoint "${endpoint}" has traffic. Name one in the header ${HEADERS.deployment}: ${listed(deployments)}`,
  );

/** 503: the deployment's front is not there (yet, or for the moment). */
export const refuseNotReady = (response: ServerResponse, endpoint: string, deployment: string): void =>
  refuse(response, 503, `Deployment "${deployment}" of endpoint "${endpoint}" is not ready`, { "Retry-After": "1" });

/** 502: the deployment's front went away, or spoke no HTTP, before it answered. */
export const refuseBroken = (response: ServerResponse, endpoint: string, deployment: string, reason: string): void =>
  refuse(response, 502, `Deployment "${deployment}" of endpoint "${endpoint}" broke off before it answered (${reason})`);

/** 501: a change of protocol, such as WebSocket. */
export const refuseUpgrade = (response: ServerResponse, protocol: string): void =>
  refuse(response, 501, `Endpoints answer plain HTTP requests; a change of protocol to "${protocol}" is not supported`, { Connection: "close" });

const listed = (names: Iterable<string>): string => {
  const all = [...names];
  return all.length === 0 ? "none" : all.join(", ");
};
