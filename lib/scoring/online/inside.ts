/** What the door of `/score` and a request that has come through it know of each other. */
import type { Link } from "./linked-list.ts";
import type { Pool } from "./pool.ts";

/** Limits of a front; undefined is no limit. */
export interface Limits {
  readonly maxInFlight?: number | undefined;
  readonly requestTimeoutMs?: number | undefined;
  readonly maxQueueWaitMs?: number | undefined;
  readonly maxBodyBytes: number;
  readonly workerTimeoutMs: number;
}

/** What a request knows of the place where it is counted. */
export interface Inside {
  readonly pool: Pool;
  readonly limits: Limits;
  /** Workers are told what JSON lines call a request. */
  readonly named: boolean;
  /** Takes one of the places of `maxInFlight`, until it is done; false when there is none. */
  enter(arrival: Link<Arriving>): boolean;
  /** It is over, for its worker too. */
  done(arrival: Link<Arriving>): void;
}

/** A request whose body may still be on its way. */
export interface Arriving {
  /** Its body has had its time: 408, and the connection closes. */
  tooSlow(): void;
}
