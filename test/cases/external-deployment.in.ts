import { azure, onnx, type Case } from "./declare.ts";

export default {
  name: "wine",
  args: {
    deployments: { blue: { model: onnx("blue"), instanceCount: 3, azure }, green: "external", indigo: "external" },
    traffic: { blue: 100, green: 0 },
    mirrorTraffic: { indigo: 0 },
  },
} satisfies Case;
