/** Keeps one deployment running: starts its front, starts it again when it dies, drains it at the end. */
import { drainMs } from "../scoring/contract.ts";
import { backOffMs, type Clock, countDeaths } from "./back-off.ts";
import type { DeploymentName, DeploymentState, DeploymentStatus, Ending, RunDeployment } from "./endpoints.ts";
import { type Front, startFront } from "./front.ts";
import { asking, awaitStart, type Probes, watch } from "./probes.ts";
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
  status: DeploymentStatus;

  readonly #context: KeeperContext;
  readonly #name: DeploymentName;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  readonly #drainMs: number;
  #front: Front;
  /** The front that is there, whether it gets requests or not. */
  #there: Upstream | undefined;
  /** Its readiness probe fails. */
  #unready = false;

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

  get upstream(): Upstream | undefined {
    return this.#unready ? undefined : this.#there;
  }

  /** Lets the requests it holds end, then ends the process. The router must not send it new ones by now. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#report({ state: "draining" });
    const { clock } = this.#context;
    const begin = clock.now();
    // Only then SIGTERM: a front that closes its kept connections would cut off a request that is just arriving on one.
    if (this.#there !== undefined) await this.#within(this.#drainMs, this.#there.idle());
    this.#there = undefined;
    await this.#front.stop(Math.max(this.#drainMs - (clock.now() - begin), LAST_GRACE_MS));
    await this.#ended;
    this.#report({ state: "stopped" });
  }

  async #keep(deployment: RunDeployment): Promise<void> {
    for (let deaths = 0; ; deaths += 1) {
      const readyMs = await this.#live(this.#front, deployment);
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
  async #live(front: Front, { probes }: RunDeployment): Promise<number | undefined> {
    if (probes !== undefined) this.#probeStart(front, probes);
    const outcome = await front.ready;
    if (!(outcome instanceof Upstream)) return undefined;
    const { clock } = this.#context;
    const since = clock.now();
    if (!this.#stopping.signal.aborted) {
      this.#there = outcome;
      this.#unready = false;
      this.#report({ state: "ready", pid: front.pid });
      if (probes !== undefined) this.#probe(front, probes, outcome.port);
    }
    await front.ended;
    this.#there = undefined;
    return clock.now() - since;
  }

  #probeStart(front: Front, probes: Probes): void {
    const signal = this.#until(front.ready);
    void awaitStart(probes, this.#context.clock, signal).then((failure) => failure !== undefined && front.kill(failure));
  }

  #probe(front: Front, { liveness, readiness }: Probes, port: number): void {
    const { clock } = this.#context;
    const signal = this.#until(front.ended);
    const ask = asking(port, clock);
    void watch("liveness", liveness, ask, clock, signal, (failure) => failure !== undefined && front.kill(failure));
    void watch("readiness", readiness, ask, clock, signal, (failure) => {
      this.#unready = failure !== undefined;
      this.#report(failure === undefined ? { state: "ready", pid: front.pid } : { state: "unready", pid: front.pid, reason: failure });
      if (failure !== undefined) this.#context.log(this.#name, `${failure}; it gets no requests until it is well again`);
    });
  }

  /** Aborts when this is done, or when the deployment stops. */
  #until(done: Promise<unknown>): AbortSignal {
    const over = new AbortController();
    void done.then(() => over.abort());
    return AbortSignal.any([over.signal, this.#stopping.signal]);
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
