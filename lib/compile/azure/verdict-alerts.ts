/** Alerts and diagnostic settings that Azure would refuse, and alerts that would fire for nothing. */
import type { On } from "../../model/endpoint.ts";
import type { Problem, Verdict } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { certain, certainOfEach, judged } from "../../model/refused.ts";

type Endpoint<V> = On<V, AzureMlTarget<V>>;

/** What Azure Monitor looks at together, in minutes. */
const WINDOWS = [5, 15, 30, 60, 360, 720, 1440];

export const alertsVerdict = <V>(endpoint: Endpoint<V>): Verdict =>
  judged(
    () => ({ problems: endpoint.azure.compute === undefined ? managedProblems(endpoint) : unwatchedProblems(endpoint) }),
    () => ({ warnings: capacityWarnings(endpoint) }),
  );

/** The alerts that are written, whatever they say. */
const writtenIn = <V>({ alerts }: Endpoint<V>): string[] => certainOfEach(alerts, (alert, name) => (alert === undefined ? [] : [name]));

const unwatchedProblems = <V>(endpoint: Endpoint<V>): Problem[] => {
  const message = "Azure Monitor watches managed compute alone: what runs on Kubernetes compute is watched in the cluster; leave it out";
  const given = certain(
    () => (endpoint.azure.diagnosticSettings === undefined ? [] : ["azure.diagnosticSettings"]),
    () => (endpoint.azure.alertActionGroups.length === 0 ? [] : ["azure.alertActionGroups"]),
    () => writtenIn(endpoint).map((name) => `alerts.${name}`),
  );
  return given.map((path) => ({ path, message }));
};

const managedProblems = <V>(endpoint: Endpoint<V>): Problem[] =>
  certain(
    () => certainOfEach(endpoint.alerts, (alert, name) => (alert === undefined ? [] : windowProblems(name, alert.windowMinutes))),
    () => shareProblems(endpoint),
    () => (endpoint.azure.alertActionGroups.length > 0 && Object.values(endpoint.alerts).every((alert) => alert === undefined) ? [{ path: "azure.alertActionGroups", message: "they are told of alerts, and there are none" }] : []),
  );

const windowProblems = (name: string, windowMinutes: number): Problem[] =>
  WINDOWS.includes(windowMinutes) ? [] : [{ path: `alerts.${name}.windowMinutes`, message: `Azure Monitor takes ${WINDOWS.join(", ")} minutes; got ${windowMinutes}`, value: windowMinutes }];

const shareProblems = <V>({ alerts, azure }: Endpoint<V>): Problem[] =>
  alerts.errorShare === undefined || azure.diagnosticSettings?.logs.includes("traffic") === true
    ? []
    : [{ path: "alerts.errorShare", message: 'no metric of Azure is a share: this alert reads the traffic log, so give azure.diagnosticSettings: { workspaceId }, with "traffic" among its logs' }];

const capacityWarnings = <V>({ alerts, deployments }: Endpoint<V>): Problem[] => {
  const below = alerts.capacity?.below ?? 0;
  return Object.entries(deployments).flatMap(([name, { autoscale, instanceCount }]): Problem[] => {
    const fewest = autoscale === undefined ? instanceCount : Math.min(autoscale.minInstances, ...Object.values(autoscale.schedules).map(({ minInstances }) => minInstances));
    return fewest >= below ? [] : [{ path: "alerts.capacity.below", message: `deployment ${JSON.stringify(name)} may have ${fewest} when all is well, and the alert fires below ${below}` }];
  });
};
