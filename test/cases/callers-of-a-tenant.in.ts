import { azure, onnx, type Case } from "./declare.ts";

export default {
  name: "wine",
  args: {
    authMode: "aad_token",
    auth: { tenantId: "11111111-2222-3333-4444-555555555555", audience: "api://wine", allowedClientIds: ["99999999-2222-3333-4444-555555555555"], roles: ["Score"], enforce: "gateway" },
    deployments: { blue: { model: onnx("blue"), instanceCount: 2, azure } },
    traffic: { blue: 100 },
  },
} satisfies Case;
