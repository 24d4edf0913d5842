/** What the endpoints of a run ask of one subscription's cores in a region: no endpoint alone knows. */
import type * as pulumi from "@pulumi/pulumi";
import { coresAsked } from "../compile/azure/quota.ts";
import { sharedQuotaProblems, type Cores, type Share } from "../compile/azure/verdict-quota.ts";
import type { AnyEndpoint } from "../model/batch-endpoint.ts";
import type { On } from "../model/endpoint.ts";
import type { Problem } from "../model/refusal.ts";
import { certainOfEach, unlessRefused } from "../model/refused.ts";
import type { AzureMlTarget } from "../model/target.ts";
import { isCorrection, perRun } from "./run.ts";

type Late = pulumi.Input<string>;

/** A region of a subscription, and what is asked of it so far. */
interface Place {
  readonly location: unknown;
  readonly subscription: unknown;
  readonly shares: readonly Share[];
  readonly available: Cores;
}

const drawn = perRun(() => new Set<Place>());

/**
 * Adds what an endpoint asks for, if there is enough, and else says what is missing. Late regions and subscriptions are the same only as the same value:
 * two that cannot be compared must not refuse each other.
 */
export const drawOnQuota = (endpoint: AnyEndpoint<Late>): Problem[] => {
  const { logicalName, target } = endpoint;
  if (target.type !== "azureMl" || endpoint.kind !== "online") return [];
  const places = drawn();
  const [location, subscription] = [plain(target.location), plain(target.subscriptionId)];
  const found = [...places].find((each) => each.location === location && each.subscription === subscription);
  const others = (found?.shares ?? []).filter((share) => !(share.endpoint === logicalName && isCorrection(endpoint)));
  const shares = [...others, { endpoint: logicalName, asked: coresAsked(endpoint as On<Late, AzureMlTarget<Late>>) }];
  const available = least(found?.available ?? {}, unlessRefused(() => target.quota) ?? {});
  const problems = sharedQuotaProblems(shares, available);
  if (problems.length > 0) return problems;
  if (found !== undefined) places.delete(found);
  places.add({ location, subscription, shares, available });
  return [];
};

/** "West Europe" is westeurope. */
const plain = (place: unknown): unknown => (typeof place === "string" ? place.toLowerCase().replaceAll(" ", "") : place);

const least = (one: Cores, other: Cores): Cores => ({
  ...one,
  ...Object.fromEntries(certainOfEach(other, (cores, family) => [[family, Math.min(cores, one[family] ?? Number.POSITIVE_INFINITY)] as const])),
});
