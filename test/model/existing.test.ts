/** Deployments that other programs make, and endpoints that other programs own, through the one parser. */
import { describe, expect, it } from "vitest";
import { parseDeployment } from "../../lib/model/existing.ts";
import { azureTarget, byPath, deployment, naming, parsed, problemsOf } from "./declare.ts";

const mine = (args: unknown, name = "green") => parseDeployment<string>(name, args, naming);
const endpoint = { name: "credit-prod", target: azureTarget };
const problems = (args: unknown, name?: string) => byPath(mine(args, name).problems);

describe("an external deployment", () => {
  it("is a name to route to, and nothing else", () => {
    const credit = parsed({ deployments: { blue: deployment, green: "external" }, traffic: { blue: 90, green: 10 } });
    expect(credit.external).toEqual(["green"]);
    expect(Object.keys(credit.deployments)).toEqual(["blue"]);
    expect(credit).toMatchObject({ existing: false, traffic: { blue: 90, green: 10 } });
  });

  it("may be all that an endpoint has", () => {
    expect(parsed({ deployments: { green: "external" } })).toMatchObject({ external: ["green"], deployments: {} });
  });

  it("counts towards the limit of 20, and has a name like any other", () => {
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`model-${i}`, i === 0 ? deployment : "external"]));
    expect(problemsOf({ deployments: many })["deployments"]).toMatch(/20 deployments or fewer/);
    expect(problemsOf({ deployments: { blue: deployment, Green: "external" } })["deployments.Green"]).toMatch(/expected 3-32 of a-z/);
  });

  it("is refused in other words", () => {
    expect(problemsOf({ deployments: { blue: deployment, green: "extern" } })["deployments.green"]).toBe('expected a deployment, or "external"; got "extern"');
  });

  it("has no share under a name that is nobody's", () => {
    expect(problemsOf({ deployments: { blue: deployment, green: "external" }, traffic: { gren: 100 } })["traffic.gren"]).toMatch(/did you mean "green"/);
  });
});

describe("a deployment of an existing endpoint", () => {
  it("is an endpoint with that deployment alone, of the name that was written", () => {
    const { endpoint: parsed, problems } = mine({ ...deployment, endpoint });
    expect(problems).toEqual([]);
    expect(parsed).toMatchObject({ existing: true, name: "credit-prod", logicalName: "credit-prod", external: [], traffic: {} });
    expect(Object.keys(parsed.deployments)).toEqual(["green"]);
  });

  it("has what the owner says of the endpoint", () => {
    const said = { ...endpoint, authMode: "aml_token", auth: { existingSecret: "keys" }, azure: { compute: "azureml:aks" }, kubernetes: { hostname: "h", path: "/p" } };
    expect(mine({ ...deployment, endpoint: said }).endpoint).toMatchObject({
      authMode: "aml_token",
      auth: { existingSecret: "keys" },
      azure: { compute: "azureml:aks" },
      kubernetes: { hostname: "h", path: "/p" },
    });
  });

  it.each([
    ["nothing at all", undefined, { endpoint: "expected existingEndpoint(name, target); got nothing" }],
    ["no endpoint", { ...deployment }, { endpoint: "expected existingEndpoint(name, target); got nothing" }],
    ["text", { ...deployment, endpoint: "credit" }, { endpoint: 'expected existingEndpoint(name, target); got "credit"' }],
    ["an endpoint without a name", { ...deployment, endpoint: { target: azureTarget } }, { "endpoint.name": /expected the endpoint's name at its target/ }],
    ["a name that is late", { ...deployment, endpoint: { ...endpoint, name: Promise.resolve("x") } }, { "endpoint.name": /got a pulumi.Output; it decides the shape of the stack/ }],
    ["an endpoint without target", { ...deployment, endpoint: { name: "credit" } }, { "endpoint.target": /azureMl\(\{…\}\) or kubernetes/ }],
    ["traffic, which is the owner's", { ...deployment, endpoint: { ...endpoint, traffic: { green: 100 } } }, { endpoint: /unknown key "traffic"/ }],
    ["keys, which are the owner's", { ...deployment, endpoint: { ...endpoint, auth: { keys: { primaryKey: "a", secondaryKey: "b" } } } }, { "endpoint.auth": /unknown key "keys"/ }],
    ["an identity, which is the owner's", { ...deployment, endpoint: { ...endpoint, azure: { identity: { type: "system_assigned" } } } }, { "endpoint.azure": /unknown key "identity"/ }],
    ["compute by its bare name", { ...deployment, endpoint: { ...endpoint, azure: { compute: "aks" } } }, { "endpoint.azure.compute": /^expected "azureml:<cluster>" or an id/ }],
    ["a misspelt argument of its own", { ...deployment, endpoint, instances: 3 }, { "": /did you mean "instanceCount"/ }],
    ["a bad value of its own", { ...deployment, endpoint, instanceCount: 0 }, { instanceCount: /1 or more instances; got 0/ }],
  ])("is refused with %s", (_, args, expected) => {
    const found = problems(args);
    for (const [path, message] of Object.entries(expected)) expect(found[path]).toMatch(message);
  });

  it("is refused for its name", () => {
    expect(problems({ ...deployment, endpoint }, "Green")[""]).toMatch(/expected 3-32 of a-z.*got "Green"/);
  });
});
