// Three environments from one program. What differs between dev, stage and prod is in Pulumi.<stack>.yaml, the target
// included: dev and stage run on Kubernetes, prod on Azure Machine Learning. The shares are read as plain numbers, because
// they decide the shape of the stack; a secret is not kept in those files in the clear: `pulumi config set --secret otlpHeaders`.

// #region environments
import { Config, type Output } from "@pulumi/pulumi";
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
      gateway: {
        name: "public",
        namespace: "gateways",
        implementation: "envoy-gateway",
        url: config.require("url"),
      },
    }),
};

const otlpHeaders = config.getSecret("otlpHeaders");
const environmentVariables: Record<string, Output<string>> = otlpHeaders ? { OTEL_EXPORTER_OTLP_HEADERS: otlpHeaders } : {};

const onnx = (name: string) => ({
  model: { path: `${import.meta.dirname}/../quickstart/models/${name}.onnx` },
  environmentVariables,
  instanceCount: config.requireNumber("instanceCount"),
  azure: { instanceType: "Standard_DS3_v2" },
  kubernetes: { resources: { requests: { cpu: "250m", memory: "256Mi" } } },
});

const greenShare = config.requireNumber("greenShare");

const wine = new Endpoint("wine", {
  kind: "online",
  target: targets[config.require<keyof typeof targets>("target", { allowedValues: ["azure", "kubernetes"] })](),
  authMode: "key",
  deployments: { blue: onnx("blue"), green: onnx("green") },
  traffic: { blue: 100 - greenShare, green: greenShare },
});

export const scoringUri = wine.scoringUri;
// #endregion
