import { azure, onnx, type Case } from "./declare.ts";

export default {
  name: "credit",
  args: {
    nam: "x",
    deployments: {
      blue: { model: onnx("blue"), instances: 2, azure },
      "a--b": { model: onnx("blue"), azure },
      ab: { model: { path: "examples/quickstart/models/none.onnx" }, azure },
    },
    traffic: { blue: 90.5, grey: 120 },
    mirrorTraffic: { blue: 60 },
  },
} satisfies Case;
