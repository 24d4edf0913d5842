/** Batch endpoints on Azure: what the table of properties does not show. */
import { describe, expect, it } from "vitest";
import { compileBatchEndpoint } from "../../../lib/compile/azure/batch-endpoint.ts";
import { batchVerdict } from "../../../lib/compile/azure/verdict-batch.ts";
import { plain, refTo } from "../../../lib/cli/plain-plan.ts";
import type { BatchOn } from "../../../lib/model/batch-endpoint.ts";
import type { Assets, Bundle } from "../../../lib/model/bundle.ts";
import { parseBatchDeployment } from "../../../lib/model/existing.ts";
import type { AzureMlTarget } from "../../../lib/model/target.ts";
import { azureTarget, batchDeployment, byPath, naming, parsedBatch } from "../../model/declare.ts";
import { onnx, resource, script } from "./compile.ts";

type OnAzure = BatchOn<string, AzureMlTarget<string>>;

const on = (changes: object = {}): OnAzure => parsedBatch(changes) as OnAzure;
const blue = (more: object, azure: object = {}) => ({ deployments: { blue: { ...batchDeployment, ...more, azure: { ...batchDeployment.azure, ...azure } } }, defaults: undefined });
const files = (path: string, text: string): Bundle => ({ kind: "file", name: path, root: path, bytes: text.length, hash: "0", files: [{ path, source: path, size: text.length, sha256: "0", bytes: new TextEncoder().encode(text) }] });
const refusals = (changes: object, assets: Assets = {}): Record<string, string> => byPath(batchVerdict(on(changes), assets).problems);
const warnings = (changes: object, assets: Assets = {}): Record<string, string> => byPath(batchVerdict(on(changes), assets).warnings);
const create = (more: object = {}) => ({ compute: { create: { name: "cpu", size: "Standard_DS3_v2", ...more } } });

describe("a batch endpoint on Azure", () => {
  it("is refused nothing and warned of nothing when it is sound", () => {
    expect(batchVerdict(on(), {})).toEqual({ problems: [], warnings: [] });
  });

  it.each([
    ["files without storage", { target: { ...azureTarget, storage: undefined }, ...blue({ model: { path: "m" }, codeConfiguration: { code: "c", scoringScript: "score.py" } }) }, { "deployments.blue.model.path": /must be uploaded/, "deployments.blue.codeConfiguration.code": /must be uploaded/ }],
    ["a script without an environment", blue({}, { environment: undefined }), { "deployments.blue.environment": /needs an environment/ }],
    ["packages without an image", blue({ environment: { requirements: "r.txt" } }, { environment: undefined }), { "deployments.blue.environment.image": /builds on a base image/ }],
    ["an environment of a model that brings its own", blue({ model: { path: "m", type: "mlflow_model" }, codeConfiguration: undefined }), { "deployments.blue.environment": /brings its own environment/ }],
    ["a Triton model", blue({ model: { path: "m", type: "triton_model" }, codeConfiguration: undefined }), { "deployments.blue.model.type": /runs Python scripts/ }],
    ["an ONNX file without a script", blue({ model: { path: "https://a/m.onnx" }, codeConfiguration: undefined }), { "deployments.blue": /runs Python scripts/ }],
    ["requirements that include others", blue({ environment: { image: "i", requirements: "r.txt" } }, { environment: undefined }), { "deployments.blue.environment.requirements": /reads this file alone/ }, { blue: { environment: files("r.txt", "-r more.txt\n") } }],
  ])("refuses %s", (_what, changes, expected: Readonly<Record<string, RegExp>>, assets: Assets = {}) => {
    const found = refusals(changes, assets);
    expect(Object.keys(found).toSorted()).toEqual(Object.keys(expected).toSorted());
    for (const [path, message] of Object.entries(expected)) expect(found[path]).toMatch(message);
  });

  it("takes MLflow without code, and a script with an image that has everything", () => {
    expect(refusals(blue({ model: { path: "m", type: "mlflow_model" }, codeConfiguration: undefined }, { environment: undefined }))).toEqual({});
    expect(refusals(blue({ environment: { image: "mine:1" } }, { environment: undefined }))).toEqual({});
  });

  it("warns of a conda file without what Azure's driver needs, and of more nodes than Azure gives", () => {
    const conda = blue({ environment: { image: "i", condaFile: "conda.yaml" } }, { environment: undefined });
    expect(warnings(conda, { blue: { environment: files("conda.yaml", "dependencies: [python]") } })["deployments.blue.environment.condaFile"]).toMatch(/needs azureml-core and azureml-dataset-runtime\[fuse\]/);
    expect(warnings(conda, { blue: { environment: files("conda.yaml", "- azureml-core\n- azureml-dataset-runtime[fuse]") } })).toEqual({});
    expect(warnings(blue({}, create({ maxInstances: 101 })))["deployments.blue.azure.compute.create.maxInstances"]).toMatch(/100 nodes/);
    expect(warnings(blue({}, create({ maxInstances: 100 })))).toEqual({});
  });

  it("makes one cluster of equal declarations, and refuses two under one name", () => {
    const two = (first: object, second: object) => ({ deployments: { blue: { ...batchDeployment, azure: { ...batchDeployment.azure, ...first } }, green: { ...batchDeployment, azure: { ...batchDeployment.azure, ...second } } } });
    const same = compileBatchEndpoint(on(two(create({ subnet: "/s" }), create({ subnet: "/s" }))), {});
    expect(same.resources.filter(({ role }) => role === "compute").map(({ logicalName }) => logicalName)).toEqual([expect.stringMatching(/^credit-[0-9a-f]{6}-compute-cpu$/)]);
    expect(Object.keys(refusals(two(create(), create({ tier: "low_priority", maxInstances: 2 })))).toSorted()).toEqual(["deployments.green.azure.compute.create.maxInstances", "deployments.green.azure.compute.create.tier"]);
  });

  it("says in a preview what the order of two programs asks for, who names a deployment, and what is charged without a job", () => {
    const notes = (changes: object) => compileBatchEndpoint(on(changes), {}).notes;
    expect(notes({})).toEqual([]);
    expect(notes({ deployments: { blue: batchDeployment, green: "external" }, defaults: { deploymentName: "green" } })).toEqual(['deployment "green" is another program\'s: it must be there before this update makes it the default']);
    expect(notes({ defaults: undefined })).toEqual(["no deployment is the default: callers name one in the header azureml-model-deployment"]);
    expect(notes({ deployments: { blue: { ...batchDeployment, azure: { ...batchDeployment.azure, ...create({ minInstances: 2 }) } } } })).toEqual(['cluster "cpu" keeps 2 nodes of Standard_DS3_v2, charged while there is no job too']);
  });

  it("orders writes: cluster and versions, deployments one after another, then the default", () => {
    const plan = compileBatchEndpoint(on({ deployments: { blue: { ...batchDeployment, azure: { ...batchDeployment.azure, ...create() } }, green: batchDeployment } }), {});
    expect(resource(plan, "deployment:blue").options).toMatchObject({ dependsOn: ["endpoint", "compute:cpu"], deletedWith: "endpoint", deleteBeforeReplace: true });
    expect(resource(plan, "deployment:green").options.dependsOn).toEqual(["endpoint", "deployment:blue"]);
    expect(resource(plan, "routing").options).toEqual({ dependsOn: ["endpoint", "deployment:blue", "deployment:green"], deletedWith: "endpoint", replaceWith: ["endpoint"] });
  });

  it("registers files under the endpoint's name, and adds what starts a script to its packages", () => {
    const assets: Assets = { blue: { model: onnx, code: script, environment: files("r.txt", "numpy\nazureml-core==1.60\n") } };
    const plan = compileBatchEndpoint(on(blue({ model: { path: "m" }, codeConfiguration: { code: "c", scoringScript: "score.py" }, environment: { image: "i", requirements: "r.txt" } }, { environment: undefined })), assets);
    const { condaFile } = resource(plan, "environment:blue").inputs["properties"] as { readonly condaFile: string };
    expect([...condaFile.matchAll(/- "(.*)"/g)].map((match) => match[1])).toEqual(["numpy", "azureml-core==1.60", "azureml-dataset-runtime[fuse]"]);
    expect(resource(plan, "deployment:blue").options.dependsOn).toEqual(["endpoint", expect.stringContaining("model:"), expect.stringContaining("code:"), "environment:blue"]);
  });
});

describe("a deployment of another program's batch endpoint", () => {
  const part = (changes: object, target: object): OnAzure => {
    const { endpoint, problems } = parseBatchDeployment<string>("green", { ...batchDeployment, ...changes, endpoint: { name: "credit-prod", target } }, naming);
    expect(problems).toEqual([]);
    return endpoint as OnAzure;
  };

  it("is made alone, and finds compute and versions by the target's subscription", () => {
    const plan = compileBatchEndpoint(part({}, { ...azureTarget, subscriptionId: "sub" }), {});
    expect(plan.resources.map(({ logicalName }) => logicalName)).toEqual(["credit-prod--green-deployment"]);
    const properties = plain(plan.resources[0]?.inputs["properties"], ".", refTo(plan)) as { readonly compute: string; readonly model: { readonly assetId: string } };
    const workspace = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws";
    expect([properties.compute, properties.model.assetId]).toEqual([`${workspace}/computes/cpu`, `${workspace}/models/wine/versions/1`]);
    expect(plan.notes).toEqual([expect.stringContaining('callers name deployment "green" in the header azureml-model-deployment')]);
  });

  it("needs the subscription for short forms", () => {
    expect(Object.keys(byPath(batchVerdict(part({}, azureTarget), {}).problems)).toSorted()).toEqual(["deployments.green.azure.compute", "deployments.green.azure.environment", "deployments.green.codeConfiguration.code", "deployments.green.model"]);
    const steps = { type: "pipeline", component: "azureml:steps:1" };
    const { endpoint } = parseBatchDeployment<string>("green", { ...steps, endpoint: { name: "credit-prod", target: azureTarget } }, naming);
    expect(byPath(batchVerdict(endpoint as OnAzure, {}).problems)).toHaveProperty(["deployments.green.component"], expect.stringContaining("subscriptionId"));
  });
});
