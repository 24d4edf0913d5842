/** Alerts that nobody would evaluate, or that would fire for nothing, and what monitoring cannot be called. */
import type { On } from "../../model/endpoint.ts";
import { show, type Problem, type Verdict } from "../../model/refusal.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { OWN_LABELS } from "./metadata.ts";
import { labelProblems } from "./verdict-metadata.ts";
import { certainOfEach, judged } from "../../model/refused.ts";

type Endpoint<V> = On<V, KubernetesTarget<V>>;

export const alertsVerdict = <V>(endpoint: Endpoint<V>): Verdict =>
  judged(
    () => ({ problems: operatorProblems(endpoint) }),
    () => ({ problems: monitoringProblems(endpoint) }),
    () => ({ warnings: capacityWarnings(endpoint) }),
  );

/** Nothing in a cluster evaluates alerts by itself. */
const operatorProblems = <V>({ alerts, target }: Endpoint<V>): Problem[] => {
  if (target.monitoring !== undefined) return [];
  const message = "on Kubernetes it is a PrometheusRule, which the Prometheus Operator evaluates: say that it is there, kubernetes({ monitoring: {} }), with podMonitor: true where nothing scrapes the containers so far";
  return certainOfEach(alerts, (alert, name) => (alert === undefined ? [] : [{ path: `alerts.${name}`, message }]));
};

const monitoringProblems = <V>({ target }: Endpoint<V>): Problem[] => {
  const { labels = {} } = target.monitoring ?? {};
  const own = Object.keys(labels).filter((key) => OWN_LABELS.includes(key));
  return [
    ...own.map((key) => ({ path: `target.monitoring.labels.${key}`, message: `every object carries this label already; take another key than ${OWN_LABELS.map(show).join(", ")}` })),
    ...labelProblems("target.monitoring.labels", labels),
  ];
};

const capacityWarnings = <V>({ alerts, deployments }: Endpoint<V>): Problem[] => {
  const below = alerts.capacity?.below ?? 0;
  return Object.entries(deployments).flatMap(([name, { autoscale, instanceCount }]): Problem[] => {
    const fewest = autoscale?.minInstances ?? instanceCount;
    return fewest >= below ? [] : [{ path: "alerts.capacity.below", message: `deployment ${JSON.stringify(name)} may have ${fewest} when all is well, and the alert fires below ${below}` }];
  });
};
