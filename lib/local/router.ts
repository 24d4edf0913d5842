/** The HTTP listener in front of all deployments: finds the endpoint, chooses the deployment, passes the request on. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { refuse, refuseNoTraffic, refusePath, refuseUpgrade } from "./answers.ts";
import { forward } from "./forward.ts";
import { type Head, readHead } from "./head.ts";
import type { Route, Table } from "./table.ts";

/** The port cannot be had; the message names it and the way out. */
export class PortUnavailable extends Error {
  override readonly name = "PortUnavailable";
}

/** Longer than any client keeps a connection, so that it is the client that closes, and no request meets a closing one. */
const KEEP_ALIVE_MS = 75_000;

/** The router: one listener over a table that can be replaced at any moment. */
export class Router {
  #table: Table;
  #closing = false;
  readonly #server: Server;

  constructor(table: Table = new Map()) {
    this.#table = table;
    // A large upload over a slow line may take as long as it takes: there is nobody on loopback to defend against.
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 });
    for (const event of ["request", "checkContinue"]) {
      this.#server.on(event, (incoming: IncomingMessage, response: ServerResponse) => this.#handle(incoming, response));
    }
  }

  /** Listens and gives the port. Rejects with {@link PortUnavailable}. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
      this.#server.listen(port, host, () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  /** The table in force. */
  get table(): Table {
    return this.#table;
  }

  /** Replaces the table. Requests under way end where they began. */
  set table(table: Table) {
    this.#table = table;
  }

  /** Takes no new connections, lets running requests end for so long, then cuts off what is left. */
  async close(drainMs: number): Promise<void> {
    this.#closing = true;
    const cut = setTimeout(() => this.#server.closeAllConnections(), drainMs);
    await new Promise((resolve) => this.#server.close(resolve));
    clearTimeout(cut);
  }

  #handle(incoming: IncomingMessage, response: ServerResponse): void {
    response.once("close", () => {
      if (this.#closing) setImmediate(() => this.#server.closeIdleConnections());
    });
    try {
      this.#route(incoming, response);
    } catch (error) {
      // One odd request must not take every endpoint down with it.
      if (response.headersSent) response.destroy();
      else refuse(response, 500, `The router failed: ${(error as Error).message}`);
    }
  }

  #route(incoming: IncomingMessage, response: ServerResponse): void {
    const path = originForm(incoming.url!);
    const route = this.#table.get(firstTwoSegments(path));
    if (route === undefined) return refusePath(response, this.#table.keys());
    const head = readHead(incoming.rawHeaders);
    // A wish for HTTP/2 may be ignored, and clients such as Java's utter it on every request; other protocols would wait for an answer.
    if (head.upgrade !== undefined && head.upgrade !== "h2c") return refuseUpgrade(response, head.upgrade);
    dispatch(incoming, response, path, head, route);
  }
}

function dispatch(incoming: IncomingMessage, response: ServerResponse, path: string, head: Head, route: Route): void {
  const named = head.deployment === undefined ? undefined : route.backends.get(head.deployment);
  // A name that nobody has goes where the rest goes, as in a gateway: the front that gets it answers 404.
  const backend = named ?? route.next();
  if (backend === undefined) return refuseNoTraffic(response, route.endpoint, route.backends.keys());
  const { endpoint, mirror } = route;
  forward({ incoming, response, path, head, endpoint, deployment: backend.deployment }, backend.upstream);
  if (head.deployment !== undefined) return;
  const shadow = route.nextShadow();
  if (shadow !== undefined) mirror.copy(incoming, path, head, shadow.upstream);
}

/** Path and query of a request target, which may be a whole URL (RFC 9112 §3.2.2). */
const originForm = (target: string): string => (target.startsWith("/") ? target : target.replace(/^https?:\/\/[^/?]*/i, ""));

const SEGMENTS = /^\/[^/?]*\/[^/?]*/;
const firstTwoSegments = (path: string): string => SEGMENTS.exec(path)?.[0] ?? path;

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const wayOut = "choose another with --port, or --port 0 for any free one";
  if (error.code === "EADDRINUSE") return new PortUnavailable(`Port ${port} on ${host} is in use; ${wayOut}`, { cause: error });
  if (error.code === "EACCES") return new PortUnavailable(`Port ${port} on ${host} needs more rights than this process has; ${wayOut}`, { cause: error });
  return error;
}
