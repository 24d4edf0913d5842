import { onnx, type Case } from "./declare.ts";

/** What Azure refuses of a batch endpoint, all at once. */
export default {
  name: "wine",
  args: {
    kind: "batch",
    authMode: "key",
    auth: { existingSecret: "keys" },
    deployments: {
      blue: { model: onnx("blue"), settings: { partitionRows: 1000, environmentVariables: { TOKEN: "${{azureml://connections/shop}}" } } },
      green: {
        model: { path: "examples/blue-green/models/green" },
        codeConfiguration: { code: "examples/blue-green/scoring", scoringScript: "score.py" },
        resources: { instanceCount: 9 },
        azure: { compute: { create: { name: "cpu", size: "Standard_DS3_v2" } }, instanceType: "gpu" },
      },
      indigo: {
        model: { path: "examples/blue-green/models/green" },
        codeConfiguration: { code: "test/cases/kinds", scoringScript: "score.ts" },
        environment: { requirements: "examples/blue-green/scoring/requirements.txt" },
        azure: { compute: { create: { name: "CPU", size: "Standard_DS4_v2" } } },
      },
    },
  },
} satisfies Case;
