// One endpoint, three models: blue answers 90 % of the requests and green 10 %; indigo is a shadow, which gets a copy of
// 20 % and whose answers nobody sees. `npm start` at the top of the repository runs this program on localhost.

// #region quickstart
import { Endpoint, kubernetes } from "inference-endpoints";

const models = `${import.meta.dirname}/models`;
const azure = { instanceType: "Standard_DS3_v2" };

const wine = new Endpoint("wine", {
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
  deployments: {
    blue: { model: { path: `${models}/blue.onnx` }, instanceCount: 2, azure },
    green: { model: { path: `${models}/green.onnx` }, instanceCount: 1, azure },
    indigo: { model: { path: `${models}/indigo.onnx` }, instanceCount: 1, azure },
  },
  traffic: { blue: 90, green: 10 },
  mirrorTraffic: { indigo: 20 },
});

export const scoringUri = wine.scoringUri;
// #endregion
