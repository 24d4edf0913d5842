import type { Case } from "./declare.ts";

const image = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04";

/** Steps as Azure runs them: each in an environment of its own, rows in one file, a folder between two models. */
export default {
  name: "wine",
  args: {
    kind: "batch",
    tags: { team: "cellar" },
    deployments: {
      steps: {
        type: "pipeline",
        tags: { stage: "one" },
        job: {
          inputs: { raw: { type: "uri_folder" }, least: { type: "integer", default: 0 }, whole: { type: "boolean", default: true }, note: { type: "string", optional: true } },
          outputs: { scores: { type: "uri_file" }, own: { type: "uri_folder" } },
          jobs: {
            prepare: {
              type: "command",
              command: ["python3", "score.py", "${{inputs.raw}}", "--least=${{ inputs.least }}", "--note=${{inputs.note}}", "it's", "${{inputs.rate}}", "${{outputs.kept}}"],
              code: "examples/blue-green/scoring",
              environment: { image },
              environmentVariables: { LANG: "C" },
              inputs: { raw: "${{parent.inputs.raw}}", least: "${{parent.inputs.least}}", note: "${{parent.inputs.note}}", rate: 0.5 },
              outputs: { kept: { type: "uri_folder" } },
            },
            score: {
              type: "parallel",
              model: { path: "examples/blue-green/models/blue" },
              codeConfiguration: { code: "examples/blue-green/scoring", scoringScript: "score.py" },
              environment: { image, requirements: "examples/blue-green/scoring/requirements.txt" },
              resources: { instanceCount: 2 },
              settings: { miniBatchSize: 5, errorThreshold: 0, loggingLevel: "debug", environmentVariables: { OMP_NUM_THREADS: "1" } },
              inputs: { files: "${{parent.jobs.prepare.outputs.kept}}" },
              outputs: { scores: "${{parent.outputs.scores}}" },
            },
            keep: {
              type: "parallel",
              model: { path: "https://models.example.com/wine/second model/?v=1" },
              codeConfiguration: { code: "examples/blue-green/scoring", scoringScript: "score.py" },
              environment: { image },
              settings: { outputAction: "summary_only" },
              inputs: { model: "${{parent.inputs.raw}}" },
              outputs: { own: "${{parent.outputs.own}}" },
            },
          },
        },
        azure: { compute: { create: { name: "cpu", size: "Standard_DS3_v2" } } },
      },
    },
    defaults: { deploymentName: "steps" },
  },
} satisfies Case;
