/** The cores that an endpoint on managed compute asks for, by VM family, as Azure charges its quota. */
import type { On } from "../../model/endpoint.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { chargedCores, skuOf, type Sku } from "./skus.ts";
import { certainOfEach } from "../../model/refused.ts";

/** What the deployments of one family ask for. */
export interface Asked {
  readonly family: string;
  readonly deployments: readonly string[];
  /** Cores while every autoscaler is at its minimum. */
  readonly atRest: number;
  /** Cores while every autoscaler is at its maximum. */
  readonly atMost: number;
  /** What each deployment that is replaced side by side asks for besides, while it is. */
  readonly beside: readonly Beside[];
}

/** The successor of a deployment, as it begins. */
export interface Beside {
  readonly deployment: string;
  readonly cores: number;
}

/** Instances at rest, and at most. */
export const instancesOf = <V>({ autoscale, instanceCount }: OnlineDeployment<V>): { readonly atRest: number; readonly atMost: number } => {
  if (autoscale === undefined) return { atRest: instanceCount, atMost: instanceCount };
  const schedules = Object.values(autoscale.schedules);
  // A deployment begins with its own number, and is brought between the bounds afterwards.
  return { atRest: autoscale.minInstances, atMost: Math.max(instanceCount, autoscale.maxInstances, ...schedules.map(({ maxInstances }) => maxInstances)) };
};

/** In the order of the deployments. Sizes that are not listed are left out, and what was refused: nobody knows their cores, and more than this is asked for. */
export const coresAsked = <V>(endpoint: On<V, AzureMlTarget<V>>): Asked[] => {
  if (endpoint.azure.compute !== undefined) return [];
  const asked = new Map<string, Asked>();
  certainOfEach(endpoint.deployments, (deployment, name) => {
    const sku = skuOf(deployment.azure.instanceType ?? "");
    if (sku !== undefined) asked.set(sku.family, add(asked.get(sku.family), name, deployment, sku));
    return [];
  });
  return [...asked.values()];
};

const add = <V>(before: Asked | undefined, name: string, deployment: OnlineDeployment<V>, sku: Sku): Asked => {
  const { atMost, atRest } = instancesOf(deployment);
  const own = deployment.azure.replacement === "sideBySide" ? [{ deployment: name, cores: chargedCores(sku, deployment.instanceCount) }] : [];
  return {
    family: sku.family,
    deployments: [...(before?.deployments ?? []), name],
    atRest: (before?.atRest ?? 0) + chargedCores(sku, atRest),
    atMost: (before?.atMost ?? 0) + chargedCores(sku, atMost),
    beside: [...(before?.beside ?? []), ...own],
  };
};

/** The one that asks for most. */
export const largestOf = (beside: readonly Beside[]): Beside | undefined => beside.toSorted((a, b) => b.cores - a.cores)[0];

/** While all of them are replaced in one update: each successor is made before any predecessor goes. */
export const allOf = (beside: readonly Beside[]): number => beside.reduce((all, { cores }) => all + cores, 0);
