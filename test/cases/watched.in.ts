import { azure, onnx, type Case } from "./declare.ts";

const insights = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers";

export default {
  name: "wine",
  args: {
    tags: { team: "cellar" },
    alerts: { errorShare: { above: 1, windowMinutes: 15, severity: "critical" }, latency: { above: 200, percentile: 99 }, capacity: { below: 2 } },
    azure: {
      diagnosticSettings: { workspaceId: `${insights}/Microsoft.OperationalInsights/workspaces/logs`, logs: ["traffic", "event"] },
      alertActionGroups: [`${insights}/Microsoft.Insights/actionGroups/cellar`],
    },
    deployments: { blue: { model: onnx("blue"), instanceCount: 3, azure } },
    traffic: { blue: 100 },
  },
} satisfies Case;
