import { azure, onnx, type Case } from "./declare.ts";

export default {
  name: "wine",
  args: {
    deployments: { blue: { model: onnx("blue"), instanceCount: 2, azure, environmentVariables: { LEVEL: "info", DB_PASSWORD: { secret: "db", key: "password" } } } },
    traffic: { blue: 100 },
  },
  azure: { keyVault: { name: "wine-secrets", versions: { "db-password": "0123456789abcdef0123456789abcdef" } } },
} satisfies Case;
