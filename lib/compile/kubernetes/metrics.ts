/** What the scoring container counts, as Prometheus is asked for it. Names are those of `scoring/online/metrics.ts`; a test compares. */
import type { AutoscaleMetric } from "../../model/autoscale-rule.ts";
import type { On } from "../../model/endpoint.ts";
import { join, type Value } from "../../model/late.ts";
import { pairName } from "../../model/names.ts";
import type { KubernetesTarget } from "../../model/target.ts";

/** Names of metrics that queries read. */
export const SERIES = {
  requests: "scoring_requests_total",
  refusals: "scoring_refusals_total",
  duration: "scoring_request_duration_seconds_bucket",
  queueDuration: "scoring_queue_duration_seconds_bucket",
  runDuration: "scoring_run_duration_seconds_bucket",
  inFlight: "scoring_requests_in_flight",
  queued: "scoring_requests_queued",
  workers: "scoring_workers",
  workersReady: "scoring_workers_ready",
  workersBusy: "scoring_workers_busy",
  workerDeaths: "scoring_worker_deaths_total",
  dropped: "scoring_collector_dropped_total",
} as const;

/** Routes that a model answers. */
export const ANSWERED = 'route=~"score|model"';

/** Metrics that the cluster has of any container, without Prometheus. */
export const isResource = (metric: AutoscaleMetric): metric is "cpu" | "memory" => metric === "cpu" || metric === "memory";

/** A pod's name begins with its Deployment's, of which the API server keeps 58 characters with the dash. */
const POD_PREFIX = 58;

/** One metric of a deployment's pods. Names hold nothing that an expression would read otherwise. */
export const seriesOf = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, series: string, also = ""): Value<V> => {
  const pods = `${`${pairName(endpoint.name, name)}-`.slice(0, POD_PREFIX)}.*`;
  const rest = `",pod=~"${pods}",deployment="${name}"${also === "" ? "" : `,${also}`}}`;
  return join<V>`${`${series}{namespace="`}${endpoint.target.namespace}${rest}`;
};

/** The value of a metric over all instances. */
export const queryOf = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, metric: AutoscaleMetric, minutes: number): Value<V> => {
  const over = `[${minutes}m]`;
  if (metric === "requestsPerMinute") return join<V>`60 * sum(rate(${seriesOf(endpoint, name, SERIES.requests, ANSWERED)}${over}))`;
  return join<V>`sum(avg_over_time(${seriesOf(endpoint, name, metric === "requestsQueued" ? SERIES.queued : SERIES.inFlight)}${over}))`;
};
