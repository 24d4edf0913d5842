/** A batch endpoint of two scripts that need nothing but Node, and a pipeline of one of them. */
import { Endpoint, kubernetes } from "inference-endpoints";

const here = import.meta.dirname;
const counting = (factor: string) => ({
  model: { path: `${here}/model` },
  codeConfiguration: { code: `${here}/scoring`, scoringScript: "score.ts" },
  settings: { miniBatchSize: 1, maxConcurrencyPerInstance: 2, retrySettings: { maxRetries: 0 }, environmentVariables: { FACTOR: factor } },
});

export const words = new Endpoint("words", {
  kind: "batch",
  target: kubernetes({ namespace: "ml", jobsNamespace: "ml-jobs", scoringImage: "registry.example.com/scoring:0.1.0", gateway: { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: "https://models.example.com" } }),
  deployments: {
    once: counting("1"),
    twice: counting("2"),
    counted: {
      type: "pipeline",
      job: {
        inputs: { texts: { type: "uri_folder" } },
        outputs: { total: { type: "uri_file" } },
        jobs: {
          score: { type: "parallel", ...counting("3"), inputs: { texts: "${{parent.inputs.texts}}" }, outputs: { counts: { type: "uri_folder" } } },
          sum: {
            type: "command",
            command: ["node", "sum.mjs", "${{inputs.counts}}", "${{outputs.total}}"],
            code: `${here}/scoring`,
            inputs: { counts: "${{parent.jobs.score.outputs.counts}}" },
            outputs: { total: "${{parent.outputs.total}}" },
          },
        },
      },
    },
  },
  defaults: { deploymentName: "once" },
});
