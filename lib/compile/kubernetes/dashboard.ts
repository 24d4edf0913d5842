/** A dashboard of Grafana for an endpoint, in a ConfigMap that Grafana's sidecar finds. */
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { On } from "../../model/endpoint.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { ofEndpoint } from "./ids.ts";
import type { With } from "./manifest.ts";
import { monitoringMetadata } from "./metadata.ts";
import { ANSWERED, inNamespace, seriesOf, SERIES } from "./metrics.ts";

/** By which the sidecar of Grafana's chart finds dashboards. */
const FOUND = { grafana_dashboard: "1" } as const;

/** One graph. */
interface Panel {
  readonly title: string;
  /** Grafana's own name of it. */
  readonly unit: string;
  readonly queries: readonly (readonly [query: string, legend: string])[];
}

export const compileDashboard = <V>(endpoint: On<V, KubernetesTarget<V>>): PlannedResource[] => {
  if (endpoint.target.monitoring?.dashboard !== true) return [];
  const inputs: With<IConfigMap, V> = {
    apiVersion: "v1",
    data: { [`${endpoint.name}.json`]: inNamespace(endpoint, `${JSON.stringify(dashboard(endpoint.name), undefined, 2)}\n`) },
    kind: "ConfigMap",
    // Double dashes are refused in names, so that this is no other endpoint's.
    metadata: monitoringMetadata(endpoint, `${endpoint.name}--dashboard`, FOUND),
  };
  return [ofEndpoint(endpoint, "dashboard", { type: "kubernetes:core/v1:ConfigMap", inputs })];
};

/** What goes up and down with the load, what callers notice of it, and what stands behind it. */
const panels = (endpoint: string): Panel[] => {
  const of = (series: string, also = ""): string => seriesOf(endpoint, undefined, series, also);
  const rate = (series: string, by: string, also = ""): string => `sum by (${by}) (rate(${of(series, also)}[$__rate_interval]))`;
  const gauge = (series: string): string => `sum by (deployment) (${of(series)})`;
  const quantile = (q: number): string => `histogram_quantile(${q}, ${rate(SERIES.duration, "deployment, le", 'route="score"')})`;
  const legend = "{{deployment}}";
  return [
    { title: "Requests", unit: "reqps", queries: [[rate(SERIES.requests, "deployment", ANSWERED), legend]] },
    { title: "Failures", unit: "percentunit", queries: [[`${rate(SERIES.failures, "deployment")} / ${rate(SERIES.requests, "deployment", ANSWERED)}`, legend]] },
    { title: "Statuses", unit: "reqps", queries: [[rate(SERIES.requests, "status", ANSWERED), "{{status}}"]] },
    { title: "Refusals", unit: "reqps", queries: [[rate(SERIES.refusals, "deployment, reason"), `${legend} {{reason}}`]] },
    { title: "Latency", unit: "s", queries: [0.5, 0.95, 0.99].map((q) => [quantile(q), `${legend} p${q * 100}`] as const) },
    { title: "In flight and waiting", unit: "short", queries: [[gauge(SERIES.inFlight), `${legend} in flight`], [gauge(SERIES.queued), `${legend} waiting`]] },
    { title: "Workers", unit: "short", queries: [[gauge(SERIES.workersReady), `${legend} ready`], [gauge(SERIES.workersBusy), `${legend} busy`]] },
    { title: "Workers that died", unit: "short", queries: [[`sum by (deployment) (increase(${of(SERIES.workerDeaths)}[$__rate_interval]))`, legend]] },
  ];
};

const SOURCE = { type: "prometheus", uid: "${datasource}" } as const;
const [WIDTH, HEIGHT, COLUMNS] = [12, 8, 2] as const;

/** In the form of Grafana 9 and newer. */
const dashboard = (endpoint: string): object => ({
  title: `Endpoint ${endpoint}`,
  tags: ["inference-endpoints"],
  schemaVersion: 38,
  timezone: "",
  time: { from: "now-3h", to: "now" },
  refresh: "30s",
  templating: { list: [{ name: "datasource", type: "datasource", query: "prometheus", label: "Prometheus" }] },
  panels: panels(endpoint).map(({ queries, title, unit }, i) => ({
    id: i + 1,
    type: "timeseries",
    title,
    datasource: SOURCE,
    gridPos: { h: HEIGHT, w: WIDTH, x: (i % COLUMNS) * WIDTH, y: Math.floor(i / COLUMNS) * HEIGHT },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(([expr, legendFormat], at) => ({ refId: String.fromCodePoint(65 + at), datasource: SOURCE, expr, legendFormat })),
  })),
});
