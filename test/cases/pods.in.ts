import { azure, onnx, type Case } from "./declare.ts";

const scoring = {
  model: onnx("blue"),
  instanceCount: 2,
  azure,
  startupProbe: { period: 30, failureThreshold: 60 },
  livenessProbe: { failureThreshold: 3 },
  readinessProbe: { initialDelay: 1, period: 2, failureThreshold: 2 },
  requestSettings: { requestTimeoutMs: 60_000 },
  kubernetes: {
    resources: { requests: { cpu: "500m" }, limits: { memory: "2Gi", "nvidia.com/gpu": "1" } },
    nodeSelector: { pool: "gpu" },
    tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { topologyKey: "rack", labelSelector: {} } }] } },
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "rack", whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: { team: "risk" } } }],
    priorityClassName: "important",
    podLabels: { team: "risk", "azure.workload.identity/use": "true" },
    podAnnotations: { "example.com/note": "x" },
    serviceAccount: { annotations: { "azure.workload.identity/client-id": "00000000-0000-0000-0000-000000000001" } },
    imagePullSecrets: ["registry"],
    volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data", readOnly: true } }],
    volumeMounts: [{ name: "data", mountPath: "/data" }],
    securityContext: { runAsUser: 20_000, fsGroup: 20_000 },
    rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
  },
};

/** Everything that Kubernetes understands of a deployment's pods. */
export default {
  name: "pods",
  args: { deployments: { blue: scoring }, traffic: { blue: 100 } },
} satisfies Case;
