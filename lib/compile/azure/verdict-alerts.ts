/** Alerts and diagnostic settings that Azure would refuse, and alerts that would fire for nothing. */
import type { On } from "../../model/endpoint.ts";
import type { Problem, Verdict } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";

type Endpoint<V> = On<V, AzureMlTarget<V>>;

/** What Azure Monitor looks at together, in minutes. */
const WINDOWS = [5, 15, 30, 60, 360, 720, 1440];

export const alertsVerdict = <V>(endpoint: Endpoint<V>): Verdict => ({
  problems: endpoint.azure.compute === undefined ? managedProblems(endpoint) : unwatchedProblems(endpoint),
  warnings: capacityWarnings(endpoint),
});

const written = <V>({ alerts }: Endpoint<V>) => Object.entries(alerts).flatMap(([name, alert]) => (alert === undefined ? [] : [[name, alert] as const]));

const unwatchedProblems = <V>({ azure, ...endpoint }: Endpoint<V>): Problem[] => {
  const own = "Azure Monitor watches managed compute alone: what runs on Kubernetes compute is watched in the cluster; leave it out";
  const given = [
    ...(azure.diagnosticSettings === undefined ? [] : ["azure.diagnosticSettings"]),
    ...(azure.alertActionGroups.length === 0 ? [] : ["azure.alertActionGroups"]),
    ...written({ azure, ...endpoint }).map(([name]) => `alerts.${name}`),
  ];
  return given.map((path) => ({ path, message: own }));
};

const managedProblems = <V>(endpoint: Endpoint<V>): Problem[] => {
  const { alerts, azure } = endpoint;
  const reads = azure.diagnosticSettings?.logs.includes("traffic") ?? false;
  const idle = azure.alertActionGroups.length > 0 && written(endpoint).length === 0;
  return [
    ...written(endpoint).flatMap(([name, { windowMinutes }]): Problem[] =>
      WINDOWS.includes(windowMinutes) ? [] : [{ path: `alerts.${name}.windowMinutes`, message: `Azure Monitor takes ${WINDOWS.join(", ")} minutes; got ${windowMinutes}`, value: windowMinutes }],
    ),
    ...(alerts.errorShare !== undefined && !reads
      ? [{ path: "alerts.errorShare", message: 'no metric of Azure is a share: this alert reads the traffic log, so give azure.diagnosticSettings: { workspaceId }, with "traffic" among its logs' }]
      : []),
    ...(idle ? [{ path: "azure.alertActionGroups", message: "they are told of alerts, and there are none" }] : []),
  ];
};

const capacityWarnings = <V>({ alerts, deployments }: Endpoint<V>): Problem[] => {
  const below = alerts.capacity?.below ?? 0;
  return Object.entries(deployments).flatMap(([name, { autoscale, instanceCount }]): Problem[] => {
    const fewest = autoscale === undefined ? instanceCount : Math.min(autoscale.minInstances, ...Object.values(autoscale.schedules).map(({ minInstances }) => minInstances));
    return fewest >= below ? [] : [{ path: "alerts.capacity.below", message: `deployment ${JSON.stringify(name)} may have ${fewest} when all is well, and the alert fires below ${below}` }];
  });
};
