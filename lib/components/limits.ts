/** Counts what a run of a program makes of Azure, for limits that no endpoint alone reaches. */
import * as pulumi from "@pulumi/pulumi";
import { limitVerdict } from "../compile/azure/verdict-limits.ts";
import type { AnyEndpoint } from "../model/batch-endpoint.ts";
import type { Verdict } from "../model/refusal.ts";

interface Counts {
  endpoints: number;
  deployments: number;
}

/** By region and by cluster, per run: Automation API programs run several times in one process. */
const runs = new WeakMap<object, Map<string, Counts>>();
const outside = {};

/** Counts an endpoint that will be made, or a deployment of another program's. Regions and clusters that are late are not told apart, and counted as one each. */
export const countAzure = (endpoint: AnyEndpoint<pulumi.Input<string>>): Verdict => {
  const { deployments, existing, target } = endpoint;
  if (target.type !== "azureMl") return { problems: [], warnings: [] };
  const run = pulumi.runtime.getMonitor() ?? outside;
  const counts = runs.get(run) ?? new Map<string, Counts>();
  runs.set(run, counts);
  const add = (place: string): Counts => {
    const { deployments: before, endpoints } = counts.get(place) ?? { endpoints: 0, deployments: 0 };
    const now = { endpoints: endpoints + (existing ? 0 : 1), deployments: before + Object.keys(deployments).length };
    counts.set(place, now);
    return now;
  };
  const named = (value: pulumi.Input<string>): string => (typeof value === "string" ? value : "");
  const cluster = endpoint.kind === "online" ? endpoint.azure.compute : undefined;
  return limitVerdict({ region: add(`region ${named(target.location)}`), ...(cluster === undefined ? {} : { cluster: add(`cluster ${named(cluster)}`) }) });
};
