/** All deployments of a run, and the step from one set of endpoints to the next. */
import type { DeploymentFailure, DeploymentStatus, RunEndpoint } from "./endpoints.ts";
import { Keeper, type KeeperContext } from "./keeper.ts";
import { routeOf, type Table } from "./table.ts";

/** A deployment's place in the fleet. Neither name may contain a slash. */
const placeOf = (endpoint: string, deployment: string): string => `${endpoint}/${deployment}`;

type Keepers = ReadonlyMap<string, Keeper>;

/** What changed, before it is known whether the new fronts can start. */
interface Step {
  readonly endpoints: readonly RunEndpoint[];
  /** Unchanged deployments; they keep their process. */
  readonly same: Keepers;
  readonly fresh: Keepers;
}

/** The deployments of a run. */
export class Fleet {
  #keepers: Keepers = new Map();
  readonly #leaving = new Set<Promise<void>>();
  readonly #context: KeeperContext;
  readonly #publish: (table: Table) => void;

  /** @param publish - puts a new routing table in force, at once */
  constructor(context: KeeperContext, publish: (table: Table) => void) {
    this.#context = context;
    this.#publish = publish;
  }

  /** What every deployment is doing. */
  status(): DeploymentStatus[] {
    return [...this.#keepers.values()].map((keeper) => keeper.status);
  }

  /**
   * Goes over to these endpoints: new fronts come up first, then the table changes, then old fronts drain. Resolves when the table has changed,
   * with the deployments that did not start; with nothing when the signal aborts before, and everything is as it was.
   */
  async apply(endpoints: readonly RunEndpoint[], signal: AbortSignal): Promise<DeploymentFailure[] | undefined> {
    const step = this.#begin(endpoints);
    // At the very start there is nothing to wait for: "not ready" is a truer answer than "no such path".
    if (this.#keepers.size === 0) this.#settle(endpoints, step.fresh);
    const failures = await Promise.race([this.#failures(step), aborted(signal)]);
    if (failures === undefined) {
      if (this.#keepers !== step.fresh) for (const keeper of step.fresh.values()) this.#retire(keeper);
      return undefined;
    }
    if (this.#keepers === step.fresh) return failures;
    const next = new Map([...step.same, ...step.fresh]);
    for (const { endpoint, deployment, keptPrevious } of failures) {
      const place = placeOf(endpoint, deployment);
      if (!keptPrevious) continue;
      this.#retire(next.get(place)!);
      next.set(place, this.#keepers.get(place)!);
    }
    this.#settle(endpoints, next);
    return failures;
  }

  /** Drains every deployment. The router must be closed by now. */
  async close(): Promise<void> {
    for (const keeper of this.#keepers.values()) this.#retire(keeper);
    this.#keepers = new Map();
    await Promise.all(this.#leaving);
  }

  #begin(endpoints: readonly RunEndpoint[]): Step {
    const same = new Map<string, Keeper>();
    const fresh = new Map<string, Keeper>();
    for (const endpoint of endpoints) {
      for (const deployment of endpoint.deployments) {
        const place = placeOf(endpoint.name, deployment.name);
        const current = this.#keepers.get(place);
        if (current?.hash === deployment.hash) same.set(place, current);
        else fresh.set(place, new Keeper(endpoint.name, deployment, this.#context));
      }
    }
    return { endpoints, same, fresh };
  }

  async #failures({ fresh }: Step): Promise<DeploymentFailure[]> {
    const failures: DeploymentFailure[] = [];
    for (const [place, keeper] of fresh) {
      const ending = await keeper.firstStart;
      const { endpoint, deployment } = keeper.status;
      // A version before that does not answer either is no reason to keep it: the new one is what the user wants now.
      const keptPrevious = this.#keepers.get(place) !== keeper && this.#keepers.get(place)?.upstream !== undefined;
      if (ending !== undefined) failures.push({ endpoint, deployment, keptPrevious, ...ending });
    }
    return failures;
  }

  #settle(endpoints: readonly RunEndpoint[], next: Keepers): void {
    const before = this.#keepers;
    this.#keepers = next;
    this.#publish(tableOf(endpoints, next));
    for (const [place, keeper] of before) if (next.get(place) !== keeper) this.#retire(keeper);
  }

  #retire(keeper: Keeper): void {
    const leaving = keeper.stop().finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }
}

const tableOf = (endpoints: readonly RunEndpoint[], keepers: Keepers): Table =>
  new Map(
    endpoints.map((endpoint) => {
      const backends = endpoint.deployments.map(({ name }) => keepers.get(placeOf(endpoint.name, name))!);
      return [endpoint.path, routeOf(endpoint, backends)];
    }),
  );

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
