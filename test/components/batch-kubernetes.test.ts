/** Batch endpoints on Kubernetes as the engine sees them. */
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { BatchDeployment, Endpoint, existingEndpoint, InvalidArgs, kubernetes } from "../../lib/index.ts";
import { called, preview, type Registered } from "./preview.ts";

const gateway = { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: "https://models.example.com" } as const;
const target = kubernetes({ namespace: "ml", jobsNamespace: "ml-jobs", scoringImage: "scoring:1", gateway });
const blue = { model: { path: "examples/quickstart/models/blue.onnx" } };
const batch = (name: string, own: object = {}) => new Endpoint(name, { kind: "batch", target, deployments: { blue }, defaults: { deploymentName: "blue" }, ...own });

const refusal = async (program: () => unknown): Promise<string> => {
  const refused: unknown = await preview(program).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(InvalidArgs);
  return (refused as Error).message;
};

describe("a batch endpoint on Kubernetes", () => {
  let all: readonly Registered[];
  let night: Endpoint;
  beforeAll(async () => {
    const late = kubernetes({ namespace: "ml", jobsNamespace: pulumi.output("ml-jobs"), scoringImage: pulumi.output("scoring:1"), gateway });
    all = await preview(() => (night = batch("night", { target: late, kubernetes: { jobsClaim: pulumi.output("outputs") } })));
  });

  it("has these types, names and parents: a change of any replaces people's resources", () => {
    expect(all.map(({ name, parent, type }) => `${parent} > ${type} ${name}`).toSorted()).toEqual([
      " > inference-endpoints:index:Endpoint night",
      "night > inference-endpoints:index:BatchDeployment night--blue",
      "night > kubernetes:apps/v1:Deployment night-invoker",
      "night > kubernetes:core/v1:ConfigMap night-invoker-file",
      "night > kubernetes:core/v1:Secret night-keys",
      "night > kubernetes:core/v1:Service night-invoker-service",
      "night > kubernetes:core/v1:ServiceAccount night-invoker-account",
      "night > kubernetes:gateway.networking.k8s.io/v1:HTTPRoute night-route",
      "night > kubernetes:rbac.authorization.k8s.io/v1:Role night-invoker-role",
      "night > kubernetes:rbac.authorization.k8s.io/v1:RoleBinding night-invoker-role-binding",
      "night > random:index/randomPassword:RandomPassword night-primary-key",
      "night > random:index/randomPassword:RandomPassword night-secondary-key",
      expect.stringMatching(/^night--blue > kubernetes:core\/v1:ConfigMap night--blue-model-[0-9a-f]{12}$/),
      "night--blue > kubernetes:core/v1:ServiceAccount night--blue-service-account",
    ]);
  });

  it("tells the service of late values in its file", () => {
    const { inputs } = called(all, "night-invoker-file");
    const file = JSON.parse((inputs["data"] as Record<string, string>)["service.json"] ?? "") as { jobsClaim: string; deployments: Record<string, { pod: { spec: { containers: { image: string }[] } } }> };
    expect([file.jobsClaim, file.deployments["blue"]?.pod.spec.containers[0]?.image]).toEqual(["outputs", "scoring:1"]);
    expect((inputs["metadata"] as { name: string }).name).toMatch(/^night-batch-[0-9a-f]{12}$/);
  });

  it("starts the service after all that it needs, and the route after the service", () => {
    expect(called(all, "night-invoker").dependsOn).toEqual(expect.arrayContaining(["night-invoker-file", "night-invoker-account", "night-invoker-role-binding", "night-keys", "night--blue-service-account"]));
    expect(called(all, "night-route").dependsOn).toEqual(["night-invoker-service"]);
  });

  it("gives children to refer to", () => {
    expect(night.nodes.invoker).toBeDefined();
    expect(night.nodes.deployments["blue"]?.files).toBeDefined();
  });
});

describe("a namespace of jobs", () => {
  const online = (name: string, namespace: string) => new Endpoint(name, { kind: "online", target: kubernetes({ namespace, scoringImage: "scoring:1", gateway }), deployments: { blue }, traffic: { blue: 100 } });

  it("holds no online endpoint of the program, in whatever order they come", async () => {
    expect(await refusal(() => [batch("night"), online("day", "ml-jobs")])).toMatch(/target\.namespace: batch Endpoint "night" of this program is in this namespace/);
    expect(await refusal(() => [online("day", "ml-jobs"), batch("night")])).toMatch(/target\.jobsNamespace: online Endpoint "day" of this program is in this namespace/);
  });

  it("holds several batch endpoints, and others may be elsewhere", async () => {
    const all = await preview(() => [batch("night"), batch("dawn"), online("day", "ml")]);
    expect(all.filter(({ type }) => type === "inference-endpoints:index:Endpoint").length).toBe(3);
  });
});

it("a deployment of another program's endpoint is refused", async () => {
  expect(await refusal(() => new BatchDeployment("green", { ...blue, endpoint: existingEndpoint("night", target) }))).toMatch(/on Kubernetes all deployments of a batch endpoint are in its service's one file/);
});
