/** Azure's limits on everything that a program makes together (how-to-manage-quotas, 2026-01-27). */
import type { Problem, Verdict } from "../../model/refusal.ts";

/** What a program has of Azure so far, the endpoint that is asked about among it. */
export interface Counted {
  /** Endpoints and deployments of one region. */
  readonly region: { readonly endpoints: number; readonly deployments: number };
  /** Those on the endpoint's cluster, where it is on Kubernetes compute. */
  readonly cluster?: { readonly endpoints: number; readonly deployments: number };
}

/** A region's can be raised by asking, a cluster's cannot. */
const LIMITS = { region: { endpoints: 100, deployments: 500 }, cluster: { endpoints: 60, deployments: 100 } } as const;

export const limitVerdict = ({ cluster, region }: Counted): Verdict => ({
  problems: cluster === undefined ? [] : over("azure.compute", cluster, LIMITS.cluster, (limit, what, count) => `a cluster takes ${limit} ${what} at most, and this program has ${count} on it`),
  warnings: over("target", region, LIMITS.region, (limit, what, count) => `Azure takes ${limit} ${what} in a region and subscription unless you have asked for more, and this program has ${count}`),
});

type Counts = Counted["region"];

const over = (path: string, counts: Counts, limits: Counts, say: (limit: number, what: string, count: number) => string): Problem[] =>
  (["endpoints", "deployments"] as const).flatMap((what) => (counts[what] <= limits[what] ? [] : [{ path, message: say(limits[what], what, counts[what]) }]));
