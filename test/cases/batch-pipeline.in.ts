import type { Case } from "./declare.ts";

/** A pipeline component that Azure knows, on a cluster that keeps a node and one that exists. */
export default {
  name: "wine",
  args: {
    kind: "batch",
    deployments: {
      clean: { type: "pipeline", component: "azureml:clean-and-score:3", azure: { compute: "azureml:cpu", defaultDatastore: "workspaceblobstore" } },
      careful: {
        type: "pipeline",
        description: "Goes on where it can",
        component: "azureml:clean-and-score:4",
        settings: { continueOnStepFailure: true },
        azure: { compute: { create: { name: "spare", size: "Standard_DS3_v2", minInstances: 1, tier: "low_priority" } }, forceRerun: true },
      },
      elsewhere: "external",
    },
    defaults: { deploymentName: "clean" },
  },
} satisfies Case;
