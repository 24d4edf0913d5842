// Two scikit-learn models behind one score.py. Green gets its share step by step and is rolled back the same way:
// `pulumi config set greenShare 50`, then `pulumi up`. A caller who wants one of the two by name sends the header
// `azureml-model-deployment: green`, which works at 0 % as well.

// #region blue-green
import { Config } from "@pulumi/pulumi";
import { Endpoint, kubernetes } from "inference-endpoints";

const here = import.meta.dirname;
const greenShare = new Config().getNumber("greenShare") ?? 10;

const sklearn = (model: string) => ({
  model: { path: `${here}/models/${model}` },
  codeConfiguration: { code: `${here}/scoring`, scoringScript: "score.py" },
  environment: { requirements: `${here}/scoring/requirements.txt` },
  environmentVariables: { WORKER_COUNT: "2" },
  requestSettings: { maxConcurrentRequestsPerInstance: 2 },
  instanceCount: 1,
  azure: { instanceType: "Standard_DS3_v2", environment: "azureml:wine-scoring:1" },
  kubernetes: {
    scoringImage: "registry.example.com/wine-scoring:1.0.0",
    resources: { requests: { cpu: "500m", memory: "512Mi" }, limits: { memory: "1Gi" } },
  },
});

const cellar = new Endpoint("cellar", {
  kind: "online",
  target: kubernetes({
    namespace: "ml",
    scoringImage: "registry.example.com/scoring:0.1.0",
    gateway: {
      name: "public",
      namespace: "gateways",
      implementation: "envoy-gateway",
      url: "https://models.example.com",
    },
  }),
  authMode: "key",
  deployments: { blue: sklearn("blue"), green: sklearn("green") },
  traffic: { blue: 100 - greenShare, green: greenShare },
});

export const scoringUri = cellar.scoringUri;
// #endregion
