/** Kinds of model that no example has, an address of its own, limits; and, where the configuration asks for it, an endpoint that takes tokens. */
import { Config } from "@pulumi/pulumi";
import { Endpoint, kubernetes } from "inference-endpoints";

const here = import.meta.dirname;
const target = kubernetes({
  namespace: "conformance",
  scoringImage: "registry.example.com/scoring:0.1.0",
  gateway: { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: "https://models.example.com" },
});
const small = {
  instanceCount: 1,
  readinessProbe: { initialDelay: 1, period: 1, timeout: 1, successThreshold: 1, failureThreshold: 3 },
  kubernetes: { resources: { requests: { cpu: "10m", memory: "64Mi" } } },
};
const scripted = { ...small, codeConfiguration: { code: `${here}/scripted`, scoringScript: "score.ts" } };
const route = (path: string) => ({ path, port: 8080 });

const kinds = new Endpoint("kinds", {
  kind: "online",
  target,
  authMode: "key",
  kubernetes: { hostname: "kinds.example.com", path: "/of/models" },
  deployments: {
    scripted: {
      ...scripted,
      environmentVariables: { PLAIN: "as written", GREETING: { secret: "kinds-variables", key: "greeting" } },
      requestSettings: { maxConcurrentRequestsPerInstance: 1, requestTimeoutMs: 2000, maxQueueWaitMs: 500 },
    },
    words: { ...small, model: { path: `${here}/words`, type: "mlflow_model" } },
    own: {
      ...small,
      environment: {
        image: "registry.example.com/own:1.0.0",
        inferenceConfig: { livenessRoute: route("/health"), readinessRoute: route("/health"), scoringRoute: route("/predict") },
      },
      local: { command: ["node", `${here}/own/server.mjs`, "{port}"] },
    },
  },
  traffic: { scripted: 100 },
});

const tokens = new Config().getBoolean("tokens") === true
  ? new Endpoint("tokens", {
      kind: "online",
      target,
      authMode: "aml_token",
      auth: { callers: [{ namespace: "conformance", serviceAccount: "caller" }] },
      deployments: { scripted },
      traffic: { scripted: 100 },
    })
  : undefined;

export const scoringUris = { kinds: kinds.scoringUri, tokens: tokens?.scoringUri };
