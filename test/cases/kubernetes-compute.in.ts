import type { Case } from "./declare.ts";

export default {
  name: "credit",
  args: {
    azure: { compute: "azureml:aks" },
    deployments: {
      blue: {
        model: "azureml:credit:7",
        codeConfiguration: { code: "azureml:code:1", scoringScript: "score.py" },
        azure: {
          instanceType: "cpusmall",
          environment: "azureml:sklearn:3",
          resources: { requests: { cpu: "0.5", memory: "1Gi" }, limits: { cpu: "1", memory: "2Gi", "nvidia.com/gpu": "1" } },
          scaleSettings: { type: "target_utilization", minInstances: 1, maxInstances: 3, pollingInterval: 10 },
        },
      },
    },
    traffic: { blue: 100 },
  },
  azure: { subscriptionId: "00000000-0000-0000-0000-000000000000" },
} satisfies Case;
