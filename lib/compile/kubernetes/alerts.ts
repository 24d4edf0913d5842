/** Alert rules of an endpoint as a PrometheusRule: the same alerts as on Azure, of the container's own metrics. */
import type { Alerts } from "../../model/alerts.ts";
import type { On } from "../../model/endpoint.ts";
import { join, type Value } from "../../model/late.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { ofEndpoint } from "./ids.ts";
import { monitoringMetadata } from "./metadata.ts";
import { ANSWERED, inNamespace, seriesOf, SERIES } from "./metrics.ts";

type Endpoint<V> = On<V, KubernetesTarget<V>>;
type Alert = NonNullable<Alerts[keyof Alerts]>;

/** A rule of the Prometheus Operator. */
interface Rule<V> {
  readonly alert: string;
  readonly annotations: Readonly<Record<string, Value<V>>>;
  readonly expr: Value<V>;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Nothing where no alert is written. */
export const compileAlerts = <V>(endpoint: Endpoint<V>): PlannedResource[] => {
  const rules = [...errorShare(endpoint), ...latency(endpoint), ...capacity(endpoint)];
  if (rules.length === 0) return [];
  const inputs = {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: monitoringMetadata(endpoint, endpoint.name),
    spec: { groups: [{ name: endpoint.name, rules }] },
  };
  return [ofEndpoint(endpoint, "alerts", { type: "kubernetes:monitoring.coreos.com/v1:PrometheusRule", inputs })];
};

interface Said {
  readonly name: string;
  /** Its section in the runbook. */
  readonly anchor: string;
  readonly alert: Alert;
  readonly expr: string;
  readonly description: string;
  /** What is true for a moment alone is no alert. */
  readonly lasting?: boolean;
}

const ruleOf = <V>(endpoint: Endpoint<V>, { alert, anchor, description, expr, lasting, name }: Said): Rule<V> => {
  const { runbookUrl } = endpoint.target.monitoring ?? {};
  return {
    alert: name,
    annotations: { description, ...(runbookUrl === undefined ? {} : { runbook_url: join<V>`${runbookUrl}#${anchor}` }) },
    expr: inNamespace(endpoint, expr),
    ...(lasting === true ? { for: `${alert.windowMinutes}m` } : {}),
    labels: { inference_endpoint: endpoint.name, severity: alert.severity },
  };
};

/** A model's own failure reaches the caller as 424; the container counts it with its own. */
const errorShare = <V>(endpoint: Endpoint<V>): Rule<V>[] => {
  const { alerts, name } = endpoint;
  if (alerts.errorShare === undefined) return [];
  const { above, windowMinutes } = alerts.errorShare;
  const sum = (series: string, also = ""): string => `sum(rate(${seriesOf(name, undefined, series, also)}[${windowMinutes}m]))`;
  const expr = `100 * ${sum(SERIES.failures)} / ${sum(SERIES.requests, ANSWERED)} > ${above}`;
  const description = `More than ${above} % of the requests to endpoint ${name} fail, by the server or by its model.`;
  return [ruleOf(endpoint, { name: "InferenceEndpointErrorShare", anchor: "errorshare", alert: alerts.errorShare, expr, description })];
};

/** One rule that watches each deployment on its own. */
const latency = <V>(endpoint: Endpoint<V>): Rule<V>[] => {
  const { alerts, name } = endpoint;
  if (alerts.latency === undefined) return [];
  const { above, percentile, windowMinutes } = alerts.latency;
  const rate = `sum by (deployment, le) (rate(${seriesOf(name, undefined, SERIES.duration, 'route="score"')}[${windowMinutes}m]))`;
  const expr = `1000 * histogram_quantile(${percentile / 100}, ${rate}) > ${above}`;
  const description = `${100 - percentile} % of the requests to deployment {{ $labels.deployment }} of endpoint ${name} take longer than ${above} ms.`;
  return [ruleOf(endpoint, { name: "InferenceEndpointLatency", anchor: "latency", alert: alerts.latency, expr, description })];
};

/** One for each deployment: of one that has no pod at all, no metric says so. */
const capacity = <V>(endpoint: Endpoint<V>): Rule<V>[] => {
  const { alerts, deployments, name } = endpoint;
  const alert = alerts.capacity;
  if (alert === undefined) return [];
  return Object.keys(deployments).map((deployment) => {
    const expr = `(count(${seriesOf(name, deployment, SERIES.workersReady)} > 0) or vector(0)) < ${alert.below}`;
    const description = `Deployment ${deployment} of endpoint ${name} has fewer than ${alert.below} instances that can answer.`;
    return ruleOf(endpoint, { name: "InferenceEndpointCapacity", anchor: "capacity", alert, expr, description, lasting: true });
  });
};
