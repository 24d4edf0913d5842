/** The batch endpoint of the contract, `test/batch/contract.ts`, and a pipeline. */
import { Endpoint, kubernetes } from "inference-endpoints";
import { counted } from "../counted.ts";

const here = import.meta.dirname;
const small = { resources: { requests: { cpu: "10m", memory: "64Mi" } } };
const lines = (settings: object) => ({
  model: { path: `${here}/../batch-program/model` },
  codeConfiguration: { code: `${here}/../../batch/fixtures`, scoringScript: "lines.py" },
  settings: { miniBatchSize: 1, maxConcurrencyPerInstance: 2, retrySettings: { maxRetries: 0, timeout: 90 }, ...settings },
  kubernetes: small,
});

export const archive = new Endpoint("archive", {
  kind: "batch",
  target: kubernetes({
    namespace: "batch-online",
    jobsNamespace: "batch-jobs",
    scoringImage: "registry.example.com/wine-scoring:1.0.0",
    gateway: { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: "http://models.example.com" },
  }),
  deployments: { lines: lines({}), strict: lines({ errorThreshold: 0 }), counted: counted(small) },
  defaults: { deploymentName: "lines" },
  kubernetes: { jobsClaim: "outputs", maxConcurrentJobs: 3, ttlSecondsAfterFinished: 5 },
});
