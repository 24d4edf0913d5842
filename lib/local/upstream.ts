/** The connections to one front, and how many requests it holds. */
import { Agent, type ClientRequest, type RequestOptions, request } from "node:http";

/** Where fronts listen, and the router too. */
export const LOOPBACK = "127.0.0.1";

/** One front process as the router sees it. It has its own connection pool, whose connections end with the process. */
export class Upstream {
  readonly port: number;
  readonly #agent = new Agent({ keepAlive: true });
  #open = 0;
  #whenIdle: (() => void)[] = [];

  constructor(port: number) {
    this.port = port;
  }

  /** Opens a request; it counts as open until its connection is free again or gone. */
  request(options: RequestOptions): ClientRequest {
    const sent = request({ agent: this.#agent, ...options, host: LOOPBACK, port: this.port });
    this.#open += 1;
    sent.once("close", () => this.#leave());
    return sent;
  }

  /** Resolves once no request is open: then stopping the front cuts nothing off. */
  idle(): Promise<void> {
    return this.#open === 0 ? Promise.resolve() : new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  #leave(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
