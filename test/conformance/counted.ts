/** A pipeline of a model and a command that need nothing but Node: the sum of the words of all files, times three of the deployment and ten of the model. */
import { fileURLToPath } from "node:url";

const near = (path: string): string => fileURLToPath(new URL(`batch-program/${path}`, import.meta.url));

/** A model of `batch-program`. */
export const counting = (factor: string) => ({
  model: { path: near("model") },
  codeConfiguration: { code: near("scoring"), scoringScript: "score.ts" },
  settings: { miniBatchSize: 1, maxConcurrencyPerInstance: 2, retrySettings: { maxRetries: 0 }, environmentVariables: { FACTOR: factor } },
});

/** `kubernetes` is of all of its pods. */
export const counted = (kubernetes: { readonly scoringImage?: string; readonly resources?: { readonly requests: Readonly<Record<string, string>> } } = {}) => ({
  type: "pipeline" as const,
  kubernetes,
  job: {
    inputs: { texts: { type: "uri_folder" as const } },
    outputs: { total: { type: "uri_file" as const } },
    jobs: {
      score: { type: "parallel" as const, ...counting("3"), kubernetes, resources: { instanceCount: 2 }, inputs: { texts: "${{parent.inputs.texts}}" }, outputs: { counts: { type: "uri_folder" as const } } },
      sum: {
        type: "command" as const,
        command: ["node", "sum.mjs", "${{inputs.counts}}", "${{outputs.total}}"],
        code: near("scoring"),
        kubernetes,
        inputs: { counts: "${{parent.jobs.score.outputs.counts}}" },
        outputs: { total: "${{parent.outputs.total}}" },
      },
    },
  },
});
