/** Pipelines on this machine: steps in order, hand-over by name, failures, resumption. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { BatchPipelineDeployment, PipelineStep } from "../../lib/scoring/contract/batch.ts";
import { folderOf, readIn, scratch, scripted, Service, uri } from "./service.ts";

const node = (code: string, ...args: readonly string[]): readonly string[] => [process.execPath, "-e", code, "--", ...args];
const model = { ...scripted("lines.py", { miniBatchSize: 1, outputFileName: "lines.csv" }), kind: "model" } as Extract<PipelineStep, { kind: "model" }>;

/** Copies the files whose text a word does not hold; a model says what is in them; a command counts its lines. */
const pipeline = (own: Partial<BatchPipelineDeployment> = {}, gate = ""): BatchPipelineDeployment => ({
  kind: "pipeline",
  inputs: { raw: { type: "uri_folder" }, without: { type: "string", default: "skip" }, most: { type: "integer", optional: true } },
  outputs: { scores: { type: "uri_folder" }, count: { type: "uri_file" } },
  steps: {
    count: {
      kind: "command",
      command: node(
        `const [, file, out, most, gate] = process.argv; if (gate !== "" && !fs.existsSync(gate)) { console.error("no gate"); process.exit(3); } fs.writeFileSync(out, fs.readFileSync(file + "/lines.csv", "utf8").trim().split("\\n").length + "/" + most)`,
        "${{inputs.scores}}", "${{ outputs.count }}", "${{inputs.most}}", gate,
      ),
      environmentVariables: {},
      inputs: { scores: { step: "score", output: "scores" }, most: { input: "most" } },
      outputs: { count: { type: "uri_file", output: "count" } },
    },
    prepare: {
      kind: "command",
      command: node(`const [, from, to, word] = process.argv; for (const name of fs.readdirSync(from)) if (fs.readFileSync(from + "/" + name, "utf8") !== word) fs.copyFileSync(from + "/" + name, to + "/" + name)`, "${{inputs.raw}}", "${{outputs.kept}}", "${{inputs.without}}"),
      environmentVariables: {},
      inputs: { raw: { input: "raw" }, without: { input: "without" } },
      outputs: { kept: { type: "uri_folder" } },
    },
    score: { ...model, inputs: { data: { step: "prepare", output: "kept" } }, outputs: { scores: { type: "uri_folder", output: "scores" } } },
  },
  continueOnStepFailure: false,
  ...own,
});

const files = { "a.txt": "1", "b.txt": "skip", "c.txt": "3" };
const asks = (input: string, more: object = {}, outputs: object = {}): object => ({ properties: { InputData: { raw: { JobInputType: "UriFolder", Uri: uri(input) }, ...more }, OutputData: outputs } });

test("steps run after what they read from, and outputs appear where the caller wants them", async () => {
  const out = scratch();
  const service = await Service.start({ it: pipeline() });
  const outputs = { scores: { JobOutputType: "UriFolder", Uri: uri(join(out, "scores")) }, count: { JobOutputType: "UriFile", Uri: uri(join(out, "count.txt")) } };
  const job = await service.run(asks(folderOf(files), { most: { JobInputType: "Literal", Value: 7 } }, outputs));
  expect(job.properties).toMatchObject({ status: "Completed" });
  expect(readIn(join(out, "scores"), "lines.csv")).toBe("a.txt 1\nc.txt 3\n");
  expect(readFileSync(join(out, "count.txt"), "utf8")).toBe("2/7");
  const again = await service.post(asks(folderOf(files), {}, outputs));
  expect([again.status, JSON.stringify(again.body)]).toEqual([400, expect.stringContaining("exists already")]);
  const plain = await service.run(asks(folderOf(files), { without: { JobInputType: "Literal", Value: "3" } }));
  const folder = new URL(plain.properties.output.uri).pathname;
  expect([readIn(join(folder, "scores"), "lines.csv"), readFileSync(join(folder, "count"), "utf8")]).toEqual(["a.txt 1\n", "1/"]);
});

test("inputs by name and type", async () => {
  const service = await Service.start({ it: pipeline() });
  const input = folderOf(files);
  const refused = async (sent: object): Promise<string> => {
    const reply = await service.send<{ error: { message: string } }>("POST", "/jobs", sent);
    expect(reply.status).toBe(400);
    return reply.body.error.message;
  };
  expect(await refused({ properties: {} })).toBe("properties.InputData.raw: the pipeline needs this input (uri_folder)");
  expect(await refused(asks(input, { most: { JobInputType: "Literal", Value: 1.5 } }))).toBe("properties.InputData.most: expected integer; got 1.5");
  expect(await refused(asks(input, { without: { JobInputType: "UriFile", Uri: uri(join(input, "a.txt")) } }))).toBe("properties.InputData.without: expected string; got UriFile");
  expect(await refused(asks(input, { other: { JobInputType: "Literal", Value: 1 } }))).toBe("properties.InputData.other: the pipeline has none of this name; it has raw, without, most");
  expect(await refused(asks(input, {}, { x: { JobOutputType: "UriFile", Uri: "file:///x" } }))).toBe("properties.OutputData.x: the pipeline has none of this name; it has scores, count");
  expect(await refused({ properties: { ...(asks(input) as { properties: object }).properties, miniBatchSize: 3 } })).toBe("properties.miniBatchSize: it is for model deployments; a pipeline's steps have their own settings");
});

test("properties of a job are remembered, and a model takes none", async () => {
  const service = await Service.start({ it: pipeline(), lines: scripted("lines.py") });
  const properties = { experimentName: "wines" };
  const sent = { properties: { ...(asks(folderOf(files)) as { properties: object }).properties, properties } };
  expect((await service.run(sent)).properties).toMatchObject({ status: "Completed", properties });
  const { body, status } = await service.send<{ error: { message: string } }>("POST", "/jobs", { properties: { InputData: { x: { JobInputType: "UriFolder", Uri: uri(folderOf(files)) } }, properties } }, { "azureml-model-deployment": "lines" });
  expect([status, body.error.message]).toEqual([400, "properties.properties: they are for pipelines; a model deployment takes name, description and tags"]);
});

test("a step that fails names itself; resumed, the steps before it are not run again", async () => {
  const gate = join(scratch(), "gate");
  const service = await Service.start({ it: pipeline({}, gate) });
  const input = folderOf(files);
  const job = await service.run(asks(input));
  expect(job.properties.status).toBe("Failed");
  expect(job.properties.error?.message).toMatch(/^step count: ".*" exited with 3; what it printed is in /);
  const home = new URL(job.properties.output.uri).pathname;
  expect(existsSync(home)).toBe(false); // nothing is published of a pipeline that failed
  expect(readIn(join(home, "../steps/count/logs/user/stderr/127.0.0.1"), "command.stderr.txt")).toBe("no gate\n");
  writeFileSync(gate, "");
  writeFileSync(join(input, "d.txt"), "4"); // would be seen by a step that ran again
  await service.send("POST", `/jobs/${job.name}/resume`);
  expect((await service.ended(job.name)).properties.status).toBe("Completed");
  expect(readFileSync(join(home, "count"), "utf8")).toBe("2/");
});

test("with continueOnStepFailure what does not depend on a failed step still runs, and the job fails", async () => {
  const steps: BatchPipelineDeployment["steps"] = {
    bad: { kind: "command", command: node("process.exit(1)"), environmentVariables: {}, inputs: {}, outputs: { x: { type: "uri_file" } } },
    after: { kind: "command", command: node("0"), environmentVariables: {}, inputs: { x: { step: "bad", output: "x" } }, outputs: {} },
    other: { kind: "command", command: node("fs.writeFileSync(process.argv[1], process.env.SAID)", "${{outputs.y}}"), environmentVariables: { SAID: "ran" }, inputs: {}, outputs: { y: { type: "uri_file" } } },
  };
  const service = await Service.start({ it: pipeline({ inputs: {}, outputs: {}, steps, continueOnStepFailure: true }) });
  const job = await service.run({ properties: {} });
  expect(job.properties.error?.message).toMatch(/^step bad: .* exited with 1; .*; step after: step bad has failed$/);
  expect(readIn(join(new URL(job.properties.output.uri).pathname, "../steps/other/outputs"), "y")).toBe("ran");
});

test("a command is ended with its job", async () => {
  const steps: BatchPipelineDeployment["steps"] = { waits: { kind: "command", command: node("setInterval(() => {}, 1000); console.log('here')"), environmentVariables: {}, inputs: {}, outputs: {} } };
  const service = await Service.start({ it: pipeline({ inputs: {}, outputs: {}, steps }) });
  const id = await service.start({ properties: {} });
  await service.until(id, ({ properties }) => properties.status === "Running");
  await service.send("POST", `/jobs/${id}/cancel`);
  expect((await service.ended(id)).properties.status).toBe("Canceled");
});
