import type { Case } from "./declare.ts";

export default {
  name: "credit",
  args: {
    azure: { compute: "azureml:aks" },
    deployments: {
      blue: { model: "azureml:credit:7", codeConfiguration: { code: "azureml:code:1", scoringScript: "score.py" }, azure: { instanceType: "cpusmall", environment: "azureml:sklearn:3" }, autoscale: { minInstances: 2, maxInstances: 6 } },
    },
    traffic: { blue: 100 },
  },
  azure: { subscriptionId: "00000000-0000-0000-0000-000000000000" },
} satisfies Case;
