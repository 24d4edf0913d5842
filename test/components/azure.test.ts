import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { countAzure } from "../../lib/components/limits.ts";
import { azureMl, Endpoint, existingEndpoint, InvalidArgs, OnlineDeployment, type EndpointArgs } from "../../lib/index.ts";
import { parsed } from "../model/declare.ts";
import { called, preview, settled, type Registered } from "./preview.ts";

const model = { path: "examples/quickstart/models/blue.onnx" };
const azure = { instanceType: "Standard_DS3_v2" };

const program = () =>
  new Endpoint("wine", {
    kind: "online",
    name: "wine-prod",
    target: azureMl({
      resourceGroupName: pulumi.output("rg"),
      workspaceName: "ws",
      location: "westeurope",
      storage: { accountName: "acct", containerName: "models" },
      scoringImage: "scoring:1",
    }),
    deployments: { blue: { model, azure, instanceCount: 3 }, green: { model, azure, environmentVariables: { A: pulumi.output("b") } } },
    traffic: { blue: 90, green: 10 },
    mirrorTraffic: {},
  });

describe("an endpoint on Azure", () => {
  let all: readonly Registered[];
  beforeAll(async () => {
    all = await preview(program);
  });

  it("has these types, names and parents: a change of any replaces people's resources", () => {
    expect(all.map(({ name, parent, type }) => `${parent} > ${type} ${name}`).toSorted()).toMatchInlineSnapshot(`
      [
        " > inference-endpoints:index:Endpoint wine",
        "wine > azure-native:machinelearningservices:ModelVersion wine-prod-model-79c2eef2854f",
        "wine > azure-native:machinelearningservices:OnlineEndpoint wine-prod-endpoint",
        "wine > azure-native:resources:Deployment wine-prod-routing",
        "wine > azure-native:storage:Blob wine-prod-model-79c2eef2854f-blue.onnx",
        "wine > inference-endpoints:index:OnlineDeployment wine--blue",
        "wine > inference-endpoints:index:OnlineDeployment wine--green",
        "wine--blue > azure-native:machinelearningservices:EnvironmentVersion wine-prod--blue-environment",
        "wine--blue > azure-native:machinelearningservices:OnlineDeployment wine-prod--blue-deployment",
        "wine--green > azure-native:machinelearningservices:EnvironmentVersion wine-prod--green-environment",
        "wine--green > azure-native:machinelearningservices:OnlineDeployment wine-prod--green-deployment",
      ]
    `);
  });

  it("makes a shell that is never put again", () => {
    const shell = called(all, "wine-prod-endpoint");
    expect(shell.inputs).toMatchObject({ endpointName: "wine-prod", workspaceName: "ws", resourceGroupName: "rg", location: "westeurope", identity: { type: "SystemAssigned" } });
    expect(shell.inputs["properties"]).toEqual({ authMode: "Key", publicNetworkAccess: "Enabled" });
    expect(shell.options).toEqual({ ignoreChanges: ["properties", "identity", "tags", "sku", "kind"] });
  });

  it("makes deployments one after another, deleted with the shell, the old one first", () => {
    const blue = called(all, "wine-prod--blue-deployment");
    expect(blue.options).toEqual({
      deletedWith: "wine-prod-endpoint",
      replaceWith: ["wine-prod-endpoint"],
      replaceOnChanges: ["properties.instanceType", "#initerror"],
      deleteBeforeReplace: true,
    });
    expect(blue.dependsOn).toContain("wine-prod-endpoint");
    expect(blue.dependsOn).not.toContain("wine-prod--green-deployment");
    expect(called(all, "wine-prod--green-deployment").dependsOn).toContain("wine-prod--blue-deployment");
    expect(blue.inputs).toMatchObject({ deploymentName: "blue", endpointName: "wine-prod", sku: { capacity: 3, name: "Default" } });
  });

  it("routes after the deployments, and again when the shell is new", () => {
    const routing = called(all, "wine-prod-routing");
    expect(routing.options).toEqual({ deletedWith: "wine-prod-endpoint", replaceWith: ["wine-prod-endpoint"] });
    expect(routing.dependsOn).toEqual(expect.arrayContaining(["wine-prod-endpoint", "wine-prod--blue-deployment", "wine-prod--green-deployment"]));
    const { parameters } = routing.inputs["properties"] as { parameters: Record<string, { value: unknown }> };
    expect(parameters["name"]).toEqual({ value: "ws/wine-prod" });
    expect(parameters["properties"]).toEqual({ value: { authMode: "Key", publicNetworkAccess: "Enabled", traffic: { blue: 90, green: 10 }, mirrorTraffic: {} } });
  });

  it("uploads equal files once, and makes the new environment before the old one goes", () => {
    expect(all.filter(({ type }) => type === "azure-native:storage:Blob")).toHaveLength(1);
    expect(called(all, "wine-prod--blue-environment").options).toEqual({ deleteBeforeReplace: false });
  });
});

describe("limits of everything that a program makes", () => {
  const compute = "/subscriptions/s/computes/aks";
  const target = azureMl({ resourceGroupName: "rg", workspaceName: "ws", location: "westeurope" });
  const args = { kind: "online" as const, target, deployments: { blue: { model: "azureml:wine:1", azure, instanceCount: 3 } } };
  /** So many endpoints are counted, as if they were made, and then one is. */
  const after = (count: number, more: object = {}) => () => {
    for (let i = 0; i < count; i++) countAzure(parsed({ ...args, ...more }));
    return new Endpoint("wine", { ...args, ...more });
  };

  it("refuse what a cluster cannot hold, which no request raises", async () => {
    await expect(preview(after(59, { azure: { compute } }))).resolves.toBeDefined();
    await expect(preview(after(60, { azure: { compute } }))).rejects.toThrow(/"wine" has 1 problem\n {2}- azure\.compute: a cluster takes 60 endpoints at most, and this program has 61 on it/);
  });

  it("count the clusters of two workspaces apart, and none that is not known yet", async () => {
    const refused = async (count: number, ...workspaces: readonly unknown[]) => {
      const said: string[] = [];
      await preview(() => {
        for (const workspaceName of workspaces)
          for (let i = 0; i < count; i++) said.push(...countAzure(parsed({ ...args, azure: { compute: "azureml:aks" }, target: { ...target, subscriptionId: "s", workspaceName } })).problems.map(({ message }) => message));
      });
      return said;
    };
    expect(await refused(31, "one", "other")).toEqual([]);
    expect(await refused(31, "one", "ONE")).toEqual([61, 62].map((count) => `a cluster takes 60 endpoints at most, and this program has ${count} on it`));
    expect(await refused(61, pulumi.output("one"))).toEqual([]);
  });

  it("warn of what a region holds unless one asks, each run on its own", async () => {
    const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    await preview(after(99));
    await preview(after(99));
    expect(warn).not.toHaveBeenCalled();
    await preview(after(100));
    expect(warn.mock.calls.map(([message]) => message)).toEqual([expect.stringMatching(/^target: Azure takes 100 endpoints in a region and subscription unless .* this program has 101/)]);
    warn.mockRestore();
  });
});

describe("quota that endpoints draw on together", () => {
  const place = { resourceGroupName: "rg", workspaceName: "ws", location: "westeurope" };
  /** Three instances of four cores, and a fifth more: 16. */
  const endpoint = (name: string, more: object = {}) => new Endpoint(name, { kind: "online", target: azureMl({ ...place, quota: { standardDSv2Family: 31 }, ...more }), deployments: { blue: { model: "azureml:wine:1", azure, instanceCount: 3 } } });

  it("refuses the one that asks for more than is left, and names all", async () => {
    await expect(preview(() => [endpoint("credit"), endpoint("fraud")])).rejects.toThrow(
      'Endpoint "fraud" has 1 problem\n  - target.quota.standardDSv2Family: deployments "blue of credit", "blue of fraud" ask for 32 cores at most, Azure\'s 20 % for upgrades included: expected 32 or more; got 31',
    );
    await expect(preview(() => [endpoint("credit"), endpoint("fraud", { quota: { standardDSv2Family: 32 } })])).rejects.toThrow(/got 31/);
    await expect(preview(() => [endpoint("credit", { quota: { standardDSv2Family: 32 } }), endpoint("fraud", { quota: { standardDSv2Family: 32 } })])).resolves.toBeDefined();
  });

  it("forgets what an endpoint was refused with when it is declared once more", async () => {
    const twice = (): unknown => {
      expect(() => endpoint("credit", { location: 3 })).toThrow(/location/);
      expect(() => new Endpoint("fraud", { kind: "online", target: azureMl({ ...place, quota: { standardDSv2Family: 31 } }), description: 3 as never, deployments: { blue: { model: "azureml:wine:1", azure, instanceCount: 3 } } })).toThrow(/description/);
      return endpoint("fraud");
    };
    await expect(preview(twice)).resolves.toBeDefined();
    await expect(preview(() => [twice(), endpoint("credit")])).rejects.toThrow(/"blue of fraud", "blue of credit" ask for 32/);
  });

  it("counts what an endpoint asks for that is refused for something else, and nothing that was refused", async () => {
    const target = azureMl({ ...place, quota: { standardDSv2Family: 31 } });
    const refused = (instanceCount: unknown) => {
      const declare = () => new Endpoint("credit", { kind: "online", target, traffic: { blue: 5 }, deployments: { blue: { model: "azureml:wine:1", azure, instanceCount } } } as EndpointArgs);
      expect(declare).toThrow(InvalidArgs);
    };
    const after = (instanceCount: unknown) => () => {
      refused(instanceCount);
      return endpoint("fraud");
    };
    await expect(preview(after(3))).rejects.toThrow(/"fraud" has 1 problem\n.*"blue of credit", "blue of fraud" ask for 32 cores/);
    await expect(preview(after("3"))).resolves.toBeDefined();
    await expect(preview(after(40))).resolves.toBeDefined();
  });

  it("refuses it whichever comes first, and one that says no quota itself", async () => {
    await expect(preview(() => [endpoint("credit", { quota: {} }), endpoint("fraud")])).rejects.toThrow(/"fraud" has 1 problem/);
    await expect(preview(() => [endpoint("credit"), endpoint("fraud", { quota: {} })])).rejects.toThrow(/"fraud" has 1 problem/);
    await expect(preview(() => [endpoint("credit"), endpoint("fraud", { location: "West Europe" })])).rejects.toThrow(/"fraud" has 1 problem/);
  });

  it("is each region's, subscription's and run's own, and late ones are the same only as one value", async () => {
    await expect(preview(() => [endpoint("credit"), endpoint("fraud", { location: "northeurope" }), endpoint("loan", { subscriptionId: "other" })])).resolves.toBeDefined();
    await expect(preview(() => endpoint("credit"))).resolves.toBeDefined();
    await expect(preview(() => [pulumi.output("we"), pulumi.output("we")].map((location, i) => endpoint(`e${i}x`, { location })))).resolves.toBeDefined();
    const location = pulumi.output("we");
    await expect(preview(() => [endpoint("credit", { location }), endpoint("fraud", { location })])).rejects.toThrow(/"fraud" has 1 problem/);
  });

  it("counts deployments of other programs' endpoints, and says where their quota is written", async () => {
    const joined = () => new OnlineDeployment("green", { endpoint: existingEndpoint("loan", azureMl({ ...place, subscriptionId: "one" })), model: "azureml:wine:1", azure: { ...azure, environment: "azureml:wine:1" }, instanceCount: 3 });
    await expect(preview(() => [endpoint("credit", { subscriptionId: "one" }), joined()])).rejects.toThrow(/OnlineDeployment "green" has 1 problem\n {2}- endpoint\.target\.quota\.standardDSv2Family/);
  });
});

describe("roles on Azure", () => {
  it("are named once the principal is known, and are there before the deployments", async () => {
    const identity = (principalId: pulumi.Input<string>) => ({ type: "user_assigned" as const, userAssignedIdentities: [{ resourceId: pulumi.output("/id"), principalId }] });
    const of = async (principalId: pulumi.Input<string>) => {
      const target = azureMl({ resourceGroupName: "rg", workspaceName: "ws", location: "we" });
      const roleAssignments = { registry: { role: "AcrPull", scope: pulumi.output("/registry") } };
      return preview(() => new Endpoint("wine", { kind: "online", name: "wine", target, azure: { identity: identity(principalId), roleAssignments }, deployments: { blue: { model: "azureml:wine:1", azure } } }));
    };
    const all = await of(pulumi.output("p-1"));
    const name = called(all, "wine--role-registry").inputs["roleAssignmentName"];
    expect(name).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(called(all, "wine--blue-deployment").dependsOn).toContain("wine--role-registry");
    expect(called(await of("p-1"), "wine--role-registry").inputs["roleAssignmentName"]).toBe(name);
    expect(called(await of("p-2"), "wine--role-registry").inputs["roleAssignmentName"]).not.toBe(name);
  });
});

describe("the default name on Azure", () => {
  it("tells stacks apart, and is part of every child's logical name, so that a rename is a second set", async () => {
    const name = async (stack: string) => {
      const all = await preview(() => new Endpoint("wine", { kind: "online", target: azureMl({ resourceGroupName: "rg", workspaceName: "ws", location: "we" }), deployments: { blue: { model: "azureml:wine:1", azure } } }), stack);
      return all.find(({ type }) => type.endsWith(":OnlineEndpoint"))?.name;
    };
    const [dev, prod] = [await name("dev"), await name("prod")];
    expect(dev).toMatch(/^wine-[0-9a-f]{6}-endpoint$/);
    expect(prod).not.toBe(dev);
  });
});

describe("one name twice", () => {
  it("is refused in another region too, because the children are called by it", async () => {
    const of = (logicalName: string, location: string) => new Endpoint(logicalName, { kind: "online", name: "wine", target: azureMl({ resourceGroupName: "rg", workspaceName: "ws", location }), deployments: { blue: { model: "azureml:wine:1", azure } } });
    await expect(preview(() => [of("west", "westeurope"), of("north", "northeurope")])).rejects.toThrow('- name: Endpoint "west" of this program already has this name, wine');
  });
});

describe("what two resources of a program would register under one name", () => {
  const storage = { accountName: "acct", containerName: "models" };
  const at = (place: object = {}) => azureMl({ resourceGroupName: "rg", workspaceName: "ws", location: "we", subscriptionId: "sub", storage, scoringImage: "scoring:1", ...place });
  const shared = { path: model.path, name: "shared" };
  const endpoint = (name: string, deployments: Readonly<Record<string, object>>, target = at(), more: object = {}) =>
    new Endpoint(name, { kind: "online", name, target, deployments: Object.fromEntries(Object.entries(deployments).map(([each, changes]) => [each, { model: "azureml:wine:1", azure, ...changes }])), ...more });
  const collecting = (...collections: readonly (readonly [string, object])[]) => ({ dataCollector: { collections: Object.fromEntries(collections) } });

  it("is refused of data in one endpoint, by the name that is written", async () => {
    const twice = () => endpoint("credit", { blue: collecting(["request", { data: { name: "seen" } }], ["response", { data: { name: "seen" } }]) });
    await expect(preview(twice)).rejects.toThrow(
      'Endpoint "credit" has 1 problem\n  - deployments.blue.dataCollector.collections.response.data: Endpoint "credit" of this program already has data "seen" version "1": give it another name or version',
    );
    await expect(preview(() => endpoint("credit", { blue: collecting(["request", { data: { name: "seen" } }], ["response", { data: { name: "seen", version: "2" } }]) }))).resolves.toBeDefined();
  });

  it("is refused of data of two endpoints, by the names that nobody wrote", async () => {
    const request = collecting(["request", {}]);
    await expect(preview(() => [endpoint("credit", { "eu-blue": request }), endpoint("credit-eu", { blue: request })])).rejects.toThrow(/already has data "credit-eu-blue-request" version "1"/);
  });

  it("is refused of models of two endpoints and of joined deployments, and not of one folder under each one's own name", async () => {
    const joined = (name: string, written: object) => () => new OnlineDeployment(name, { endpoint: existingEndpoint("loan", at()), model: written as typeof shared, azure });
    await expect(preview(() => [endpoint("credit", { blue: { model: shared } }), endpoint("fraud", { blue: { model: shared } })])).rejects.toThrow(
      'Endpoint "fraud" has 1 problem\n  - deployments.blue.model: Endpoint "credit" of this program already has model "shared" of this content: leave out its name and version, or write others',
    );
    await expect(preview(() => [joined("green", shared)(), joined("grey", shared)()])).rejects.toThrow(/OnlineDeployment "grey" has 1 problem\n {2}- model: deployment "green" of this program already has model "shared"/);
    await expect(preview(() => [endpoint("credit", { blue: { model } }), endpoint("fraud", { blue: { model } }), joined("green", model)(), joined("grey", model)()])).resolves.toBeDefined();
    await expect(preview(() => endpoint("credit", { blue: { model: shared }, green: { model: shared } }))).resolves.toBeDefined();
    await expect(preview(() => endpoint("credit", { blue: { model }, green: { model: { ...shared, name: "credit" } } }))).rejects.toThrow(/deployments\.green\.model: Endpoint "credit" of this program already has model "credit"/);
  });

  it("is each workspace's and run's own; late ones are the same only as one value", async () => {
    const both = (...places: readonly object[]) => preview(() => places.map((place, i) => endpoint(`e${i}x`, { blue: { model: shared } }, at(place))));
    await expect(both({})).resolves.toBeDefined();
    await expect(both({}, { workspaceName: "other" }, { resourceGroupName: "other" })).resolves.toBeDefined();
    await expect(both({ workspaceName: pulumi.output("ws") }, { workspaceName: pulumi.output("ws") })).resolves.toBeDefined();
    const workspaceName = pulumi.output("ws");
    await expect(both({ workspaceName }, { workspaceName })).rejects.toThrow(/already has model "shared"/);
  });

  it("is refused of roles that two endpoints grant one identity", async () => {
    const granting = { azure: { identity: { type: "user_assigned", userAssignedIdentities: [{ resourceId: "/i", principalId: "p-1" }] }, roleAssignments: { registry: { role: "AcrPull", scope: "/registry" } } } };
    await expect(preview(() => [endpoint("credit", { blue: {} }, at(), granting), endpoint("fraud", { blue: {} }, at(), granting)])).rejects.toThrow(
      /azure\.roleAssignments\.registry: Endpoint "credit" of this program already has a grant of this role to this principal on this scope: leave it out here/,
    );
  });
});

describe("the addresses of an endpoint on Azure", () => {
  const addresses = async (outputs: object | undefined): Promise<unknown> => {
    const known: unknown[] = [];
    const state = (type: string, inputs: any) =>
      type.endsWith(":OnlineEndpoint") ? { ...inputs, properties: { ...inputs.properties, scoringUri: "https://wine/score", swaggerUri: "https://wine/swagger.json" } } : type.endsWith("resources:Deployment") ? { ...inputs, properties: { ...inputs.properties, outputs } } : inputs;
    await pulumi.runtime.setMocks({ newResource: ({ inputs, name, type }) => ({ id: `${name}-id`, state: state(type, inputs) }), call: () => ({}) }, "models", "prod", false);
    const { scoringUri, swaggerUri } = program();
    await new Promise<void>((resolve) => pulumi.all([scoringUri, swaggerUri]).apply((both) => (known.push(...both), resolve())));
    await settled();
    return known;
  };

  it("are those of the end, when a container's route has settled", async () => {
    expect(await addresses({ endpoint: { type: "Object", value: { scoringUri: "https://wine/predict", swaggerUri: "https://wine/swagger.json" } } })).toEqual(["https://wine/predict", "https://wine/swagger.json"]);
  });

  it("are the first ones where a state from before has no others", async () => expect(await addresses(undefined)).toEqual(["https://wine/score", "https://wine/swagger.json"]));
});

describe("a deployment that is replaced side by side", () => {
  const side = (instanceType: string) => async () => {
    const blue = { model: "azureml:wine:1", azure: { instanceType, replacement: "sideBySide" as const } };
    const target = azureMl({ resourceGroupName: "rg", workspaceName: "ws", location: "we" });
    const endpoint = new Endpoint("wine", { kind: "online", name: "wine-prod", target, deployments: { blue }, traffic: { blue: 100 } });
    const { deployedName, deploymentName } = endpoint.deployments["blue"] ?? {};
    return new Promise((resolve) => pulumi.all([deploymentName, deployedName]).apply(resolve));
  };

  it("keeps its component, its name in the program and its children's, and is another resource at Azure", async () => {
    const names = async (instanceType: string) => (await preview(side(instanceType))).map(({ name }) => name).toSorted();
    const [one, two] = [await names("Standard_DS3_v2"), await names("Standard_DS4_v2")];
    expect(one).toEqual(["wine", "wine--blue", "wine-prod--blue-23244b-deployment", "wine-prod-endpoint", "wine-prod-routing"]);
    expect(one.filter((name) => !two.includes(name))).toEqual(["wine-prod--blue-23244b-deployment"]);
    expect(two).toHaveLength(one.length);
  });

  it("has an output with the name that callers of the header write", async () => {
    let names: unknown;
    await preview(async () => {
      names = await side("Standard_DS3_v2")();
    });
    expect(names).toEqual(["blue", "blue-23244b"]);
  });
});

describe("what a preview says beyond the list of resources", () => {
  it("is not said under mocks, in the output of somebody's unit tests", async () => {
    const info = vi.spyOn(pulumi.log, "info");
    const all = await preview(program);
    expect(info).not.toHaveBeenCalled();
    expect(called(all, "wine-prod-routing").inputs["properties"]).toMatchObject({ template: { metadata: { deployments: { blue: { name: "blue" }, green: { name: "green" } } } } });
    info.mockRestore();
  });
});
