import { azure, onnx, type Case } from "./declare.ts";

const names = Array.from({ length: 17 }, (_, i) => `dep-${i + 1}`);

export default {
  name: "wine",
  args: {
    deployments: Object.fromEntries(names.map((name) => [name, { model: onnx("blue"), azure }])),
    traffic: { "dep-1": 60, "dep-17": 40 },
  },
} satisfies Case;
