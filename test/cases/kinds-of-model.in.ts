import { azure, type Case } from "./declare.ts";

const script = (scoringScript: string): object => ({
  model: { path: "examples/quickstart/models/blue.onnx", version: "1" },
  codeConfiguration: { code: "test/cases/kinds", scoringScript },
  azure,
});

/** Everything that is served without a script in Python. */
export default {
  name: "kinds",
  azure: { scoringImage: "registry.example.com/scoring:1" },
  args: {
    deployments: {
      typescript: script("score.ts"),
      javascript: script("score.mjs"),
      mlflow: { model: { path: "examples/quickstart/models/blue.onnx", type: "mlflow_model", version: "2" }, azure },
    },
    traffic: { typescript: 100 },
  },
} satisfies Case;
