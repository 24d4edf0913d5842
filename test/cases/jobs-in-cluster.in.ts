import { onnx, type Case } from "./declare.ts";

/** Two models under one batch endpoint whose jobs are Jobs: one with everything that a cluster understands, one with nothing. */
export default {
  name: "wine",
  kubernetes: { jobsNamespace: "ml-jobs" },
  args: {
    kind: "batch",
    description: "Scores wines by the thousand",
    tags: { team: "cellar" },
    auth: { existingSecret: "wine-callers" },
    deployments: {
      blue: {
        model: { path: "examples/blue-green/models/blue" },
        codeConfiguration: { code: "examples/blue-green/scoring", scoringScript: "score.py" },
        resources: { instanceCount: 4 },
        settings: { miniBatchSize: 20, maxConcurrencyPerInstance: 2, outputFileName: "wines.csv", errorThreshold: 5, partitionRows: 1000, environmentVariables: { OMP_NUM_THREADS: "1" } },
        kubernetes: {
          scoringImage: "registry.example.com/wine-scoring:1.0.0",
          resources: { requests: { cpu: "1", memory: "2Gi" }, limits: { memory: "2Gi" } },
          nodeSelector: { pool: "batch" },
          tolerations: [{ key: "batch", operator: "Exists", effect: "NoSchedule" }],
          priorityClassName: "low",
          podLabels: { team: "cellar" },
          serviceAccount: { annotations: { "iam.gke.io/gcp-service-account": "wine@cellar" } },
        },
      },
      onnx: { model: onnx("blue") },
    },
    defaults: { deploymentName: "blue" },
    kubernetes: { path: "/wines", jobsClaim: "outputs", queueName: "nightly", maxConcurrentJobs: 2, recordRetentionDays: 7, ttlSecondsAfterFinished: 60 },
  },
} satisfies Case;
