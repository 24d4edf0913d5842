// A managed online endpoint of Azure Machine Learning. The models are uploaded to the storage account and registered, and served by the bundled
// container. Where they go is in Pulumi.dev.yaml: a workspace that exists, a storage account that its workspace may read, and the container's image.

// #region azure-managed
import { Config } from "@pulumi/pulumi";
import { azureMl, Endpoint } from "inference-endpoints";

const config = new Config();

const onnx = (model: string) => ({
  model: { path: `${import.meta.dirname}/../quickstart/models/${model}.onnx` },
  instanceCount: 3,
  azure: { instanceType: "Standard_DS3_v2", replacement: "sideBySide" as const },
});

const wine = new Endpoint("wine", {
  kind: "online",
  target: azureMl({
    resourceGroupName: config.require("resourceGroupName"),
    workspaceName: config.require("workspaceName"),
    location: config.require("location"),
    storage: { accountName: config.require("storageAccount"), containerName: config.require("storageContainer") },
    scoringImage: config.require("scoringImage"),
  }),
  authMode: "key",
  deployments: {
    blue: { ...onnx("blue"), autoscale: { minInstances: 3, maxInstances: 6, rules: [{ metric: "cpu", target: 60 }] } },
    green: onnx("green"),
    indigo: onnx("indigo"),
  },
  traffic: { blue: 90, green: 10 },
  mirrorTraffic: { indigo: 20 },
});

export const endpointName = wine.name;
export const scoringUri = wine.scoringUri;
// #endregion
