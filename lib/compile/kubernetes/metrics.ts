/** What the scoring container counts, as Prometheus is asked for it. Names are those of `scoring/online/metrics.ts`; a test compares. */
import type { AutoscaleMetric } from "../../model/autoscale-rule.ts";
import type { On } from "../../model/endpoint.ts";
import { Concat, type Value } from "../../model/late.ts";
import { pairName } from "../../model/names.ts";
import type { KubernetesTarget } from "../../model/target.ts";

/** Names of metrics that queries read. */
export const SERIES = {
  requests: "scoring_requests_total",
  failures: "scoring_failures_total",
  refusals: "scoring_refusals_total",
  duration: "scoring_request_duration_seconds_bucket",
  inFlight: "scoring_requests_in_flight",
  queued: "scoring_requests_queued",
  workersReady: "scoring_workers_ready",
  workersBusy: "scoring_workers_busy",
  workerDeaths: "scoring_worker_deaths_total",
} as const;

/** Routes that a model answers. */
export const ANSWERED = 'route=~"score|model"';

/** Metrics that the cluster has of any container, without Prometheus. */
export const isResource = (metric: AutoscaleMetric): metric is "cpu" | "memory" => metric === "cpu" || metric === "memory";

/** A pod's name begins with its Deployment's, of which the API server keeps 58 characters with the dash. */
const POD_PREFIX = 58;

/** Stands for the namespace in the text of a query; no name holds it. */
const NAMESPACE = "$namespace$";

/** One metric of a deployment's pods, or of all the endpoint's. Names hold nothing that an expression would read otherwise. */
export const seriesOf = (endpoint: string, name: string | undefined, series: string, also = ""): string => {
  const begin = name === undefined ? pairName(endpoint, "") : `${pairName(endpoint, name)}-`.slice(0, POD_PREFIX);
  const labels = [`namespace="${NAMESPACE}"`, `pod=~"${begin}.*"`, ...(name === undefined ? [] : [`deployment="${name}"`]), ...(also === "" ? [] : [also])];
  return `${series}{${labels.join(",")}}`;
};

/** The text of a query, or of several, with the namespace where it belongs. */
export const inNamespace = <V>({ target }: On<V, KubernetesTarget<V>>, text: string): Value<V> => {
  const [first = "", ...rest] = text.split(NAMESPACE);
  return new Concat<V>([first, ...rest.flatMap((part) => [target.namespace, part])]);
};

/** The value of a metric over all instances. */
export const queryOf = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, metric: AutoscaleMetric, minutes: number): Value<V> => {
  const over = `[${minutes}m]`;
  const of = (series: string, also = ""): string => `${seriesOf(endpoint.name, name, series, also)}${over}`;
  if (metric === "requestsPerMinute") return inNamespace(endpoint, `60 * sum(rate(${of(SERIES.requests, ANSWERED)}))`);
  return inNamespace(endpoint, `sum(avg_over_time(${of(metric === "requestsQueued" ? SERIES.queued : SERIES.inFlight)}))`);
};
