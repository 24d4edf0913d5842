// Jobs over hundreds of files. `python train.py` trains the two models and writes 300 files of digits into data/. Where the endpoint goes is in
// Pulumi.<stack>.yaml: `dev` is a workspace that exists, and a storage account that it may read; its cluster is made, and has no nodes while there is no
// job. `stage` is a Kubernetes cluster: one small pod takes the jobs, and has others only while there is one.

// #region batch
import { Config } from "@pulumi/pulumi";
import { azureMl, Endpoint, kubernetes } from "inference-endpoints";

const here = import.meta.dirname;
const config = new Config();

const targets = {
  azure: () =>
    azureMl({
      resourceGroupName: config.require("resourceGroupName"),
      workspaceName: config.require("workspaceName"),
      location: config.require("location"),
      storage: { accountName: config.require("storageAccount"), containerName: config.require("storageContainer") },
    }),
  kubernetes: () =>
    kubernetes({
      namespace: config.require("namespace"),
      jobsNamespace: config.require("jobsNamespace"),
      scoringImage: config.require("scoringImage"),
      gateway: { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: config.require("url") },
    }),
};

const digits = (model: string) => ({
  model: { path: `${here}/models/${model}` },
  codeConfiguration: { code: `${here}/scoring`, scoringScript: "score.py" },
  environment: { image: "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04", requirements: `${here}/scoring/requirements.txt` },
  resources: { instanceCount: 2 },
  settings: { miniBatchSize: 10, maxConcurrencyPerInstance: 2, errorThreshold: 0, retrySettings: { maxRetries: 1, timeout: 300 } },
  azure: { compute: { create: { name: "digits", size: "Standard_DS3_v2", maxInstances: 4 } } },
  kubernetes: {
    scoringImage: "registry.example.com/digits-scoring:1.0.0",
    resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "1Gi" } },
  },
});

const archive = new Endpoint("archive", {
  kind: "batch",
  target: targets[config.require<keyof typeof targets>("target", { allowedValues: ["azure", "kubernetes"] })](),
  deployments: { blue: digits("blue"), green: digits("green") },
  defaults: { deploymentName: "blue" },
});

export const endpointName = archive.name;
export const scoringUri = archive.scoringUri;
// #endregion
