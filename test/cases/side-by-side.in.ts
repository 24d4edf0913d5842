import { azure, onnx, type Case } from "./declare.ts";

export default {
  name: "wine",
  args: {
    deployments: {
      blue: { model: onnx("blue"), instanceCount: 2, azure: { ...azure, replacement: "sideBySide" } },
      green: { model: onnx("green"), azure },
      indigo: { model: onnx("indigo"), egressPublicNetworkAccess: "enabled", azure: { ...azure, replacement: "sideBySide" } },
    },
    traffic: { blue: 90, green: 10 },
    mirrorTraffic: { indigo: 20 },
  },
} satisfies Case;
