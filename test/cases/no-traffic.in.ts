import { azure, onnx, type Case } from "./declare.ts";

export default {
  name: "wine",
  args: { deployments: { blue: { model: onnx("blue"), azure } }, traffic: { blue: 0 }, mirrorTraffic: { blue: 0 } },
} satisfies Case;
