import { azure, type Case } from "./declare.ts";

const sklearn = (model: string): object => ({
  model: { path: `examples/blue-green/models/${model}`, name: "cellar" },
  codeConfiguration: { code: "examples/blue-green/scoring", scoringScript: "score.py" },
  environment: { image: "base.example.com/python:1", requirements: "examples/blue-green/scoring/requirements.txt" },
  environmentVariables: { WORKER_COUNT: "2" },
  requestSettings: { requestTimeoutMs: 1500, maxConcurrentRequestsPerInstance: 2, maxQueueWaitMs: 0 },
  livenessProbe: { initialDelay: 30, failureThreshold: 3 },
  startupProbe: { period: 5 },
  instanceCount: 3,
  azure: { ...azure, appInsightsEnabled: true },
  kubernetes: {
    scoringImage: "registry.example.com/wine:1",
    resources: { requests: { cpu: "500m", memory: "512Mi" }, limits: { memory: "1Gi" } },
    nodeSelector: { pool: "models" },
    tolerations: [{ key: "models", operator: "Exists", effect: "NoSchedule" }],
    podLabels: { "example.com/cost": "42" },
    serviceAccount: { annotations: { "example.com/identity": "wine" } },
    imagePullSecrets: ["registry"],
    priorityClassName: "live",
  },
});

export default {
  name: "cellar",
  args: { deployments: { blue: sklearn("blue"), green: sklearn("green") }, traffic: { blue: 100, green: 0 } },
} satisfies Case;
