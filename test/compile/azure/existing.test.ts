/** Two programs with one endpoint between them, on Azure. */
import { describe, expect, it } from "vitest";
import { compileEndpoint } from "../../../lib/compile/azure/endpoint.ts";
import { verdict } from "../../../lib/compile/azure/verdict.ts";
import type { Assets } from "../../../lib/model/bundle.ts";
import type { On } from "../../../lib/model/endpoint.ts";
import { parseDeployment } from "../../../lib/model/existing.ts";
import { Concat, Ref } from "../../../lib/model/late.ts";
import type { AzureMlTarget } from "../../../lib/model/target.ts";
import { azureTarget, byPath, deployment, naming } from "../../model/declare.ts";
import { onnx, planOf, refusals, resource, script } from "./compile.ts";

const withSubscription = { ...azureTarget, subscriptionId: "sub" };

const part = (changes: object = {}, more: object = {}, target: object = withSubscription): On<string, AzureMlTarget<string>> => {
  const { endpoint, problems } = parseDeployment<string>("green", { ...deployment, ...changes, endpoint: { name: "credit-prod", target, ...more } }, naming);
  expect(problems).toEqual([]);
  return endpoint as On<string, AzureMlTarget<string>>;
};
const plan = (changes: object = {}, assets: Assets = {}, more: object = {}) => compileEndpoint(part(changes, more), assets);
const said = (changes: object = {}, more: object = {}, target?: object, assets: Assets = {}) => byPath(verdict(part(changes, more, target), assets).problems);

describe("the program that owns the deployment", () => {
  it("makes the deployment under the endpoint's name, and neither shell nor routing", () => {
    const { deployedNames, notes, outputs, resources } = plan();
    expect(resources.map(({ id, logicalName }) => [id, logicalName])).toEqual([["deployment:green", "credit-prod--green-deployment"]]);
    expect(resources[0]?.inputs).toMatchObject({ deploymentName: "green", endpointName: "credit-prod" });
    expect(resources[0]?.options).toEqual({ dependsOn: [], deleteBeforeReplace: true, replaceOnChanges: expect.arrayContaining(["#initerror"]) });
    expect(outputs).toEqual({});
    expect(deployedNames).toEqual({ green: "green" });
    expect(notes).toEqual([
      "instances: 1; quota: 8 cores of standardDSv2Family, Azure's 20 % for upgrades included",
      'deployment "green" gets its traffic from the program that owns endpoint "credit-prod": deployments: { green: "external" }',
    ]);
  });

  it("names the workspace of registered assets by the subscription", () => {
    const { model } = resource(plan(), "deployment:green").inputs["properties"] as { model: Concat<string> };
    expect(flat(model)).toBe("/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws/models/wine/versions/1");
  });

  it("registers versions under a name of its own, which no other program's clashes with", () => {
    const local = { model: { path: "m" }, codeConfiguration: { code: "c", scoringScript: "score.py" }, azure: { ...deployment.azure, environment: "azureml:e:1" } };
    const { resources } = plan(local, { green: { model: onnx, code: script } });
    const versions = resources.filter(({ role }) => role === "model" || role === "code");
    expect(versions.map(({ inputs }) => inputs["name"])).toEqual(["credit-prod--green", "credit-prod--green"]);
    for (const { inputs } of resources.filter(({ role }) => role === "files")) expect(inputs["blobName"]).toMatch(/^credit-prod--green\/(?:model|code)\//);
    expect(new Set(resources.map(({ logicalName }) => logicalName)).size).toBe(resources.length);
  });

  it("tags all that it registers as the deployment, of which it is", () => {
    const local = { tags: { team: "risk" }, model: { path: "m" }, codeConfiguration: { code: "c", scoringScript: "score.py" }, environment: { image: "base", condaFile: "conda.yml" } };
    const made = plan(local, { green: { model: onnx, code: script } }).resources.filter(({ role }) => role !== "files");
    expect(made.map(({ role }) => role).toSorted()).toEqual(["code", "deployment", "environment", "model"]);
    for (const { inputs } of made) expect(inputs["tags"] ?? (inputs["properties"] as { readonly tags?: object }).tags).toEqual({ team: "risk" });
  });

  it("knows Kubernetes compute, whose id it does not need", () => {
    const more = { azure: { compute: "azureml:aks" } };
    expect(resource(plan({}, {}, more), "deployment:green").inputs["properties"]).toMatchObject({ endpointComputeType: "Kubernetes" });
    expect(said({ model: "/subscriptions/s/m" }, more, azureTarget)).toEqual({});
  });

  it("has an autoscaler that looks at the endpoint by the beginning of the deployment's id", () => {
    const autoscale = { maxInstances: 5, rules: [{ metric: "requestLatency", target: 200 }, { metric: "cpu", target: 60 }] };
    const made = plan({ autoscale });
    expect(made.resources.map(({ id }) => id)).toEqual(["deployment:green", "autoscale:green"]);
    const looksAt = JSON.stringify(made.resources[1]?.inputs["profiles"]);
    expect(looksAt).toContain(JSON.stringify(new Ref("deployment:green", "id", "/deployments/")));
    expect(looksAt).not.toContain('"id":"endpoint"');
  });

  it("is refused short forms without the subscription", () => {
    const all = { dataCollector: { collections: { request: { data: "azureml:data:1" } } }, codeConfiguration: { code: "azureml:code:1", scoringScript: "score.py" }, azure: { ...deployment.azure, environment: "azureml:e:1" } };
    const found = said(all, {}, azureTarget);
    expect(Object.keys(found).toSorted()).toEqual(["deployments.green.azure.environment", "deployments.green.codeConfiguration.code", "deployments.green.dataCollector.collections.request.data", "deployments.green.model"]);
    for (const message of Object.values(found)) expect(message).toMatch(/azureMl\(\{ subscriptionId, … \}\)/);
    expect(said(all)).toEqual({});
  });

  it("is refused a name that changes, because the owner routes to a fixed one", () => {
    const azure = { ...deployment.azure, replacement: "sideBySide" };
    expect(said({ azure })["deployments.green.azure.replacement"]).toMatch(/routes to a name that does not change: write "deleteFirst"/);
  });
});

describe("the program that owns the endpoint", () => {
  const external = { deployments: { blue: deployment, green: "external" } };
  const shares = (changes: object) => {
    const { parameters } = resource(planOf({ ...external, ...changes }), "routing").inputs["properties"] as { parameters: { properties: { value: object } } };
    return parameters.properties.value;
  };

  it("routes to the other program's deployment and makes nothing of it", () => {
    expect(planOf({ ...external, traffic: { blue: 90, green: 10 } }).resources.map(({ id }) => id)).toEqual(["endpoint", "deployment:blue", "routing"]);
    expect(shares({ traffic: { blue: 90, green: 10 } })).toMatchObject({ traffic: { blue: 90, green: 10 } });
    expect(shares({ traffic: { blue: 100 }, mirrorTraffic: { green: 5 } })).toMatchObject({ mirrorTraffic: { green: 5 } });
  });

  it("does not name it at 0, where it may not be yet", () => {
    expect(shares({ traffic: { blue: 100, green: 0 } })).toMatchObject({ traffic: { blue: 100 } });
    expect(JSON.stringify(shares({ traffic: { blue: 100, green: 0 } }))).not.toContain("green");
  });

  it("says that it must be there before it gets a share", () => {
    const note = 'deployment "green" is another program\'s: it must be there before this update gives it traffic';
    expect(planOf({ ...external, traffic: { blue: 90, green: 10 } }).notes).toContain(note);
    expect(planOf({ ...external, traffic: { blue: 100 }, mirrorTraffic: { green: 5 } }).notes).toContain(note);
    expect(planOf({ ...external, traffic: { blue: 100, green: 0 } }).notes).not.toContain(note);
  });

  it("counts it among the 20 that side-by-side replacement leaves room in", () => {
    const others = Object.fromEntries(Array.from({ length: 19 }, (_, i) => [`model-${i}`, "external"]));
    expect(refusals({ deployments: { ...others, blue: { ...deployment, azure: { ...deployment.azure, replacement: "sideBySide" } } } })["deployments"]).toMatch(/19 deployments or fewer; got 20/);
  });
});

const flat = (value: unknown): string => (value instanceof Concat ? value.parts.map(flat).join("") : String(value));
