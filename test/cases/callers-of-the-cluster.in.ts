import { azure, onnx, type Case } from "./declare.ts";

export default {
  name: "wine",
  args: {
    authMode: "aml_token",
    auth: { callers: [{ namespace: "shop", serviceAccount: "checkout" }] },
    deployments: { blue: { model: onnx("blue"), instanceCount: 2, azure } },
    traffic: { blue: 100 },
  },
} satisfies Case;
