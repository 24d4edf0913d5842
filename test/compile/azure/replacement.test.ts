/** What Azure cannot change in place, and a deployment beside the one that it replaces. */
import { describe, expect, it } from "vitest";
import { REPLACE } from "../../../lib/compile/azure/replacement.ts";
import { azureTarget, deployment, problemsOf } from "../../model/declare.ts";
import { planOf, refusals, resource, warnings } from "./compile.ts";

const azure = { instanceType: "Standard_DS3_v2", replacement: "sideBySide" };
const beside = (changes: object = {}, more: object = {}) => ({ deployments: { blue: { ...deployment, azure: { ...azure, ...changes }, ...more }, green: deployment } });
const nameOf = (changes: object) => planOf(changes).deployedNames["blue"];
const many = (count: number, doubled: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`model-${i + 1}`, i < doubled ? { ...deployment, azure } : deployment]));

describe("replacement side by side", () => {
  it("puts a hash of what Azure cannot change into the logical name and the name at Azure", () => {
    const plan = planOf({ name: "risk", ...beside() });
    expect(plan.deployedNames).toEqual({ blue: expect.stringMatching(/^blue-[0-9a-f]{6}$/), green: "green" });
    const made = resource(plan, "deployment:blue");
    expect(made.inputs["deploymentName"]).toBe(plan.deployedNames["blue"]);
    expect(made.logicalName).toBe(`risk--${plan.deployedNames["blue"]}-deployment`);
    expect(resource(plan, "deployment:green").logicalName).toBe("risk--green-deployment");
  });

  it("keeps these names: another hash replaces people's deployments", () => {
    expect(nameOf(beside())).toBe("blue-23244b");
  });

  it.each([
    ["instanceType", beside({ instanceType: "Standard_DS4_v2" })],
    ["egressPublicNetworkAccess", beside({}, { egressPublicNetworkAccess: "disabled" })],
    ["egress that was unset", beside({}, { egressPublicNetworkAccess: "enabled" })],
    ["compute", { ...beside(), azure: { compute: "azureml:aks" }, target: { ...azureTarget, subscriptionId: "sub" } }],
  ])("is another deployment when its %s is another", (_, changes) => {
    expect(nameOf(changes)).toMatch(/^blue-[0-9a-f]{6}$/);
    expect(nameOf(changes)).not.toBe(nameOf(beside()));
  });

  it("is the same deployment when anything else changes", () => {
    const changed = beside({ appInsightsEnabled: true }, { model: "azureml:wine:2", instanceCount: 7, description: "d", environmentVariables: { A: "b" } });
    expect(nameOf(changed)).toBe(nameOf(beside()));
  });

  it("hashes everything that is replaced for, but a failed first provisioning", () => {
    const inputs = resource(planOf(beside()), "deployment:blue").inputs["properties"] as Record<string, unknown>;
    expect(REPLACE.at(-1)).toBe("#initerror");
    expect(REPLACE.slice(0, -1).map((path) => path.replace(/^properties\./, "")).toSorted()).toEqual(["egressPublicNetworkAccess", "instanceType"]);
    for (const path of REPLACE.slice(0, -1)) expect(Object.keys(inputs)).toContain(path.replace(/^properties\./, ""));
  });

  it("is repaired under its own name where the first provisioning failed", () => {
    expect(resource(planOf(beside()), "deployment:blue").options).toMatchObject({ deleteBeforeReplace: true, replaceOnChanges: ["properties.instanceType", "#initerror"], deletedWith: "endpoint" });
  });

  it("is replaced for egress where the program names it: the service's own default, seen by a refresh, is no change", () => {
    const paths = (egressPublicNetworkAccess?: string) => resource(planOf(beside({}, { egressPublicNetworkAccess })), "deployment:blue").options.replaceOnChanges;
    expect(paths("disabled")).toEqual([...REPLACE]);
    expect(paths("enabled")).toEqual([...REPLACE]);
    expect(paths()).not.toContain("properties.egressPublicNetworkAccess");
  });

  it("routes to the name at Azure, live and mirrored, while the program writes the plain one", () => {
    const shares = (changes: object) => {
      const { parameters } = resource(planOf({ ...beside(), ...changes }), "routing").inputs["properties"] as { parameters: { properties: { value: object } } };
      return parameters.properties.value;
    };
    const deployed = nameOf(beside()) as string;
    expect(shares({ traffic: { blue: 90, green: 10 } })).toMatchObject({ traffic: { [deployed]: 90, green: 10 } });
    expect(shares({ traffic: { blue: 0, green: 100 } })).toMatchObject({ traffic: { [deployed]: 0, green: 100 } });
    expect(shares({ traffic: { green: 100 }, mirrorTraffic: { blue: 20 } })).toMatchObject({ mirrorTraffic: { [deployed]: 20 } });
  });

  it("says what callers of the routing header write", () => {
    const { deployedNames, notes } = planOf(beside());
    expect(notes).toContain(`deployment "blue" is called "${deployedNames["blue"]}" at Azure: callers of the header azureml-model-deployment write that name`);
    expect(planOf().notes.join()).not.toContain("is called");
  });

  it("leaves what belongs to the deployment, but is not it, where it is", () => {
    const collecting = { dataCollector: { collections: { request: {} } } };
    const plan = planOf({ name: "risk", ...beside({}, collecting) });
    expect(resource(plan, "data:blue:request")).toMatchObject({ logicalName: "risk--blue-request-data", inputs: { name: "risk-blue-request" } });
  });
});

describe("replacement is refused", () => {
  it("for names that the hash makes too long", () => {
    const named = (length: number) => refusals({ deployments: { ["b".repeat(length)]: { ...deployment, azure } } });
    expect(named(26)[`deployments.${"b".repeat(26)}`]).toMatch(/adds 7 characters to a name that Azure limits to 32: expected 25 characters or fewer; got 26/);
    expect(named(25)).toEqual({});
  });

  it("for pairs that it makes too long on Kubernetes compute", () => {
    const on = (length: number) =>
      refusals({ name: "a".repeat(32), azure: { compute: "azureml:aks" }, target: { ...azureTarget, subscriptionId: "sub" }, deployments: { ["b".repeat(length)]: { ...deployment, azure } } });
    expect(on(24)[`deployments.${"b".repeat(24)}`]).toMatch(/62 characters together; got 63/);
    expect(on(23)).toEqual({});
  });

  it("for a name that another deployment has at Azure", () => {
    const deployed = nameOf(beside()) as string;
    expect(refusals({ deployments: { blue: { ...deployment, azure }, [deployed]: deployment } })[`deployments.${deployed}`]).toMatch(/deployment "blue" is called "blue-[0-9a-f]{6}" at Azure.*another name/);
  });

  it("where not even one could stand beside the others", () => {
    expect(refusals({ deployments: many(20, 1) })["deployments"]).toMatch(/20 deployments at most, .*two of one for a while: expected 19 deployments or fewer; got 20/);
    expect(refusals({ deployments: many(20, 0) })).toEqual({});
    expect(refusals({ deployments: many(19, 1) })).toEqual({});
  });

  it("in other words than its own", () => {
    expect(problemsOf(beside({ replacement: "blueGreen" }))["deployments.blue.azure.replacement"]).toBe('expected "deleteFirst" or "sideBySide"; got "blueGreen"');
  });
});

it("a warning tells how many can be replaced at once, where it is not all of them", () => {
  expect(warnings({ deployments: many(15, 6) })["deployments"]).toMatch(/no more than 5 of these 15 can be replaced in one update/);
  expect(warnings({ deployments: many(15, 5) })["deployments"]).toBeUndefined();
});
