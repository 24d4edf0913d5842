import { azure, onnx, type Case } from "./declare.ts";

export default {
  name: "wine",
  args: {
    auth: { enforce: "gateway" },
    deployments: { blue: { model: onnx("blue"), instanceCount: 2, azure } },
    traffic: { blue: 100 },
  },
} satisfies Case;
