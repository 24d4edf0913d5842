/** The routing table: immutable, replaced as a whole on reload, so that no request sees half of it. */
import type { RunEndpoint } from "./endpoints.ts";
import { Mirror } from "./mirror.ts";
import { evenly, shareAt, type Source, STEPS } from "./shares.ts";
import type { Upstream } from "./upstream.ts";

/** A deployment as the router sees it. */
export interface Backend {
  readonly deployment: string;
  /** The front that answers now; none while it starts, or waits for its restart. */
  readonly upstream: Upstream | undefined;
}

/** One endpoint of the table. */
export interface Route {
  readonly endpoint: string;
  /** Every deployment by name, those without traffic too. */
  readonly backends: ReadonlyMap<string, Backend>;
  /** The deployment for a request that names none (or one that does not exist); none without traffic. */
  next(): Backend | undefined;
  /** The deployment that gets a copy of this request, if it is one of those copied. */
  nextShadow(): Backend | undefined;
  readonly mirror: Mirror;
}

/** Routes by their two-segment path. */
export type Table = ReadonlyMap<string, Route>;

/** Sources of chance: one for the split, one for the mirror. */
export interface Chance {
  readonly split: Source;
  readonly mirror: Source;
}

const evenChance = (): Chance => ({ split: evenly(STEPS.split), mirror: evenly(STEPS.mirror) });

/** Makes the route of an endpoint to these backends. */
export function routeOf(
  endpoint: Pick<RunEndpoint, "name" | "traffic" | "mirror">,
  backends: readonly Backend[],
  chance: Chance = evenChance(),
): Route {
  const byName = new Map(backends.map((backend) => [backend.deployment, backend]));
  const shadows = endpoint.mirror === undefined ? [] : [endpoint.mirror];
  const backend = (name: string | undefined): Backend | undefined => (name === undefined ? undefined : byName.get(name));
  return {
    endpoint: endpoint.name,
    backends: byName,
    next: () => backend(shareAt(endpoint.traffic, chance.split())),
    nextShadow: () => backend(shareAt(shadows, chance.mirror())),
    mirror: new Mirror(),
  };
}
