/** Runs endpoints on this machine: one listener, one front process a deployment. */
import { drainMs } from "../scoring/contract.ts";
import { type Clock, systemClock } from "./back-off.ts";
import type { DeploymentFailure, DeploymentName, DeploymentStatus, RunEndpoint } from "./endpoints.ts";
import { Fleet } from "./fleet.ts";
import type { MirrorCounts } from "./mirror.ts";
import { Router } from "./router.ts";
import { LOOPBACK } from "./upstream.ts";

/** What to run, and where. */
export interface RunOptions {
  readonly endpoints: readonly RunEndpoint[];
  /** The script that is forked for every deployment, with the flags of `serve`. */
  readonly frontEntry: string;
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** How long requests may take to end when their deployment goes, in milliseconds. @default - 30,000, or what the deployments' own limits ask for */
  readonly drainMs?: number;
  /** Takes each line that a front writes. @default - thrown away */
  log?(from: DeploymentName, line: string): void;
  /** Told whenever a deployment's state changes. @default - nobody is told */
  onStatus?(status: DeploymentStatus): void;
  /** @default - the system's */
  readonly clock?: Clock;
}

/** What came of a change. */
export interface Applied {
  /** Deployments that did not start. Those without a previous version are tried again, with back-off. */
  readonly failures: readonly DeploymentFailure[];
  /** True when a later change, or the end of the run, came before this one was done: nothing of it is in force. */
  readonly superseded: boolean;
}

/** Endpoints that are running. */
export interface Running {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** What came of the first start. */
  readonly started: Applied;
  /** Goes over to other endpoints without losing a request. A later call overtakes an earlier one that still waits for its fronts. */
  apply(endpoints: readonly RunEndpoint[]): Promise<Applied>;
  status(): readonly DeploymentStatus[];
  /** What became of the copies of requests, by endpoint, since the last change. */
  mirrorCounts(): Readonly<Record<string, MirrorCounts>>;
  /** Lets running requests end, then ends every front. */
  close(): Promise<void>;
}

/**
 * Starts the listener, then a front for every deployment. Resolves when each front is ready or has failed once.
 *
 * @throws PortUnavailable before any front is started
 */
export async function start(options: RunOptions): Promise<Running> {
  const { host = LOOPBACK, clock = systemClock, frontEntry } = options;
  let current = options.endpoints;
  const router = new Router();
  const port = await router.listen(host, options.port);
  const fleet = new Fleet(
    {
      frontEntry,
      clock,
      drainMs: options.drainMs,
      log: (from, line) => options.log?.(from, line),
      onStatus: (status) => options.onStatus?.(status),
    },
    (table) => (router.table = table),
  );
  const turns = new Turns((endpoints, signal) => fleet.apply(endpoints, signal));
  const started = await turns.next(options.endpoints);
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    started,
    apply: (endpoints) => turns.next((current = endpoints)),
    status: () => fleet.status(),
    mirrorCounts: () => Object.fromEntries([...router.table.values()].map((route) => [route.endpoint, { ...route.mirror.counts }])),
    close: async () => {
      await turns.end();
      await router.close(options.drainMs ?? longestDrain(current));
      await fleet.close();
    },
  };
}

const longestDrain = (endpoints: readonly RunEndpoint[]): number =>
  Math.max(drainMs({}), ...endpoints.flatMap(({ deployments }) => deployments.map(({ serve }) => drainMs(serve))));

type Apply = (endpoints: readonly RunEndpoint[], signal: AbortSignal) => Promise<DeploymentFailure[] | undefined>;

/** Changes one after another; a new one ends the wait of the one before. */
class Turns {
  readonly #apply: Apply;
  #current = new AbortController();
  #done: Promise<unknown> = Promise.resolve();

  constructor(apply: Apply) {
    this.#apply = apply;
  }

  async next(endpoints: readonly RunEndpoint[]): Promise<Applied> {
    this.#current.abort();
    const mine = new AbortController();
    this.#current = mine;
    const failures = this.#done.then(() => (mine.signal.aborted ? undefined : this.#apply(endpoints, mine.signal)));
    this.#done = failures.catch(() => undefined);
    return { failures: (await failures) ?? [], superseded: (await failures) === undefined };
  }

  /** Ends the change under way. */
  async end(): Promise<void> {
    this.#current.abort();
    await this.#done;
  }
}
