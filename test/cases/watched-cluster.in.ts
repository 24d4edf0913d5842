import { azure, onnx, type Case } from "./declare.ts";

/** Everything that watches an endpoint in a cluster. */
export default {
  name: "wine",
  args: {
    alerts: { errorShare: { above: 1, windowMinutes: 15, severity: "critical" }, latency: { above: 200, percentile: 99 }, capacity: { below: 2 } },
    azure: { diagnosticSettings: { workspaceId: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/logs" } },
    deployments: { blue: { model: onnx("blue"), instanceCount: 3, azure } },
    traffic: { blue: 100 },
  },
  kubernetes: { monitoring: { podMonitor: true, dashboard: true, labels: { release: "prometheus" }, runbookUrl: "https://wiki.example.com/runbook" }, metricsFrom: { namespace: "monitoring", podLabels: { "app.kubernetes.io/name": "prometheus" } } },
} satisfies Case;
