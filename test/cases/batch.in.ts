import type { Case } from "./declare.ts";

const create = { name: "cpu", size: "Standard_DS3_v2", maxInstances: 8 };

/** Two models under one batch endpoint, one of them with every setting, on a cluster that they share. */
export default {
  name: "wine",
  args: {
    kind: "batch",
    description: "Scores wines by the thousand",
    tags: { team: "cellar" },
    deployments: {
      blue: {
        model: { path: "examples/blue-green/models/blue" },
        codeConfiguration: { code: "examples/blue-green/scoring", scoringScript: "score.py" },
        environment: { image: "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04", requirements: "examples/blue-green/scoring/requirements.txt" },
        azure: { compute: { create } },
      },
      green: {
        description: "Careful",
        model: { path: "examples/blue-green/models/green" },
        codeConfiguration: { code: "examples/blue-green/scoring", scoringScript: "score.py" },
        environment: { image: "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04", requirements: "examples/blue-green/scoring/requirements.txt" },
        resources: { instanceCount: 2 },
        settings: {
          miniBatchSize: 20,
          maxConcurrencyPerInstance: 2,
          outputFileName: "wines.csv",
          errorThreshold: 5,
          retrySettings: { maxRetries: 1, timeout: 300 },
          loggingLevel: "warning",
          environmentVariables: { OMP_NUM_THREADS: "1" },
        },
        azure: { compute: { create } },
      },
    },
    defaults: { deploymentName: "blue" },
  },
} satisfies Case;
