import { azure, type Case } from "./declare.ts";

const sha256 = "0123456789abcdef".repeat(4);

/** Models that no ConfigMap holds, each in one of the ways. */
export default {
  name: "wine",
  args: {
    deployments: {
      web: { model: { path: "https://models.example.com/wine.onnx", sha256 }, azure },
      bucket: { model: { path: "s3://models/wine/", type: "mlflow_model" }, azure, environmentVariables: { AWS_REGION: "eu-central-1" } },
      image: { model: { image: "registry.example.com/wine-model:3", path: "/models/wine", type: "mlflow_model" }, azure },
      copied: { model: { image: "registry.example.com/wine-model:3", path: "/models/wine.onnx", mount: "copy" }, azure },
      volume: { model: { claim: "models", path: "wine/3", name: "wine", version: "3" }, azure },
    },
    traffic: { web: 100 },
  },
} satisfies Case;
