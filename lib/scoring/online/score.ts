/** The door of `/score`, and of whatever else workers answer: limits, and the count of requests that are inside. */
import type { Call } from "./call.ts";
import type { Arriving, Inside, Limits } from "./inside.ts";
import { LinkedList } from "./linked-list.ts";
import type { Link } from "./linked-list.ts";
import type { Pool } from "./pool.ts";
import { ScoreRequest } from "./score-request.ts";

/**
 * So many bodies may be on their way at once; one more ends the oldest. Each holds up to 64 KB, so this bounds their memory at 32 MB, and
 * however many drip, whoever sends in one go gets through. Those of another server are on their way there already.
 */
const MOST_GATHERING = 512;

/** Lets requests in and counts them until their worker is free again. */
export class Scorer implements Inside {
  readonly pool: Pool;
  readonly limits: Limits;
  readonly named: boolean;
  /** Requests whose body is on its way, the oldest first. They take no place of `maxInFlight`: holding one must cost more than a byte. */
  readonly #gathering = new LinkedList<Arriving>();
  #inFlight = 0;
  #whenIdle: (() => void) | undefined;

  constructor(pool: Pool, limits: Limits, named = false) {
    this.pool = pool;
    this.limits = limits;
    this.named = named;
  }

  /** Answers a request, unless it is one too many, too long, or nobody is there to answer it. */
  score(call: Call): void {
    const { maxBodyBytes, maxInFlight } = this.limits;
    if (Number(call.request.headers["content-length"] ?? 0) > maxBodyBytes) return call.tooLarge(maxBodyBytes);
    if (this.#full) return call.full(maxInFlight);
    if (!this.pool.alive && (call.managed || this.pool.proxied)) return call.notReady();
    const request = new ScoreRequest(this, call);
    request.start(this.#gathering.add(request));
    if (this.#gathering.size > MOST_GATHERING) this.#gathering.first?.value.tooSlow();
  }

  enter(arrival: Link<Arriving>): boolean {
    if (this.#full) return false;
    this.#gathering.remove(arrival);
    this.#inFlight += 1;
    return true;
  }

  done(arrival: Link<Arriving>): void {
    if (!this.#gathering.remove(arrival)) this.#inFlight -= 1;
    if (this.#empty) this.#whenIdle?.();
  }

  /** Requests that are inside, running and waiting. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Resolves when no request is left. */
  async idle(): Promise<void> {
    if (!this.#empty) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
  }

  get #full(): boolean {
    return this.limits.maxInFlight !== undefined && this.#inFlight >= this.limits.maxInFlight;
  }

  get #empty(): boolean {
    return this.#inFlight === 0 && this.#gathering.size === 0;
  }
}
