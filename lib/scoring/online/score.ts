/** The door of `/score`: limits, and the count of requests that are inside. */
import { MODEL_REASONS } from "../contract.ts";
import type { Call } from "./call.ts";
import type { Pool } from "./pool.ts";
import { ScoreRequest } from "./score-request.ts";
import type { Inside, Limits } from "./score-request.ts";

/** Lets requests in and counts them until their worker is free again. */
export class Scorer implements Inside {
  readonly pool: Pool;
  readonly limits: Limits;
  #inFlight = 0;
  #whenIdle: (() => void) | undefined;

  constructor(pool: Pool, limits: Limits) {
    this.pool = pool;
    this.limits = limits;
  }

  /** Answers a request, unless it is one too many, too long, or nobody is there to answer it. */
  score(call: Call): void {
    const { maxBodyBytes, maxInFlight } = this.limits;
    if (Number(call.request.headers["content-length"] ?? 0) > maxBodyBytes) return call.tooLarge(maxBodyBytes);
    if (maxInFlight !== undefined && this.#inFlight >= maxInFlight) return call.tooMany(`More than ${maxInFlight} requests at once.`);
    if (call.managed && this.pool.state().ready === 0) {
      return call.modelProblem(503, MODEL_REASONS.notReady, "The model is not ready.");
    }
    this.#inFlight += 1;
    new ScoreRequest(this, call).start();
  }

  /** A request is over, for its worker too. */
  done(): void {
    this.#inFlight -= 1;
    if (this.#inFlight === 0) this.#whenIdle?.();
  }

  /** Resolves when no request is left. */
  async idle(): Promise<void> {
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
  }
}
