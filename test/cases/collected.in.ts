import { azure, onnx, type Case } from "./declare.ts";

const dataCollector = { collections: { request: {}, response: {} }, samplingRate: 0.1, rollingRate: "day" };

export default {
  name: "wine",
  args: {
    deployments: {
      blue: { model: onnx("blue"), instanceCount: 2, azure, dataCollector, kubernetes: { collectedData: { claim: "collected" } } },
      green: { model: onnx("green"), instanceCount: 2, azure, dataCollector, kubernetes: { collectedData: { url: "https://collect.example.com/events" } } },
    },
    traffic: { blue: 100 },
  },
} satisfies Case;
