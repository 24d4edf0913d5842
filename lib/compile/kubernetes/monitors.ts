/** How Prometheus finds the containers of an endpoint. */
import type { On } from "../../model/endpoint.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { PROBES } from "../../scoring/contract.ts";
import { ofEndpoint } from "./ids.ts";
import { endpointSelector, monitoringMetadata } from "./metadata.ts";
import { PORT_NAME } from "./probes.ts";

/** A PodMonitor, where the target wants one. It is the pods' own: a Service would hide those that are not ready. */
export const compileMonitor = <V>(endpoint: On<V, KubernetesTarget<V>>): PlannedResource[] => {
  const { monitoring } = endpoint.target;
  if (monitoring?.podMonitor !== true) return [];
  const inputs = {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    metadata: monitoringMetadata(endpoint, endpoint.name),
    spec: {
      podMetricsEndpoints: [{ interval: `${monitoring.scrapeSeconds}s`, path: PROBES.metrics, port: PORT_NAME }],
      selector: { matchLabels: endpointSelector(endpoint.name) },
    },
  };
  return [ofEndpoint(endpoint, "podMonitor", { type: "kubernetes:monitoring.coreos.com/v1:PodMonitor", inputs })];
};
