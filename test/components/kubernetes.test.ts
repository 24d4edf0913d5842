import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { Endpoint, kubernetes } from "../../lib/index.ts";
import { called, preview, type Registered } from "./preview.ts";

const onnx = { model: { path: "examples/quickstart/models/blue.onnx" } };
let endpoint: Endpoint;

const program = () => {
  endpoint = new Endpoint("wine", {
    kind: "online",
    target: kubernetes({
      namespace: pulumi.output("ml"),
      scoringImage: pulumi.output("scoring:1"),
      gateway: { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: "https://models.example.com" },
    }),
    deployments: { blue: { ...onnx, instanceCount: 2, environmentVariables: { A: pulumi.output("b") } }, green: onnx, grey: onnx },
    traffic: { blue: 90, green: 10 },
    mirrorTraffic: { grey: 20 },
  });
  return endpoint;
};

const known = (output: pulumi.Output<unknown>): Promise<unknown> => new Promise((resolve) => output.apply(resolve));

describe("an endpoint on Kubernetes", () => {
  let all: readonly Registered[];
  beforeAll(async () => {
    all = await preview(program);
  });

  it("has these types, names and parents: a change of any replaces people's resources", () => {
    expect(all.map(({ name, parent, type }) => `${parent} > ${type} ${name}`).toSorted()).toMatchInlineSnapshot(`
      [
        " > inference-endpoints:index:Endpoint wine",
        "wine > inference-endpoints:index:OnlineDeployment wine--blue",
        "wine > inference-endpoints:index:OnlineDeployment wine--green",
        "wine > inference-endpoints:index:OnlineDeployment wine--grey",
        "wine > kubernetes:core/v1:Secret wine-keys",
        "wine > kubernetes:gateway.networking.k8s.io/v1:HTTPRoute wine--blue-route",
        "wine > kubernetes:gateway.networking.k8s.io/v1:HTTPRoute wine--green-route",
        "wine > kubernetes:gateway.networking.k8s.io/v1:HTTPRoute wine--grey-route",
        "wine > kubernetes:gateway.networking.k8s.io/v1:HTTPRoute wine-route",
        "wine > random:index/randomPassword:RandomPassword wine-primary-key",
        "wine > random:index/randomPassword:RandomPassword wine-secondary-key",
        "wine--blue > kubernetes:apps/v1:Deployment wine--blue-deployment",
        "wine--blue > kubernetes:core/v1:ConfigMap wine--blue-model-79c2eef2854f",
        "wine--blue > kubernetes:core/v1:Service wine--blue-service",
        "wine--blue > kubernetes:core/v1:ServiceAccount wine--blue-service-account",
        "wine--blue > kubernetes:networking.k8s.io/v1:NetworkPolicy wine--blue-network-policy",
        "wine--blue > kubernetes:policy/v1:PodDisruptionBudget wine--blue-pod-disruption-budget",
        "wine--green > kubernetes:apps/v1:Deployment wine--green-deployment",
        "wine--green > kubernetes:core/v1:ConfigMap wine--green-model-79c2eef2854f",
        "wine--green > kubernetes:core/v1:Service wine--green-service",
        "wine--green > kubernetes:core/v1:ServiceAccount wine--green-service-account",
        "wine--green > kubernetes:networking.k8s.io/v1:NetworkPolicy wine--green-network-policy",
        "wine--green > kubernetes:policy/v1:PodDisruptionBudget wine--green-pod-disruption-budget",
        "wine--grey > kubernetes:apps/v1:Deployment wine--grey-deployment",
        "wine--grey > kubernetes:core/v1:ConfigMap wine--grey-model-79c2eef2854f",
        "wine--grey > kubernetes:core/v1:Service wine--grey-service",
        "wine--grey > kubernetes:core/v1:ServiceAccount wine--grey-service-account",
        "wine--grey > kubernetes:networking.k8s.io/v1:NetworkPolicy wine--grey-network-policy",
        "wine--grey > kubernetes:policy/v1:PodDisruptionBudget wine--grey-pod-disruption-budget",
      ]
    `);
  });

  it("routes after every deployment and its Service", () => {
    expect(called(all, "wine-route").dependsOn).toEqual(
      expect.arrayContaining(["blue", "green", "grey"].flatMap((name) => [`wine--${name}-deployment`, `wine--${name}-service`])),
    );
  });

  it("shares by percent, mirrors un-headed requests, and reaches every deployment by header", () => {
    const ruleOf = (name: string) => {
      const { rules } = called(all, name).inputs["spec"] as { rules: { backendRefs: object[]; filters?: object[]; matches: object[] }[] };
      expect(rules).toHaveLength(1);
      return rules[0];
    };
    expect(ruleOf("wine-route")).toMatchObject({
      backendRefs: [{ name: "wine--blue", weight: 90 }, { name: "wine--green", weight: 10 }],
      filters: [{ type: "RequestMirror", requestMirror: { backendRef: { name: "wine--grey" }, percent: 20 } }],
    });
    for (const name of ["blue", "green", "grey"]) {
      expect(ruleOf(`wine--${name}-route`)?.filters).toBeUndefined();
      expect(ruleOf(`wine--${name}-route`)?.matches).toEqual([{ path: { type: "PathPrefix", value: "/endpoints/ml/wine" }, headers: [{ type: "Exact", name: "azureml-model-deployment", value: name }] }]);
    }
  });

  it("resolves late values in place", () => {
    const { template } = called(all, "wine--blue-deployment").inputs["spec"] as { template: { spec: { containers: { image: string; env: object[]; args: string[] }[] } } };
    const [container] = template.spec.containers;
    expect(container?.image).toBe("scoring:1");
    expect(container?.env).toContainEqual({ name: "A", value: "b" });
    expect(container?.args.join(" ")).toContain("--path-prefix /endpoints/ml/wine");
  });

  it("says where it answers and where its keys are", async () => {
    expect(await known(endpoint.scoringUri)).toBe("https://models.example.com/endpoints/ml/wine/score");
    expect(await known(endpoint.swaggerUri)).toBe("https://models.example.com/endpoints/ml/wine/swagger.json");
    expect(await known(endpoint.keysSecretName)).toBe("wine-keys");
    expect(await known(endpoint.principalId)).toBeUndefined();
    expect(endpoint.kind).toBe("online");
  });
});
