/** What watches the endpoints of a cluster. */
import { flag, late, lateMap, strict, whole } from "./fields.ts";

/** What there is in the cluster that watches, and what is made for it. */
export interface MonitoringArgs<V> {
  /** Address of Prometheus inside the cluster, `http://prometheus.monitoring:9090`, for autoscalers that read from it. @default - none: they are refused */
  readonly prometheusUrl?: V;
  /** Whether each endpoint gets a PodMonitor of the Prometheus Operator, so that its containers are scraped. @default false */
  readonly podMonitor?: boolean;
  /** Seconds between two scrapes by it, 5 to 300. @default 30 */
  readonly scrapeSeconds?: number;
  /** Whether each endpoint gets a dashboard of Grafana, in a ConfigMap with the label that Grafana's sidecar looks for, `grafana_dashboard: "1"`. @default false */
  readonly dashboard?: boolean;
  /** Labels of PodMonitors, PrometheusRules and dashboards, by which Prometheus and Grafana choose theirs. @default - none besides the recommended ones */
  readonly labels?: Readonly<Record<string, V>>;
  /** Address of a page with a section for each alert, `https://wiki.example.com/runbook`; alerts link to `#errorshare`, `#latency`, `#capacity`. @default - none */
  readonly runbookUrl?: V;
}

/** @internal */
export const monitoring = <V>() =>
  strict({
    prometheusUrl: late<V>("the address of Prometheus").optional(),
    podMonitor: flag().default(false),
    scrapeSeconds: whole("seconds", 5, 300).default(30),
    dashboard: flag().default(false),
    labels: lateMap<V>().default({}),
    runbookUrl: late<V>("an address").optional(),
  });
