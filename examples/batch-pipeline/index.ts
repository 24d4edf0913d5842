// Three steps behind one endpoint: a command prepares the files, a model says which digits are in them, and a command counts those; on localhost one
// after another, on Kubernetes as a Workflow of Argo. The model and the files are those of examples/batch; `python train.py` there writes them.

// #region batch-pipeline
import { Config } from "@pulumi/pulumi";
import { Endpoint, kubernetes } from "inference-endpoints";

const here = import.meta.dirname;
const config = new Config();
const requirements = `${here}/../batch/scoring/requirements.txt`;

const census = new Endpoint("census", {
  kind: "batch",
  target: kubernetes({
    namespace: config.require("namespace"),
    jobsNamespace: config.require("jobsNamespace"),
    scoringImage: config.require("scoringImage"),
    gateway: { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: config.require("url") },
  }),
  deployments: {
    digits: {
      type: "pipeline",
      job: {
        inputs: { raw: { type: "uri_folder" }, least: { type: "number", default: 0 } },
        outputs: { predictions: { type: "uri_folder" }, counts: { type: "uri_file" } },
        jobs: {
          prepare: {
            type: "command",
            command: ["python3", "prepare.py", "${{inputs.raw}}", "${{outputs.kept}}", "${{inputs.least}}"],
            code: `${here}/prepare`,
            inputs: { raw: "${{parent.inputs.raw}}", least: "${{parent.inputs.least}}" },
            outputs: { kept: { type: "uri_folder" } },
          },
          score: {
            type: "parallel",
            model: { path: `${here}/../batch/models/blue` },
            codeConfiguration: { code: `${here}/../batch/scoring`, scoringScript: "score.py" },
            environment: { requirements },
            resources: { instanceCount: 2 },
            settings: { maxConcurrencyPerInstance: 2, errorThreshold: 0 },
            kubernetes: { scoringImage: "registry.example.com/digits-scoring:1.0.0" }, // has the requirements: inference-endpoints build --push
            inputs: { files: "${{parent.jobs.prepare.outputs.kept}}" },
            outputs: { predictions: "${{parent.outputs.predictions}}" },
          },
          count: {
            type: "command",
            command: ["python3", "count.py", "${{inputs.predictions}}", "${{outputs.counts}}"],
            code: `${here}/count`,
            inputs: { predictions: "${{parent.jobs.score.outputs.predictions}}" },
            outputs: { counts: "${{parent.outputs.counts}}" },
          },
        },
      },
    },
  },
  defaults: { deploymentName: "digits" },
  kubernetes: { jobsClaim: config.require("jobsClaim") }, // on which the steps hand their files on
});

export const scoringUri = census.scoringUri;
// #endregion
