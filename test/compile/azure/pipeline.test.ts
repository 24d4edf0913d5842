/** Pipelines of steps on Azure: what is refused, what a shell and a script get, and what makes another version. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { plain, refTo } from "../../../lib/cli/plain-plan.ts";
import { compileBatchEndpoint } from "../../../lib/compile/azure/batch-endpoint.ts";
import { ENTRY_FILE, ENTRY_TEXT } from "../../../lib/compile/azure/step-entry.ts";
import { batchVerdict } from "../../../lib/compile/azure/verdict-batch.ts";
import type { BatchOn } from "../../../lib/model/batch-endpoint.ts";
import type { Assets } from "../../../lib/model/bundle.ts";
import type { AzureMlTarget } from "../../../lib/model/target.ts";
import { azureTarget, byPath, parsedBatch } from "../../model/declare.ts";
import { onnx, resource, script } from "./compile.ts";

type OnAzure = BatchOn<string, AzureMlTarget<string>>;

const environment = { image: "i" };
const prepare = { type: "command", command: ["cp", "${{inputs.raw}}", "${{outputs.kept}}"], code: "c", environment, inputs: { raw: "${{parent.inputs.raw}}" }, outputs: { kept: { type: "uri_folder" } } };
const score = { type: "parallel", model: { path: "m" }, codeConfiguration: { code: "c", scoringScript: "score.py" }, environment, inputs: { files: "${{parent.jobs.prepare.outputs.kept}}" }, outputs: { scores: "${{parent.outputs.scores}}" } };
const sound = { inputs: { raw: { type: "uri_folder" }, note: { type: "string" }, file: { type: "uri_file" } }, outputs: { scores: { type: "uri_file" } }, jobs: { prepare, score } };
const assets: Assets = { "steps--prepare": { code: script }, "steps--score": { model: onnx, code: script } };

const on = (job: object, azure: object = { compute: "azureml:cpu" }, more: object = {}): OnAzure =>
  parsedBatch({ deployments: { steps: { type: "pipeline", job, azure } }, defaults: undefined, ...more }) as OnAzure;
const steps = (changes: { readonly prepare?: object; readonly score?: object }, more: object = {}) => ({ ...sound, ...more, jobs: { prepare: { ...prepare, ...changes.prepare }, score: { ...score, ...changes.score } } });
const planOf = (job: object) => compileBatchEndpoint(on(job), assets);
const specOf = (job: object, id: string) => {
  const plan = planOf(job);
  const { properties, version } = plain(resource(plan, id).inputs, ".", refTo(plan)) as { readonly version: string; readonly properties: { readonly componentSpec: Readonly<Record<string, unknown>> } };
  return { ...properties.componentSpec, version } as { readonly version: string; readonly command?: string; readonly task?: Readonly<Record<string, string>>; readonly inputs: object };
};

const UNDER = "deployments.steps.job.jobs";

describe("a pipeline of steps on Azure", () => {
  it("is refused nothing and warned of nothing when it is sound", () => expect(batchVerdict(on(sound), assets)).toEqual({ problems: [], warnings: [] }));

  it.each([
    ["no compute", sound, { "deployments.steps.azure.compute": /jobs need compute/ }, {}],
    ["more nodes than the cluster has", steps({ score: { resources: { instanceCount: 5 } } }), { [`${UNDER}.score.resources.instanceCount`]: /4 nodes at most; got 5/ }, { compute: { create: { name: "cpu", size: "Standard_DS3_v2" } } }],
    ["a command without an environment", steps({ prepare: { environment: undefined } }), { [`${UNDER}.prepare.environment`]: /an environment of its own/ }],
    ["packages without an image", steps({ score: { environment: { requirements: "r.txt" } } }), { [`${UNDER}.score.environment.image`]: /builds on a base image/ }],
    ["a reference to a secret", steps({ prepare: { environmentVariables: { A: "${{keyvault:https://v}}" } } }), { [`${UNDER}.prepare.environmentVariables.A`]: /online deployments alone/ }],
    ["the same of a script", steps({ score: { settings: { environmentVariables: { A: "${{keyvault:https://v}}" } } } }), { [`${UNDER}.score.settings.environmentVariables.A`]: /online deployments alone/ }],
    ["files that are split", steps({ score: { settings: { partitionRows: 10 } } }), { [`${UNDER}.score.settings.partitionRows`]: /never splits a file/ }],
    ["MLflow without code", steps({ score: { model: { path: "m", type: "mlflow_model" }, codeConfiguration: undefined } }), { [`${UNDER}.score.codeConfiguration`]: /run Python scripts alone/ }],
    ["a script in TypeScript", steps({ score: { codeConfiguration: { code: "c", scoringScript: "score.ts" } } }), { [`${UNDER}.score.codeConfiguration`]: /run Python scripts alone/ }],
    ["registered code", steps({ score: { codeConfiguration: { code: "azureml:c:1", scoringScript: "score.py" } } }), { [`${UNDER}.score.codeConfiguration.code`]: /a folder of this machine/ }],
    ["a registered model", steps({ score: { model: "azureml:wine:1" } }), { [`${UNDER}.score.model`]: /by the name of a file or folder/ }],
    ["a model at an address that Azure does not read", steps({ score: { model: { path: "s3://bucket/m/" } } }), { [`${UNDER}.score.model.path`]: /Azure reads/ }],
    ["one file to run over", steps({ score: { inputs: { files: "${{parent.inputs.file}}" } } }), { [`${UNDER}.score.inputs.files`]: /the files of a folder/ }],
    ["one file of a step to run over", steps({ prepare: { outputs: { kept: { type: "uri_file" } } } }), { [`${UNDER}.score.inputs.files`]: /the files of a folder/ }],
    ["rows in a folder", { ...sound, outputs: { scores: { type: "uri_folder" } } }, { [`${UNDER}.score.outputs.scores`]: /put the rows into one file/ }],
  ])("is refused with %s", (_what, job, expected: Readonly<Record<string, RegExp>>, azure: object = { compute: "azureml:cpu" }) => {
    const found = byPath(batchVerdict(on(job, azure), assets).problems);
    expect(Object.keys(found).toSorted()).toEqual(Object.keys(expected).toSorted());
    for (const [path, message] of Object.entries(expected)) expect(found[path]).toMatch(message);
  });

  it("is refused files without storage, of a command too", () => {
    const found = byPath(batchVerdict(on(sound, { compute: "azureml:cpu" }, { target: { ...azureTarget, storage: undefined } }), assets).problems);
    expect(Object.keys(found).toSorted()).toEqual([`${UNDER}.prepare.code`, `${UNDER}.score.codeConfiguration.code`, `${UNDER}.score.model.path`]);
  });

  it("is warned where a caller's text is pasted into a shell's line, and of no other input", () => {
    const pasted = steps({ prepare: { command: ["cp", "${{inputs.raw}}", "--note=${{inputs.note}}", "${{outputs.kept}}"], inputs: { raw: "${{parent.inputs.raw}}", note: "${{parent.inputs.note}}" } } });
    expect(byPath(batchVerdict(on(pasted), assets).warnings)).toEqual({ [`${UNDER}.prepare.command.2`]: expect.stringContaining('the text of input "note"') });
  });

  it("lets rows be files of the script's own", () => {
    const own = steps({ score: { settings: { outputAction: "summary_only" } } }, { outputs: { scores: { type: "uri_folder" } } });
    expect(batchVerdict(on(own), assets).problems).toEqual([]);
    expect(specOf(own, "component:steps--score").task).toMatchObject({ program_arguments: expect.stringMatching(/ --step-output \$\{\{outputs\.scores\}\}$/) });
    expect(specOf(own, "component:steps--score").task).not.toHaveProperty("append_row_to");
  });

  it("gives a shell the words of the command as they are", () => {
    const words = ["a b", "it's", "$HOME", "`id`", "*", "a=1"];
    const line = specOf(steps({ prepare: { command: ["printf", "%s\\n", ...words] } }), "component:steps--prepare").command ?? "";
    expect(execFileSync("sh", ["-c", line], { encoding: "utf8" })).toBe(`${words.join("\n")}\n`);
  });

  it("names another version for another command, and the pipeline's with it", () => {
    const other = steps({ prepare: { command: ["mv", "${{inputs.raw}}", "${{outputs.kept}}"] } });
    expect(specOf(other, "component:steps--prepare").version).not.toBe(specOf(sound, "component:steps--prepare").version);
    expect(specOf(other, "component:steps--score").version).toBe(specOf(sound, "component:steps--score").version);
    expect(specOf(sound, "component:steps").version).toMatch(/^[0-9a-f]{12}$/);
  });

  it("comes after its steps, and the deployment after it", () => {
    const plan = planOf(sound);
    expect(resource(plan, "component:steps").options).toEqual({ dependsOn: ["component:steps--prepare", "component:steps--score"], deleteBeforeReplace: false });
    expect(resource(plan, "deployment:steps").options.dependsOn).toEqual(["endpoint", "component:steps"]);
  });

  it("shares code with a deployment of a model by content, without what starts a step", () => {
    const paths = planOf(sound).resources.filter(({ role }) => role === "files").map(({ inputs }) => String(inputs["blobName"]).split("/").at(-1));
    expect(paths.filter((path) => path === ENTRY_FILE)).toHaveLength(1);
  });
});

describe("what starts the script of a step", () => {
  const started = (script: string, ...more: readonly string[]): unknown => {
    const folder = mkdtempSync(join(tmpdir(), "step-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, "code", "inner"), { recursive: true });
    mkdirSync(join(folder, "given"));
    writeFileSync(join(folder, "given", "weights"), "7");
    writeFileSync(join(folder, "code", ENTRY_FILE), ENTRY_TEXT);
    writeFileSync(join(folder, "code", "inner", "score.py"), script);
    writeFileSync(join(folder, "code", "inner", "beside.py"), "FACTOR = 2\n");
    const driver = `import json, sys; sys.path.insert(0, "code"); import ${ENTRY_FILE.replace(".py", "")} as entry; entry.init(); print(json.dumps(entry.run(["one", "two"])))`;
    const args = ["-c", driver, "--step-script", "inner/score.py", "--step-model", "given", "--step-model-name", "my model", "--logging_level", "INFO", ...more];
    return JSON.parse(execFileSync("python3", args, { cwd: folder, encoding: "utf8" }));
  };

  it("says where the model is, under its name, before the script is read", () => {
    const script = 'import os\nfrom pathlib import Path\nimport beside\nWEIGHTS = Path(os.environ["AZUREML_MODEL_DIR"], "my model", "weights").read_text()\ndef init():\n    global factor\n    factor = beside.FACTOR\ndef run(mini_batch):\n    return [f"{each} {int(WEIGHTS) * factor}" for each in mini_batch]\n';
    expect(started(script)).toEqual(["one 14", "two 14"]);
  });

  it("says where files of its own go, where there is such an output", () => {
    const script = 'import os\ndef init():\n    pass\ndef run(mini_batch):\n    return [os.environ.get("AZUREML_BI_OUTPUT_PATH")]\n';
    expect(started(script)).toEqual([null]);
    expect(started(script, "--step-output", "/mnt/out")).toEqual(["/mnt/out"]);
  });
});
