/** Counts what a run of a program makes of Azure, for limits that no endpoint alone reaches. */
import type * as pulumi from "@pulumi/pulumi";
import { clusterName } from "../compile/azure/ids.ts";
import { limitVerdict } from "../compile/azure/verdict-limits.ts";
import type { AnyEndpoint } from "../model/batch-endpoint.ts";
import type { Verdict } from "../model/refusal.ts";
import { unlessRefused } from "../model/refused.ts";
import type { AzureMlTarget } from "../model/target.ts";
import { isCorrection, perRun } from "./run.ts";

type Late = pulumi.Input<string>;

interface Counts {
  readonly endpoints: number;
  readonly deployments: number;
}

/** By region and by cluster; and what of it is one endpoint's. */
const counted = perRun(() => new Map<string, Counts>());
const own = perRun(() => new Map<string, Counts>());

const NONE: Counts = { endpoints: 0, deployments: 0 };

/** Counts an endpoint that will be made, or a deployment of another program's. Late regions are not told apart, and counted as one: they are only warned of. */
export const countAzure = (endpoint: AnyEndpoint<Late>): Verdict => {
  const { deployments, existing, target } = endpoint;
  if (target.type !== "azureMl") return { problems: [], warnings: [] };
  const counts = counted();
  const add = (place: string): Counts => {
    const mine = { endpoints: existing ? 0 : 1, deployments: Object.keys(deployments).length };
    const key = JSON.stringify([place, endpoint.logicalName]);
    const refused = isCorrection(endpoint) ? (own().get(key) ?? NONE) : NONE;
    const before = counts.get(place) ?? NONE;
    const now = { endpoints: before.endpoints + mine.endpoints - refused.endpoints, deployments: before.deployments + mine.deployments - refused.deployments };
    counts.set(place, now);
    own().set(key, mine);
    return now;
  };
  const region = add(`region ${typeof target.location === "string" ? target.location : ""}`);
  const cluster = unlessRefused(() => (endpoint.kind === "online" ? clusterOf(endpoint.azure.compute, target) : undefined));
  return limitVerdict({ region, ...(cluster === undefined ? {} : { cluster: add(`cluster ${cluster}`) }) });
};

/** What tells a cluster from others: its id, or its short name and what that is short for. Late parts cannot be compared, and two clusters counted as one would be refused. */
const clusterOf = (compute: Late | undefined, { resourceGroupName, subscriptionId, workspaceName }: AzureMlTarget<Late>): string | undefined => {
  const parts = clusterName(compute) === undefined ? [compute] : [subscriptionId ?? "", resourceGroupName, workspaceName, compute];
  return parts.every((part) => typeof part === "string") ? parts.join(" ").toLowerCase() : undefined;
};
