import { azure, type Case } from "./declare.ts";

const route = (path: string): object => ({ path, port: 8080 });

export default {
  name: "own",
  args: {
    deployments: {
      blue: {
        environment: { image: "registry.example.com/own:1", inferenceConfig: { livenessRoute: route("/health"), readinessRoute: route("/ready"), scoringRoute: route("/predict") } },
        local: { command: ["python3", "app.py", "--port={port}"] },
        dataCollector: { collections: { request: {}, response: { enabled: false }, scores: { samplingRate: 0.1 } }, rollingRate: "day" },
        azure,
        kubernetes: { collectedData: { claim: "collected" } },
      },
    },
    traffic: { blue: 100 },
  },
} satisfies Case;
