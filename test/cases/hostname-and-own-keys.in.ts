import { azure, onnx, type Case } from "./declare.ts";

export default {
  name: "wine",
  args: {
    auth: { existingSecret: "wine-callers" },
    kubernetes: { hostname: "wine.example.com" },
    deployments: { blue: { model: onnx("blue"), azure } },
    traffic: { blue: 100 },
  },
  kubernetes: { gateway: { create: { className: "envoy", hostname: "wine.example.com", tls: { secretName: "wine-tls" } }, implementation: "envoy-gateway" } },
} satisfies Case;
