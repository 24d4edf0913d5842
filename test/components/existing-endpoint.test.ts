import { describe, expect, it } from "vitest";
import * as pulumi from "@pulumi/pulumi";
import { azureMl, Endpoint, existingEndpoint, InvalidArgs, kubernetes, OnlineDeployment } from "../../lib/index.ts";
import { called, preview } from "./preview.ts";

const onAzure = azureMl({ resourceGroupName: pulumi.output("rg"), workspaceName: "ws", location: "we", subscriptionId: "sub" });
const onKubernetes = kubernetes({ namespace: "ml", scoringImage: "scoring:1", gateway: { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: "https://models.example.com" } });
const azure = { instanceType: "Standard_DS3_v2" };
const registered = { model: "azureml:wine:1", azure };
const onnx = { model: { path: "examples/quickstart/models/blue.onnx" } };
const wine = existingEndpoint("wine-prod", onAzure);

describe("a deployment of an existing endpoint", () => {
  it("has these types, names and parents: a change of any replaces people's resources", async () => {
    const all = await preview(() => [
      new OnlineDeployment("green", { endpoint: wine, ...registered }),
      new OnlineDeployment("blue", { endpoint: existingEndpoint("wine", onKubernetes), ...onnx }),
    ]);
    expect(all.map(({ name, parent, type }) => `${parent} > ${type} ${name}`).toSorted()).toMatchInlineSnapshot(`
      [
        " > inference-endpoints:index:OnlineDeployment wine--blue",
        " > inference-endpoints:index:OnlineDeployment wine-prod--green",
        "wine--blue > kubernetes:apps/v1:Deployment wine--blue-deployment",
        "wine--blue > kubernetes:core/v1:ConfigMap wine--blue-model-79c2eef2854f",
        "wine--blue > kubernetes:core/v1:Service wine--blue-service",
        "wine--blue > kubernetes:core/v1:ServiceAccount wine--blue-service-account",
        "wine--blue > kubernetes:networking.k8s.io/v1:NetworkPolicy wine--blue-network-policy",
        "wine--blue > kubernetes:policy/v1:PodDisruptionBudget wine--blue-pod-disruption-budget",
        "wine-prod--green > azure-native:machinelearningservices:OnlineDeployment wine-prod--green-deployment",
      ]
    `);
  });

  it("has outputs and children", async () => {
    let green: OnlineDeployment | undefined;
    const names: unknown[] = [];
    await preview(() => {
      green = new OnlineDeployment("green", { endpoint: wine, ...registered });
      pulumi.all([green.deploymentName, green.deployedName]).apply((each) => names.push(...each));
    });
    expect(names).toEqual(["green", "green"]);
    expect(pulumi.Resource.isInstance(green?.nodes.deployment)).toBe(true);
    expect(() => green?.nodes.endpoint).toThrow('this deployment has no child "endpoint"');
  });

  it("follows all that this program made before it, because Azure takes one write at a time", async () => {
    const all = await preview(() => ["green", "indigo", "grey"].map((name) => new OnlineDeployment(name, { endpoint: wine, ...registered })));
    expect(called(all, "wine-prod--green-deployment").dependsOn).toEqual([]);
    expect(called(all, "wine-prod--indigo-deployment").dependsOn).toContain("wine-prod--green-deployment");
    expect(called(all, "wine-prod--grey-deployment").dependsOn).toEqual(expect.arrayContaining(["wine-prod--green-deployment", "wine-prod--indigo-deployment"]));
    const elsewhere = await preview(() => new OnlineDeployment("grey", { endpoint: wine, ...registered }));
    expect(called(elsewhere, "wine-prod--grey-deployment").dependsOn).toEqual([]);
  });

  it("is changed by transforms", async () => {
    const all = await preview(
      () => new OnlineDeployment("green", { endpoint: wine, ...registered, transform: { deployment: (args, opts, { deployment }) => ({ args: { ...args, tags: { deployment } }, opts: { ...opts, protect: true } }) } }),
    );
    expect(called(all, "wine-prod--green-deployment").inputs["tags"]).toEqual({ deployment: "green" });
  });

  it("is refused whole, by the paths of its own arguments, and registers no child", async () => {
    let error: unknown;
    const all = await preview(() => {
      try {
        return new OnlineDeployment("green", {
          endpoint: existingEndpoint("wine-prod", azureMl({ resourceGroupName: "rg", workspaceName: "ws", location: "we" })),
          model: "azureml:wine:1",
          codeConfiguration: { code: "./nowhere", scoringScript: "score.py" },
          azure: { replacement: "sideBySide" },
          transform: { rout: () => ({}) } as never,
        });
      } catch (caught) {
        return (error = caught);
      }
    });
    expect((error as InvalidArgs).subject).toBe('OnlineDeployment "green"');
    expect((error as InvalidArgs).problems.map(({ path }) => path)).toEqual([
      "azure.instanceType",
      "azure.replacement",
      "codeConfiguration.code",
      "codeConfiguration.code",
      "environment",
      "model",
      "transform",
    ]);
    expect(all.map(({ name }) => name)).toEqual(["wine-prod--green"]);
  });

  it.each([undefined, null, 3, { endpoint: null }, { endpoint: { name: pulumi.output("x"), target: onAzure } }])("is refused as %j, and not by a crash", async (args) => {
    await expect(preview(() => new OnlineDeployment("green", args as never))).rejects.toThrow(InvalidArgs);
  });
});

it("an endpoint routes to another program's deployment, and has no component for it", async () => {
  let endpoint: Endpoint | undefined;
  const all = await preview(() => {
    endpoint = new Endpoint("wine", { kind: "online", name: "wine-prod", target: onAzure, deployments: { blue: registered, green: "external" }, traffic: { blue: 90, green: 10 } });
  });
  expect(all.map(({ name }) => name).toSorted()).toEqual(["wine", "wine--blue", "wine-prod--blue-deployment", "wine-prod-endpoint", "wine-prod-routing"]);
  expect(Object.keys(endpoint?.deployments ?? {})).toEqual(["blue"]);
});
