/** Batch endpoints as the engine sees them. */
import { beforeAll, describe, expect, it } from "vitest";
import { azureMl, BatchDeployment, Endpoint, existingEndpoint, InvalidArgs } from "../../lib/index.ts";
import { called, preview, type Registered } from "./preview.ts";

const target = azureMl({ resourceGroupName: "rg", workspaceName: "ws", location: "westeurope", subscriptionId: "sub" });
const blue = {
  model: "azureml:wine:1",
  codeConfiguration: { code: "azureml:wine:1", scoringScript: "score.py" },
  azure: { compute: { create: { name: "cpu", size: "Standard_DS3_v2" } }, environment: "azureml:wine:1" },
};
const steps = { type: "pipeline", component: "azureml:steps:1" } as const;

const program = () => {
  const night = new Endpoint("night", { kind: "batch", name: "night-prod", target, deployments: { blue, steps }, defaults: { deploymentName: "blue" } });
  const green = new BatchDeployment("green", { ...blue, azure: { ...blue.azure, compute: { create: { name: "cpu-day", size: "Standard_DS3_v2" } } }, endpoint: existingEndpoint("day-prod", target) });
  return { night, green };
};

describe("a batch endpoint on Azure", () => {
  let all: readonly Registered[];
  let made: ReturnType<typeof program>;
  beforeAll(async () => {
    all = await preview(() => (made = program()));
  });

  it("has these types, names and parents: a change of any replaces people's resources", () => {
    expect(all.map(({ name, parent, type }) => `${parent} > ${type} ${name}`).toSorted()).toEqual([
      " > inference-endpoints:index:BatchDeployment day-prod--green",
      " > inference-endpoints:index:Endpoint night",
      "day-prod--green > azure-native:machinelearningservices:BatchDeployment day-prod--green-deployment",
      "day-prod--green > azure-native:machinelearningservices:Compute day-prod--green-compute-cpu-day",
      "night > azure-native:machinelearningservices:BatchEndpoint night-prod-endpoint",
      "night > azure-native:machinelearningservices:Compute night-prod-compute-cpu",
      "night > azure-native:resources:Deployment night-prod-routing",
      "night > inference-endpoints:index:BatchDeployment night--blue",
      "night > inference-endpoints:index:BatchDeployment night--steps",
      "night--blue > azure-native:machinelearningservices:BatchDeployment night-prod--blue-deployment",
      "night--steps > azure-native:machinelearningservices:BatchDeployment night-prod--steps-deployment",
    ]);
  });

  it("makes the shell once, and says the default after the deployments", () => {
    const shell = called(all, "night-prod-endpoint");
    expect(shell.inputs["properties"]).toEqual({ authMode: "AADToken" });
    expect(shell.options).toEqual({ ignoreChanges: ["properties", "identity", "tags", "sku", "kind"] });
    expect(called(all, "night-prod-routing").dependsOn).toEqual(["night-prod--blue-deployment", "night-prod--steps-deployment", "night-prod-endpoint"]);
  });

  it("makes a cluster of a name once: another deployment of the program must name another", async () => {
    const both = () => [program(), new BatchDeployment("grey", { ...blue, endpoint: existingEndpoint("day-prod", target) })];
    await expect(preview(both)).rejects.toThrow(/BatchDeployment "grey" has 1 problem\n {2}- azure\.compute\.create\.name: Endpoint "night" of this program already has cluster "cpu": give it another name/);
  });

  it("tells what it is, and gives children to refer to", () => {
    expect(made.night.kind).toBe("batch");
    expect(made.night.deployments["blue"]).toBeInstanceOf(BatchDeployment);
    expect(made.night.nodes.compute).toBeDefined();
    expect(made.night.nodes.deployments["steps"]?.deployment).toBeDefined();
    expect(made.green.nodes.deployment).toBeDefined();
  });

  it("refuses what is wrong with it and with its endpoint by name, before anything is registered", async () => {
    const wrong = () => new BatchDeployment("green", { ...blue, azure: {}, endpoint: existingEndpoint("day-prod", target, { authMode: "key" }) });
    const refused: unknown = await preview(wrong).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(InvalidArgs);
    expect((refused as Error).message).toMatch(/^BatchDeployment "green" has \d problems/);
    expect((refused as InvalidArgs).problems.map(({ path }) => path)).toEqual(expect.arrayContaining(["azure.compute", "endpoint.authMode"]));
  });
});
