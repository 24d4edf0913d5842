/** Batch endpoints through the one parser: defaults, bounds and refusals. */
import { describe, expect, it } from "vitest";
import { parseBatchDeployment } from "../../lib/model/existing.ts";
import { parseAny } from "../../lib/model/parse.ts";
import { azureTarget, batchDeclaration, batchDeployment, batchProblems, byPath, deployment, naming, parsedBatch, problemsOf } from "./declare.ts";

const blue = (more: object) => ({ deployments: { blue: { ...batchDeployment, ...more } } });
const settings = (more: object) => blue({ settings: more });
const cluster = (more: object) => blue({ azure: { compute: { create: { name: "cpu", size: "Standard_DS3_v2", ...more } } } });
const pipeline = (more: object) => ({ deployments: { steps: { type: "pipeline", component: "azureml:steps:1", ...more } }, defaults: { deploymentName: "steps" } });

describe("a batch endpoint", () => {
  it("is told by its kind", () => {
    expect(parseAny("credit", batchDeclaration(), naming)).toMatchObject({ endpoint: { kind: "batch" }, problems: [] });
    const misspelt = parseAny("credit", batchDeclaration({ kind: "bach" }), naming);
    expect([misspelt.endpoint.kind, byPath(misspelt.problems)]).toEqual(["batch", { kind: 'expected "online" or "batch"; got "bach"' }]);
    expect(parseAny("credit", {}, naming).endpoint.kind).toBe("online");
  });

  it.each([
    ["traffic: {}", { traffic: {} }, "", /unknown key "traffic"; .*defaults: \{ deploymentName \}/],
    ["alerts", { alerts: {} }, "", /alerts watch online endpoints/],
    ["instanceCount", blue({ instanceCount: 2 }), "deployments.blue", /write resources: \{ instanceCount \}/],
    ["requestSettings", blue({ requestSettings: {} }), "deployments.blue", /only online deployments have it/],
    ["settings of the older layout", blue({ miniBatchSize: 5 }), "deployments.blue", /write settings: \{ miniBatchSize \}/],
    ["compute of the YAML schema", blue({ compute: "azureml:cpu" }), "deployments.blue", /write azure: \{ compute \}/],
    ["a component without its type", blue({ component: "azureml:steps:1" }), "deployments.blue", /write type: "pipeline" beside component/],
  ])("says of %s where it belongs", (_what, changes, path, expected) => {
    expect(byPath(parseAny("credit", batchDeclaration(changes), naming).problems)[path]).toMatch(expected);
  });

  it.each([
    ["defaults", { defaults: {} }, "", /traffic says who answers/],
    ["settings", { deployments: { blue: { ...deployment, settings: {} } } }, "deployments.blue", /only batch deployments have it/],
  ])("says of %s under an online endpoint where it belongs", (_what, changes, path, expected) => {
    expect(problemsOf(changes)[path]).toMatch(expected);
  });

  it("has the defaults of the YAML schema", () => {
    expect(parsedBatch({ deployments: { blue: { model: "azureml:wine:1" } } }).deployments["blue"]).toEqual({
      type: "model",
      tags: {},
      model: { kind: "registered", name: "wine", version: "1" },
      resources: { instanceCount: 1 },
      settings: {
        miniBatchSize: 10,
        maxConcurrencyPerInstance: 1,
        outputAction: "append_row",
        outputFileName: "predictions.csv",
        errorThreshold: -1,
        retrySettings: { maxRetries: 3, timeout: 30 },
        loggingLevel: "info",
        environmentVariables: {},
      },
      azure: { properties: {} },
      kubernetes: { egressAllow: [], volumes: [], volumeMounts: [] },
    });
  });

  it("takes zero where zero means something", () => {
    const zero = parsedBatch(settings({ errorThreshold: 0, retrySettings: { maxRetries: 0 } })).deployments["blue"];
    expect(zero).toMatchObject({ settings: { errorThreshold: 0, retrySettings: { maxRetries: 0, timeout: 30 } } });
    expect(parsedBatch(cluster({ minInstances: 0, maxInstances: 1 })).deployments["blue"]).toMatchObject({ azure: { compute: { kind: "new", create: { minInstances: 0, maxInstances: 1 } } } });
  });

  it("leaves open how callers prove who they are: it depends on the target", () => expect(parsedBatch().authMode).toBeUndefined());

  it.each([
    ["a default that is no deployment", { defaults: { deploymentName: "bleu" } }, "defaults.deploymentName", 'no deployment has this name; did you mean "blue"?; got "bleu"'],
    ["a default as text", { defaults: "blue" }, "defaults", 'expected an object: { deploymentName }; got "blue"'],
    ["traffic", { traffic: { blue: 100 } }, "", /^unknown key "traffic"/],
    ["no deployment", { deployments: {}, defaults: undefined }, "deployments", /^expected one deployment or more/],
    ["an online endpoint's compute", { azure: { compute: "azureml:aks" } }, "azure", /^unknown key "compute"/],
    ["a way in that does not exist", { authMode: "password" }, "authMode", 'expected "key", "aml_token" or "aad_token"; got "password"'],
    ["a name", blue({ settings: { outputFileName: "a/b.csv" } }), "deployments.blue.settings.outputFileName", 'expected a file name without a folder; got "a/b.csv"'],
    ["a name that leads up", blue({ settings: { outputFileName: ".." } }), "deployments.blue.settings.outputFileName", /without a folder/],
    ["no model", { deployments: { blue: {} } }, "deployments.blue.model", /^expected a model/],
    ["no files in a mini-batch", settings({ miniBatchSize: 0 }), "deployments.blue.settings.miniBatchSize", "expected 1 or more files; got 0"],
    ["no workers", settings({ maxConcurrencyPerInstance: 0 }), "deployments.blue.settings.maxConcurrencyPerInstance", "expected 1 or more processes; got 0"],
    ["no instances", blue({ resources: { instanceCount: 0 } }), "deployments.blue.resources.instanceCount", "expected 1 or more instances; got 0"],
    ["a threshold below -1", settings({ errorThreshold: -2 }), "deployments.blue.settings.errorThreshold", "expected -1 to 2147483647 files; got -2"],
    ["a threshold above an int32", settings({ errorThreshold: 2 ** 31 }), "deployments.blue.settings.errorThreshold", /2147483647/],
    ["fewer than no tries", settings({ retrySettings: { maxRetries: -1 } }), "deployments.blue.settings.retrySettings.maxRetries", "expected 0 or more tries; got -1"],
    ["no time", settings({ retrySettings: { timeout: 0 } }), "deployments.blue.settings.retrySettings.timeout", "expected 1 or more seconds; got 0"],
    ["no rows in a part", settings({ partitionRows: 0 }), "deployments.blue.settings.partitionRows", "expected 1 or more rows; got 0"],
    ["another output action", settings({ outputAction: "append" }), "deployments.blue.settings.outputAction", 'expected "append_row" or "summary_only"; got "append"'],
    ["a file of rows where none is written", settings({ outputAction: "summary_only", outputFileName: "a.csv" }), "deployments.blue.settings.outputFileName", /^expected none with summary_only/],
    ["another logging level", settings({ loggingLevel: "error" }), "deployments.blue.settings.loggingLevel", 'expected "info", "warning" or "debug"; got "error"'],
    ["a setting that is near", settings({ miniBatch: 3 }), "deployments.blue.settings", 'unknown key "miniBatch"; did you mean "miniBatchSize"?'],
    ["two lists of packages", blue({ environment: { condaFile: "a.yaml", requirements: "a.txt" } }), "deployments.blue.environment", /^expected condaFile or requirements, not both/],
    ["an empty environment", blue({ environment: {} }), "deployments.blue.environment", /^expected image, condaFile or requirements/],
    ["routes: nobody asks over HTTP", blue({ environment: { image: "a", inferenceConfig: {} } }), "deployments.blue.environment", /^unknown key "inferenceConfig"/],
    ["compute by its bare name", blue({ azure: { compute: "cpu" } }), "deployments.blue.azure.compute", 'expected "azureml:<cluster>" or an id that begins with /subscriptions/; got "cpu"'],
    ["a cluster without a size", blue({ azure: { compute: { create: { name: "cpu" } } } }), "deployments.blue.azure.compute.create.size", /^expected a VM size/],
    ["a cluster's name", cluster({ name: "cpu-1" }), "deployments.blue.azure.compute.create.name", /^expected 3-24 letters/],
    ["a cluster without nodes", cluster({ maxInstances: 0 }), "deployments.blue.azure.compute.create.maxInstances", "expected 1 or more nodes; got 0"],
    ["more nodes at rest than at most", cluster({ minInstances: 5 }), "deployments.blue.azure.compute.create.maxInstances", /^expected maxInstances of minInstances or more/],
    ["another tier", cluster({ tier: "spot" }), "deployments.blue.azure.compute.create.tier", /"dedicated" or "low_priority"/],
    ["an identity without identities", cluster({ identity: { type: "user_assigned", userAssignedIdentities: [] } }), "deployments.blue.azure.compute.create.identity.userAssignedIdentities", /^expected one identity or more/],
    ["a pipeline without a component", pipeline({ component: undefined }), "deployments.steps", /^expected component or job, one of them/],
    ["a component that moves", pipeline({ component: "azureml:steps@latest" }), "deployments.steps.component", /^expected a fixed version/],
    ["a model in a pipeline", pipeline({ model: "azureml:wine:1" }), "deployments.steps", /^unknown key "model"/],
    ["a third type", pipeline({ type: "graph" }), "deployments.steps.type", 'expected "model" or "pipeline"; got "graph"'],
  ])("refuses %s", (_what, changes, path, message) => {
    const problems = batchProblems(changes);
    expect(Object.keys(problems)).toContain(path);
    if (typeof message === "string") expect(problems[path]).toBe(message);
    else expect(problems[path]).toMatch(message);
  });

  it("names everything at once, and hides values of variables", () => {
    const all = batchProblems({ ...settings({ miniBatchSize: 1.5, environmentVariables: { KEY: 7 } }), authMode: "no", defaults: { deploymentName: "red" } });
    expect(Object.keys(all).toSorted()).toEqual(["authMode", "defaults.deploymentName", "deployments.blue.settings.environmentVariables.KEY", "deployments.blue.settings.miniBatchSize"]);
    expect(all["deployments.blue.settings.environmentVariables.KEY"]).toBe("expected a string; got a number");
  });

  it("may have a default that another program makes", () => {
    expect(parsedBatch({ deployments: { blue: batchDeployment, green: "external" }, defaults: { deploymentName: "green" } })).toMatchObject({ external: ["green"], defaults: { deploymentName: "green" } });
  });
});

describe("a batch deployment by hand", () => {
  const endpoint = { name: "credit-prod", target: azureTarget };
  const mine = (args: object) => parseBatchDeployment<string>("green", args, naming);

  it("is parsed with its endpoint, of which it is the one part that is made", () => {
    expect(mine({ ...batchDeployment, endpoint })).toMatchObject({ endpoint: { kind: "batch", name: "credit-prod", existing: true }, problems: [] });
  });

  it("tells problems by its own paths", () => {
    expect(byPath(mine({ ...batchDeployment, settings: { miniBatchSize: 0 }, endpoint: {} }).problems)).toMatchObject({
      "settings.miniBatchSize": "expected 1 or more files; got 0",
      "endpoint.name": expect.stringContaining("expected the endpoint's name"),
    });
  });

  it("has compute of its own, and its endpoint none", () => {
    expect(byPath(mine({ ...batchDeployment, endpoint: { ...endpoint, azure: { compute: "azureml:aks" } } }).problems)).toEqual({
      "endpoint.azure": "a batch endpoint has no compute: the deployment says where its jobs run, azure.compute",
    });
  });
});
