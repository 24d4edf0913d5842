// One module used twice in one stack, each time on another cluster, by explicit providers. Both services have a deployment
// `blue`: names of children begin with the name of their endpoint, so nothing clashes.

// #region module-use
import { Provider } from "@pulumi/kubernetes";
import { ModelService } from "./model-service.ts";

const models = `${import.meta.dirname}/../quickstart/models`;

const west = new ModelService(
  "wine-west",
  { namespace: "ml", model: `${models}/blue.onnx`, url: "https://west.example.com" },
  { providers: { kubernetes: new Provider("west", { context: "west" }) } },
);

const east = new ModelService(
  "wine-east",
  { namespace: "ml", model: `${models}/green.onnx`, url: "https://east.example.com" },
  { providers: { kubernetes: new Provider("east", { context: "east" }) } },
);

export const scoringUris = { west: west.scoringUri, east: east.scoringUri };
// #endregion
