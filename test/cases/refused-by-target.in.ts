import { onnx, type Case } from "./declare.ts";

export default {
  name: "wine",
  args: {
    authMode: "aml_token",
    deployments: {
      blue: { model: onnx("blue"), modelMountPath: "/models", azure: { scaleSettings: { type: "target_utilization" } } },
      green: { model: onnx("green"), requestSettings: { requestTimeoutMs: 200_000 }, azure: { instanceType: "Standard_DS3_v2" } },
      triton: { model: { path: "examples/quickstart/models", type: "triton_model" }, instanceCount: 60 },
    },
    traffic: { blue: 100 },
    mirrorTraffic: { green: 10 },
  },
  azure: { storage: undefined, scoringImage: undefined },
  kubernetes: { scoringImage: undefined, gateway: { name: "public", namespace: "gateways", implementation: "traefik" } },
} satisfies Case;
