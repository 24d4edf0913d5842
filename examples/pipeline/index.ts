// The endpoint that rollout.ts changes. The split is configuration, so that the program stays as it is while it moves, and so that a plain
// `pulumi up` brings about what the last rollout left. The outputs are what a rollout reads: where to call, whom to name in the routing header,
// and the split that the last update brought about. The key is no output: a state would hold it.

// #region pipeline
import { Config } from "@pulumi/pulumi";
import { azureMl, Endpoint, kubernetes } from "inference-endpoints";

const config = new Config();

const targets = {
  azure: () =>
    azureMl({
      resourceGroupName: config.require("resourceGroupName"),
      workspaceName: config.require("workspaceName"),
      location: config.require("location"),
      storage: { accountName: config.require("storageAccount"), containerName: config.require("storageContainer") },
      scoringImage: config.require("scoringImage"),
    }),
  kubernetes: () =>
    kubernetes({
      namespace: config.require("namespace"),
      scoringImage: config.require("scoringImage"),
      gateway: { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: config.require("url") },
    }),
};

const onnx = (name: string) => ({
  model: { path: `${import.meta.dirname}/../quickstart/models/${name}.onnx` },
  instanceCount: config.requireNumber("instanceCount"),
  azure: { instanceType: "Standard_DS3_v2" },
  kubernetes: { resources: { requests: { cpu: "250m", memory: "256Mi" } } },
});

export const traffic = config.requireObject<Record<string, number>>("traffic");

const wine = new Endpoint("wine", {
  kind: "online",
  target: targets[config.require<keyof typeof targets>("target", { allowedValues: ["azure", "kubernetes"] })](),
  authMode: "key",
  deployments: { blue: onnx("blue"), green: onnx("green") },
  traffic,
});

export const endpointName = wine.name;
export const scoringUri = wine.scoringUri;
export const deployedNames = Object.fromEntries(Object.entries(wine.deployments).map(([name, { deployedName }]) => [name, deployedName]));
// #endregion
