import type { Case } from "./declare.ts";

/** A pipeline that the program writes itself: a command, a model over what it leaves, a command over what that says. */
export default {
  name: "wine",
  args: {
    kind: "batch",
    deployments: {
      steps: {
        type: "pipeline",
        job: {
          inputs: { raw: { type: "uri_folder" }, least: { type: "integer", default: 0 }, note: { type: "string", optional: true } },
          outputs: { scores: { type: "uri_folder" }, count: { type: "uri_file" } },
          jobs: {
            prepare: {
              type: "command",
              command: ["python3", "score.py", "${{inputs.raw}}", "--least=${{ inputs.least }}", "${{outputs.kept}}"],
              code: "examples/blue-green/scoring",
              environmentVariables: { LANG: "C" },
              inputs: { raw: "${{parent.inputs.raw}}", least: "${{parent.inputs.least}}" },
              outputs: { kept: { type: "uri_folder" } },
            },
            score: {
              type: "parallel",
              model: { path: "examples/blue-green/models/blue" },
              codeConfiguration: { code: "examples/blue-green/scoring", scoringScript: "score.py" },
              environment: { requirements: "examples/blue-green/scoring/requirements.txt" },
              resources: { instanceCount: 2 },
              settings: { miniBatchSize: 5, partitionRows: 1000 },
              kubernetes: { scoringImage: "registry.example.com/wine-scoring:1.0.0", nodeSelector: { pool: "batch" }, tolerations: [{ key: "batch", operator: "Exists" }], serviceAccount: { annotations: { "iam.example.com/role": "reader" } }, imagePullSecrets: ["registry"], topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: { "inference-endpoints/step": "score_all" } } }] },
              inputs: { files: "${{parent.jobs.prepare.outputs.kept}}" },
              outputs: { scores: "${{parent.outputs.scores}}" },
            },
            count: {
              type: "command",
              command: ["wc", "-l", "${{inputs.scores}}"],
              inputs: { scores: "${{parent.jobs.score.outputs.scores}}", twice: true },
              outputs: { count: "${{parent.outputs.count}}" },
            },
          },
        },
        settings: { continueOnStepFailure: true },
      },
    },
    defaults: { deploymentName: "steps" },
    kubernetes: { jobsClaim: "outputs" },
  },
  kubernetes: { jobsNamespace: "ml-jobs" },
} satisfies Case;
