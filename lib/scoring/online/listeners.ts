/** The server's port and, where health has one of its own, that. Both answer the same. */
import { createServer } from "node:http";
import type { Server as HttpServer } from "node:http";
import { Server } from "node:net";
import { listen } from "./listen.ts";
import type { Settings } from "./options.ts";

/** Proxies keep idle connections for up to an hour; who closes first must not be we, or a request is lost on the way. */
const KEEP_ALIVE_MS = 3_660_000;
/** For heads alone. Node's limit for whole requests would count the time in our own queue; each request has one of its own for its body. */
const TIMES = { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: 60_000, requestTimeout: 0 };
/** gunicorn does not ask for `Host` either. */
const MANNERS = { ...TIMES, noDelay: true, requireHostHeader: false };

/** What listens. */
export interface Listeners {
  readonly servers: readonly HttpServer[];
  readonly port: number;
  /** Undefined: health stands on the server's port. */
  readonly healthPort: number | undefined;
}

/** Opens both, or none: rejects when one cannot be used. */
export async function openListeners({ host, port, healthPort, separateHealth }: Settings): Promise<Listeners> {
  const main = createServer(MANNERS);
  const opened = await listen(main, { host, port, flag: "--port" });
  if (!separateHealth) return { servers: [main], port: opened, healthPort: undefined };
  const health = createServer(MANNERS);
  try {
    return { servers: [main, health], port: opened, healthPort: await listen(health, { host, port: healthPort, flag: "--health_port" }) };
  } catch (error) {
    main.close();
    throw error;
  }
}

/** No new connections. Not http's own close(): that ends idle connections at once, with requests that are on their way in them. */
export const stopAccepting = ({ servers }: Listeners): void => servers.forEach((server) => Server.prototype.close.call(server));

/** Ends whatever is still connected. */
export function disconnect({ servers }: Listeners): void {
  for (const server of servers) {
    server.closeAllConnections();
    server.close(() => {}); // stops http's own timer
  }
}
