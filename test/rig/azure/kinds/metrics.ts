/** Metrics that Azure Monitor has of endpoints and deployments. */
import { placeOf } from "../paths.ts";

const LATENCIES = ["RequestLatency_P50", "RequestLatency_P90", "RequestLatency_P95", "RequestLatency_P99"];
const COLLECTION = ["DataCollectionErrorsPerMinute", "DataCollectionEventsPerMinute"];

const METRICS = {
  onlineEndpoint: ["ConnectionsActive", "NetworkBytes", "NewConnectionsPerSecond", "RequestLatency", "RequestsPerMinute", ...LATENCIES, ...COLLECTION],
  onlineDeployment: [
    "CpuUtilizationPercentage",
    "CpuMemoryUtilizationPercentage",
    "GpuUtilizationPercentage",
    "GpuMemoryUtilizationPercentage",
    "GpuEnergyJoules",
    "DiskUtilization",
    "DeploymentCapacity",
    "RequestsPerMinute",
    ...LATENCIES,
    ...COLLECTION,
  ],
} as const;

/** Has the resource with this id a metric of this name? */
export const hasMetric = (id: string, metric: string): boolean => {
  const kind = placeOf(id)?.kind;
  return (kind === "onlineEndpoint" || kind === "onlineDeployment") && (METRICS[kind] as readonly string[]).includes(metric);
};
