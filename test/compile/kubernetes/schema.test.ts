/** Every object against the OpenAPI schemas of Kubernetes and of the Gateway API. What the API server checks beyond them is the rig's. */
import { Gateway, HTTPRoute } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1";
import { Deployment } from "kubernetes-models/apps/v1";
import { HorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { ConfigMap, Secret, Service, ServiceAccount } from "kubernetes-models/v1";
import { describe, expect, it } from "vitest";
import { args, bundle, MODEL, plan, TARGET, text } from "./support.ts";

const KINDS: Readonly<Record<string, new (data: any) => { validate(): void }>> = { ConfigMap, Deployment, Gateway, HorizontalPodAutoscaler, HTTPRoute, NetworkPolicy, PodDisruptionBudget, Secret, Service, ServiceAccount };

const CREATED = { create: { className: "eg", hostname: "models.example.com", tls: { secretName: "cert" } }, implementation: "envoy-gateway" };
const FULL = {
  model: { path: "./model" },
  codeConfiguration: { code: "./scoring", scoringScript: "score.py" },
  environmentVariables: { A: "1" },
  startupProbe: {},
  kubernetes: { nodeSelector: { a: "b" }, tolerations: [{ key: "gpu", operator: "Exists" }], imagePullSecrets: ["r"], podLabels: { a: "b" }, resources: { limits: { cpu: "1" } }, volumes: [{ name: "data", emptyDir: {} }], volumeMounts: [{ name: "data", mountPath: "/data" }], securityContext: { supplementalGroups: [1] }, rollingUpdate: { maxSurge: 1, maxUnavailable: "50%" } },
};

const made = plan(args({ tags: { team: "risk" }, target: { ...TARGET, gateway: CREATED }, deployments: { blue: { ...FULL, egressPublicNetworkAccess: "disabled", kubernetes: { ...FULL.kubernetes, egressAllow: [{ cidr: "10.0.0.0/8", ports: [443] }] } }, green: MODEL, dark: MODEL }, traffic: { blue: 90, green: 10 }, mirrorTraffic: { dark: 5 } }), {
  blue: { model: bundle("model", { a: "1", "b/c": "2" }), code: bundle("scoring", { "score.py": "" }) },
  green: { model: bundle("m", { "m.onnx": "" }) },
});

const route = { path: "/", port: 8080 };
const elsewhere = plan(
  args({
    deployments: {
      uri: { model: { path: "s3://models/wine/", type: "mlflow_model", sha256: "a".repeat(64) }, environmentVariables: { DB: { secret: "db", key: "password" } }, autoscale: { maxInstances: 3, rules: [{ metric: "cpu", target: 50 }, { metric: "memory", target: 50 }] } },
      image: { model: { image: "wine:1", path: "/models/wine" } },
      copied: { model: { image: "wine:1", path: "/models/wine", mount: "copy" } },
      claim: { model: { claim: "models", path: "wine" } },
      custom: {
        environment: { image: "mine:1", inferenceConfig: { livenessRoute: route, readinessRoute: route, scoringRoute: route } },
        dataCollector: { collections: { request: {} } },
        kubernetes: { collectedData: { claim: "data" } },
      },
    },
    traffic: {},
    target: { ...TARGET, monitoring: { dashboard: true } },
  }),
  {},
);

describe("every object", () => {
  const objects = [...made.resources, ...elsewhere.resources].filter(({ type }) => type.startsWith("kubernetes:"));

  it.each(objects.map((resource) => [resource.id, resource] as const))("%s is what its type says, and valid", (_, { inputs, type }) => {
    const object = text(inputs);
    const [, group, kind] = type.split(":");
    expect([object.kind, object.apiVersion]).toEqual([kind, group === "core/v1" ? "v1" : group]);
    const Kind = KINDS[object.kind];
    if (Kind === undefined) throw new Error(`no schema for ${object.kind}`);
    expect(() => new Kind(object).validate()).not.toThrow();
  });

  it("is checked by schemas that can refuse", () => {
    const route = text(made.resources.find(({ id }) => id === "route")?.inputs);
    route.spec.rules[0].timeouts.request = "305500ms";
    expect(() => new HTTPRoute(route).validate()).toThrow(/timeouts\/request must match pattern/);
  });
});
