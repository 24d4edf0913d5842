import { azure, onnx, type Case } from "./declare.ts";

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };

export default {
  name: "wine",
  args: {
    kubernetes: { hostname: "Wine.example.com:8443" },
    deployments: {
      blue: { model: onnx("blue"), instanceCount: 2, azure, egressPublicNetworkAccess: "disabled", environmentVariables: endpoint },
      green: { model: onnx("green"), azure, kubernetes: { egressAllow: [{ cidr: "10.20.0.0/16" }] } },
    },
    traffic: { blue: 100 },
    mirrorTraffic: { green: 20 },
  },
  kubernetes: {
    namespace: "ML models",
    gateway: { name: "public", namespace: "edge.gateways", listener: "HTTPS", implementation: { supports: ["HTTPRouteRequestMirror"] }, dataPlane: { namespace: "Edge" } },
  },
} satisfies Case;
