/** Batch endpoints on this machine: what is refused, and what is told. */
import { describe, expect, it } from "vitest";
import { compileBatchEndpoint } from "../../../lib/compile/local/batch-endpoint.ts";
import { batchVerdict } from "../../../lib/compile/local/verdict-batch.ts";
import type { Assets } from "../../../lib/model/bundle.ts";
import { byPath, parsedBatch } from "../../model/declare.ts";
import { onnx, script } from "../azure/compile.ts";

const scripted = { model: { path: "m" }, codeConfiguration: { code: "c", scoringScript: "score.py" } };
const assets: Assets = { blue: { model: onnx, code: script }, "steps--score": { model: onnx, code: script } };
const blue = (more: object) => ({ deployments: { blue: { ...scripted, ...more } }, defaults: undefined });
const steps = (more: object) => ({
  deployments: { steps: { type: "pipeline", job: { inputs: { raw: { type: "uri_folder" } }, outputs: { out: { type: "uri_file" } }, jobs: { score: { type: "parallel", ...scripted, inputs: { raw: "${{parent.inputs.raw}}" }, outputs: { out: "${{parent.outputs.out}}" }, ...more } } } } },
  defaults: undefined,
});
const verdict = (changes: object) => batchVerdict(parsedBatch(changes), assets);

describe("a batch endpoint on this machine", () => {
  it.each([
    ["nothing of a sound one", blue({}), {}],
    ["nothing of keys written out", { ...blue({}), authMode: "key" }, {}],
    ["tokens", { ...blue({}), authMode: "aad_token" }, { authMode: /checks keys alone so far; got "aad_token"/ }],
    ["what Azure has", blue({ model: "azureml:wine:1", codeConfiguration: { code: "azureml:wine:1", scoringScript: "score.py" } }), { "deployments.blue.model": /cannot be read here/, "deployments.blue.codeConfiguration.code": /cannot be read here/ }],
    ["a model elsewhere", blue({ model: { path: "https://a/m" } }), { "deployments.blue.model.path": /reads files of this machine/ }],
    ["a Triton model", blue({ model: { path: "m", type: "triton_model" }, codeConfiguration: undefined }), { "deployments.blue.model.type": /Triton/ }],
    ["a secret of Azure", blue({ settings: { environmentVariables: { A: "${{keyvault:https://v}}" } } }), { "deployments.blue.settings.environmentVariables.A": /secret of Azure/ }],
    ["a default that another program makes", { deployments: { blue: scripted, green: "external" }, defaults: { deploymentName: "green" } }, { "defaults.deploymentName": /another program's/ }],
    ["a component that Azure has", { deployments: { steps: { type: "pipeline", component: "azureml:steps:1" } }, defaults: undefined }, { "deployments.steps.component": /runs there alone/ }],
    ["the same of a step", steps({ model: "azureml:wine:1", settings: { environmentVariables: { A: "${{keyvault:https://v}}" } } }), { "deployments.steps.job.jobs.score.model": /cannot be read here/, "deployments.steps.job.jobs.score.settings.environmentVariables.A": /secret of Azure/ }],
  ])("is refused %s", (_what, changes, expected: Readonly<Record<string, RegExp>>) => {
    const found = byPath(verdict(changes).problems);
    expect(Object.keys(found).toSorted()).toEqual(Object.keys(expected).toSorted());
    for (const [path, message] of Object.entries(expected)) expect(found[path]).toMatch(message);
  });

  it("tells what is not used here", () => {
    const changes = { ...blue({ environment: { image: "i" }, settings: { environmentVariables: { AZUREML_MODEL_DIR: "x" } } }), auth: { existingSecret: "s" } };
    expect(Object.keys(byPath(verdict(changes).warnings)).toSorted()).toEqual(["auth.existingSecret", "deployments.blue.environment.image", "deployments.blue.settings.environmentVariables.AZUREML_MODEL_DIR"]);
    expect(byPath(verdict({ deployments: { blue: scripted, green: "external" }, defaults: { deploymentName: "blue" } }).warnings)).toEqual({ "deployments.green": "another program's deployment does not run here" });
  });

  it("runs a deployment by the settings that it has on every target", () => {
    const { deployments } = compileBatchEndpoint(parsedBatch(blue({ resources: { instanceCount: 3 }, settings: { partitionRows: 50, outputAction: "summary_only" } })), assets);
    expect(deployments).toMatchObject([{ name: "blue", type: "model", entryScript: "score.py", needsPython: true, settings: { instanceCount: 3, partitionRows: 50, outputAction: "summary_only", outputFileName: "predictions.csv" } }]);
  });

  it("runs a pipeline's steps, each with its own files", () => {
    expect(compileBatchEndpoint(parsedBatch(steps({})), assets).deployments).toMatchObject([
      { name: "steps", type: "pipeline", steps: [{ name: "score", type: "parallel", entryScript: "score.py", inputs: { raw: { input: "raw" } }, outputs: { out: { type: "uri_file", output: "out" } }, model: { linkName: "blue.onnx" } }] },
    ]);
  });
});
