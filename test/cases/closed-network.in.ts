import { azure, onnx, type Case } from "./declare.ts";

export default {
  name: "wine",
  args: {
    deployments: {
      blue: { model: onnx("blue"), instanceCount: 2, egressPublicNetworkAccess: "disabled", azure, kubernetes: { egressAllow: [{ cidr: "10.20.0.0/16", ports: [5432] }, { cidr: "10.30.0.4/32", protocol: "UDP", ports: [123] }] } },
      green: { model: onnx("green"), instanceCount: 2, egressPublicNetworkAccess: "disabled", azure },
      grey: { model: onnx("blue"), instanceCount: 2, azure },
    },
    traffic: { blue: 100 },
    mirrorTraffic: { green: 20 },
    azure: { revision: "after the incident" },
  },
  kubernetes: {
    gateway: { create: { className: "istio", hostname: "wine.example.com", tls: { secretName: "wine-tls" } }, implementation: { supports: ["HTTPRouteRequestPercentageMirror"] }, dataPlane: { namespace: "edge", podLabels: { app: "proxy" } } },
    metricsFrom: { namespace: "monitoring", podLabels: { "app.kubernetes.io/name": "prometheus" } },
  },
} satisfies Case;
