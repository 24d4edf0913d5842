import { azure, onnx, type Case } from "./declare.ts";

export default {
  name: "wine",
  args: {
    description: "Which cultivar a wine is of",
    tags: { team: "cellar" },
    deployments: {
      blue: { model: onnx("blue"), instanceCount: 2, azure },
      green: { model: onnx("green"), azure },
      indigo: { model: onnx("indigo"), azure },
    },
    traffic: { blue: 90, green: 10 },
    mirrorTraffic: { indigo: 20 },
  },
} satisfies Case;
