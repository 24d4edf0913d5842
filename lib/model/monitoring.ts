/** What watches the endpoints of a cluster. */
import { late, strict } from "./fields.ts";

/** What there is in the cluster that watches, and what it is given. */
export interface MonitoringArgs<V> {
  /** Address of Prometheus inside the cluster, `http://prometheus.monitoring:9090`, for autoscalers that read from it. @default - none: they are refused */
  readonly prometheusUrl?: V;
}

/** @internal */
export const monitoring = <V>() => strict({ prometheusUrl: late<V>("the address of Prometheus").optional() });
