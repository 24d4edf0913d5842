// An endpoint on Kubernetes compute: the workspace deploys to a cluster that is attached to it, here under the name "aks". Instance types are those
// of the cluster (kubectl get instancetypes), and the service scales between two bounds by itself. Azure mirrors no traffic there.

// #region azure-kubernetes-compute
import { Config } from "@pulumi/pulumi";
import { azureMl, Endpoint } from "inference-endpoints";

const config = new Config();

const onnx = (model: string) => ({
  model: { path: `${import.meta.dirname}/../quickstart/models/${model}.onnx` },
  autoscale: { minInstances: 1, maxInstances: 4 },
  azure: {
    instanceType: "cpusmall",
    resources: { requests: { cpu: "500m", memory: "512Mi" }, limits: { cpu: "1", memory: "1Gi" } },
  },
});

const wine = new Endpoint("wine", {
  kind: "online",
  target: azureMl({
    subscriptionId: config.require("subscriptionId"),
    resourceGroupName: config.require("resourceGroupName"),
    workspaceName: config.require("workspaceName"),
    location: config.require("location"),
    storage: { accountName: config.require("storageAccount"), containerName: config.require("storageContainer") },
    scoringImage: config.require("scoringImage"),
  }),
  authMode: "key",
  azure: { compute: "azureml:aks" },
  deployments: { blue: onnx("blue"), green: onnx("green") },
  traffic: { blue: 90, green: 10 },
});

export const endpointName = wine.name;
export const scoringUri = wine.scoringUri;
// #endregion
