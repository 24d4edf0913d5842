/** Keeps one deployment running: starts its front, starts it again when it dies, drains it at the end. */
import { drainMs } from "../scoring/contract.ts";
import { backOffMs, type Clock, countDeaths } from "./back-off.ts";
import type { DeploymentName, DeploymentState, DeploymentStatus, Ending, RunDeployment } from "./endpoints.ts";
import { type Front, startFront } from "./front.ts";
import type { Backend } from "./table.ts";
import { Upstream } from "./upstream.ts";

/** What every keeper of a run shares. */
export interface KeeperContext {
  readonly frontEntry: string;
  readonly clock: Clock;
  /** How long requests may take to end. Absent: as long as each deployment's own limits. */
  readonly drainMs?: number | undefined;
  log(from: DeploymentName, line: string): void;
  onStatus(status: DeploymentStatus): void;
}

/** The least time a front gets between SIGTERM and SIGKILL, even when its requests have used up the time to drain. */
const LAST_GRACE_MS = 1000;

/** One deployment, its current front, and its next. */
export class Keeper implements Backend {
  readonly hash: string;
  readonly deployment: string;
  /** How the first start ended: nothing when ready, else why. Later starts do not change it. */
  readonly firstStart: Promise<Ending | undefined>;
  upstream: Upstream | undefined;
  status: DeploymentStatus;

  readonly #context: KeeperContext;
  readonly #name: DeploymentName;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  readonly #drainMs: number;
  #front: Front;

  constructor(endpoint: string, deployment: RunDeployment, context: KeeperContext) {
    this.hash = deployment.hash;
    this.deployment = deployment.name;
    this.#name = { endpoint, deployment: deployment.name };
    this.#context = context;
    this.#drainMs = context.drainMs ?? drainMs(deployment.serve);
    this.#front = this.#start(deployment);
    this.status = this.#report({ state: "starting", pid: this.#front.pid });
    this.firstStart = this.#front.ready.then((outcome) => (outcome instanceof Upstream ? undefined : outcome));
    this.#ended = this.#keep(deployment);
  }

  /** Lets the requests it holds end, then ends the process. The router must not send it new ones by now. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#report({ state: "draining" });
    const { clock } = this.#context;
    const begin = clock.now();
    // Only then SIGTERM: a front that closes its kept connections would cut off a request that is just arriving on one.
    if (this.upstream !== undefined) await this.#within(this.#drainMs, this.upstream.idle());
    this.upstream = undefined;
    await this.#front.stop(Math.max(this.#drainMs - (clock.now() - begin), LAST_GRACE_MS));
    await this.#ended;
    this.#report({ state: "stopped" });
  }

  async #keep(deployment: RunDeployment): Promise<void> {
    for (let deaths = 0; ; deaths += 1) {
      const readyMs = await this.#live(this.#front);
      if (this.#stopping.signal.aborted) return;
      deaths = countDeaths(deaths, readyMs);
      const retryInMs = backOffMs(deaths);
      this.#report({ state: readyMs === undefined ? "failed" : "restarting", retryInMs, ...(await this.#front.ended) });
      await this.#context.clock.wait(retryInMs, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      this.#front = this.#start(deployment);
      this.#report({ state: "starting", pid: this.#front.pid });
    }
  }

  /** One life of a front: milliseconds that it was ready, or nothing. */
  async #live(front: Front): Promise<number | undefined> {
    const outcome = await front.ready;
    if (!(outcome instanceof Upstream)) return undefined;
    const { clock } = this.#context;
    const since = clock.now();
    if (!this.#stopping.signal.aborted) {
      this.upstream = outcome;
      this.#report({ state: "ready", pid: front.pid });
    }
    await front.ended;
    this.upstream = undefined;
    return clock.now() - since;
  }

  #start(deployment: RunDeployment): Front {
    return startFront(this.#context.frontEntry, deployment, (line) => this.#context.log(this.#name, line));
  }

  #report(state: DeploymentState): DeploymentStatus {
    this.status = { ...this.#name, ...state };
    this.#context.onStatus(this.status);
    return this.status;
  }

  async #within(ms: number, done: Promise<void>): Promise<void> {
    const over = new AbortController();
    await Promise.race([done, this.#context.clock.wait(ms, over.signal)]);
    over.abort();
  }
}
