/** Metrics that Azure Monitor has of endpoints and deployments (supported-metrics/microsoft-machinelearningservices-workspaces-onlineendpoints). */
import type { AutoscaleMetric } from "../../model/autoscale-rule.ts";

const ENDPOINTS = "microsoft.machinelearningservices/workspaces/onlineendpoints";

/** The namespaces of metrics, by the resource that has them. */
export const NAMESPACES = { endpoint: ENDPOINTS, deployment: `${ENDPOINTS}/deployments` } as const;

/** A metric of the service. */
export interface Metric {
  readonly name: string;
  /** Which resource has it. One of the endpoint is told apart by its dimension `deployment`. */
  readonly of: keyof typeof NAMESPACES;
  /** Whether it has minimum and maximum too, or the average alone. */
  readonly extremes: boolean;
  /** Whether it counts for all instances together. */
  readonly total?: true;
}

const utilization = (name: string): Metric => ({ name, of: "deployment", extremes: true });
const percentile = (percent: number): Metric => ({ name: `RequestLatency_P${percent}`, of: "deployment", extremes: false });

/** What the service calls the metrics of `autoscale`, of those that it has. A deployment has percentiles of its latency, and only the endpoint its mean. */
export const METRIC: Readonly<Partial<Record<AutoscaleMetric, Metric>>> = {
  cpu: utilization("CpuUtilizationPercentage"),
  memory: utilization("CpuMemoryUtilizationPercentage"),
  gpu: utilization("GpuUtilizationPercentage"),
  gpuMemory: utilization("GpuMemoryUtilizationPercentage"),
  disk: utilization("DiskUtilization"),
  requestLatency: { name: "RequestLatency", of: "endpoint", extremes: false },
  requestLatencyP50: percentile(50),
  requestLatencyP90: percentile(90),
  requestLatencyP95: percentile(95),
  requestLatencyP99: percentile(99),
  requestsPerMinute: { name: "RequestsPerMinute", of: "deployment", extremes: false, total: true },
};
