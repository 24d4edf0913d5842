/** Pipelines that a program writes itself, through the one parser. */
import { describe, expect, it } from "vitest";
import { batchProblems, parsedBatch } from "./declare.ts";

const prepare = {
  type: "command",
  command: ["cp", "${{inputs.raw}}", "${{ outputs.kept }}"],
  inputs: { raw: "${{parent.inputs.raw}}" },
  outputs: { kept: { type: "uri_folder" } },
};
const score = {
  type: "parallel",
  model: { path: "examples/quickstart/models/blue.onnx" },
  inputs: { files: "${{ parent.jobs.prepare.outputs.kept }}" },
  outputs: { scores: "${{parent.outputs.scores}}" },
};
const job = { inputs: { raw: { type: "uri_folder" } }, outputs: { scores: { type: "uri_folder" } }, jobs: { prepare, score } };
const changed = (changes: object) => ({ deployments: { steps: { type: "pipeline", job: { ...job, ...changes } } }, defaults: undefined });
const steps = (jobs: object) => changed({ jobs: { ...job.jobs, ...jobs } });
const AT = "deployments.steps.job";

describe("a pipeline", () => {
  it("says where each input comes from and where each output goes", () => {
    expect(parsedBatch(steps({ prepare: { ...prepare, inputs: { ...prepare.inputs, twice: true, none: 0 } } })).deployments["steps"]).toMatchObject({
      type: "pipeline",
      job: {
        inputs: { raw: { type: "uri_folder", optional: false } },
        jobs: {
          prepare: { inputs: { raw: { input: "raw" }, twice: { value: true }, none: { value: 0 } }, outputs: { kept: { type: "uri_folder" } }, environmentVariables: {} },
          score: { inputs: { files: { step: "prepare", output: "kept" } }, outputs: { scores: { output: "scores" } }, resources: { instanceCount: 1 }, settings: { miniBatchSize: 10 } },
        },
      },
    });
  });

  it.each([
    ["beside a component", { deployments: { steps: { type: "pipeline", component: "azureml:steps:1", job } }, defaults: undefined }, "deployments.steps", /^expected component or job, one of them/],
    ["without steps", changed({ jobs: {}, outputs: {} }), `${AT}.jobs`, /^expected one step or more/],
    ["an input of a type that there is not", changed({ inputs: { raw: { type: "mltable" } } }), `${AT}.inputs.raw.type`, /^expected "uri_folder", "uri_file", "string"/],
    ["data with a default", changed({ inputs: { raw: { type: "uri_folder", default: "here" } } }), `${AT}.inputs.raw.default`, /^data has no default/],
    ["a default of another type", changed({ inputs: { ...job.inputs, least: { type: "integer", default: 1.5 } } }), `${AT}.inputs.least.default`, /^expected a value of type integer/],
    ["names with dashes", changed({ inputs: { ...job.inputs, "at-least": { type: "integer" } } }), `${AT}.inputs.at-least`, /^expected a name of lower-case letters/],
    ["a step that reads what is not given", steps({ prepare: { ...prepare, inputs: { raw: "${{parent.inputs.row}}" } } }), `${AT}.jobs.prepare.inputs.raw`, /no input of the pipeline "row"; did you mean "raw"\?/],
    ["a step that reads from no step", steps({ score: { ...score, inputs: { files: "${{parent.jobs.prepair.outputs.kept}}" } } }), `${AT}.jobs.score.inputs.files`, /no step "prepair"; did you mean "prepare"\?/],
    ["a step that reads what another does not write", steps({ score: { ...score, inputs: { files: "${{parent.jobs.prepare.outputs.left}}" } } }), `${AT}.jobs.score.inputs.files`, /no output of step "prepare" "left"/],
    ["a step called like what every object has", steps({ score: { ...score, inputs: { files: "${{parent.jobs.constructor.outputs.kept}}" } } }), `${AT}.jobs.score.inputs.files`, /no step "constructor"/],
    ["an output called so", steps({ score: { ...score, inputs: { files: "${{parent.jobs.prepare.outputs.constructor}}" } } }), `${AT}.jobs.score.inputs.files`, /no output of step "prepare" "constructor"/],
    ["an input called so", steps({ prepare: { ...prepare, inputs: { raw: "${{parent.inputs.constructor}}" } } }), `${AT}.jobs.prepare.inputs.raw`, /no input of the pipeline "constructor"/],
    ["a binding in other words", steps({ prepare: { ...prepare, inputs: { raw: "${{inputs.raw}}" } } }), `${AT}.jobs.prepare.inputs.raw`, /^expected \$\{\{parent\.inputs/],
    ["an output that the pipeline has not", steps({ score: { ...score, outputs: { scores: "${{parent.outputs.score}}" } } }), `${AT}.jobs.score.outputs.scores`, /no output of the pipeline "score"; did you mean "scores"\?/],
    ["an output that nobody writes", changed({ outputs: { ...job.outputs, count: { type: "uri_file" } } }), `${AT}.outputs.count`, /^expected one step that writes it.*there is none/],
    ["an output that two write", steps({ prepare: { ...prepare, outputs: { kept: "${{parent.outputs.scores}}" } } }), `${AT}.outputs.scores`, /there is "prepare", "score"/],
    ["steps that wait for each other", steps({ prepare: { ...prepare, inputs: { raw: "${{parent.jobs.score.outputs.scores}}" } } }), `${AT}.jobs.prepare`, /"prepare" reads from "score" reads from "prepare"/],
    ["a word in a command that means nothing", steps({ prepare: { ...prepare, command: ["cp", "${{inputs.row}}"] } }), `${AT}.jobs.prepare.command.1`, /no input of this step "row"; did you mean "raw"\?/],
    ["a word of another language", steps({ prepare: { ...prepare, command: ["cp", "${{workflow.name}}"] } }), `${AT}.jobs.prepare.command.1`, /^expected \$\{\{inputs/],
    ["an empty command", steps({ prepare: { ...prepare, command: [] } }), `${AT}.jobs.prepare.command`, /^expected a program/],
    ["a command in one text", steps({ prepare: { ...prepare, command: "cp a b" } }), `${AT}.jobs.prepare.command`, /^expected a list/],
    ["a file of a script that writes its own", changed({ outputs: { scores: { type: "uri_file" } }, jobs: { prepare, score: { ...score, settings: { outputAction: "summary_only" } } } }), `${AT}.jobs.score.outputs.scores`, /^with outputAction "summary_only" the script writes files of its own, into a folder: expected uri_folder/],
    ["a model over two inputs", steps({ score: { ...score, inputs: { ...score.inputs, more: "${{parent.inputs.raw}}" } } }), `${AT}.jobs.score.inputs`, /^expected one input.*got 2/],
    ["a model over a literal", steps({ score: { ...score, inputs: { files: 7 } } }), `${AT}.jobs.score.inputs`, /^expected one input, the folder or file/],
    ["a model over what may be missing", changed({ inputs: { raw: { type: "uri_folder", optional: true } }, jobs: { score: { ...score, inputs: { files: "${{parent.inputs.raw}}" } } } }), `${AT}.jobs.score.inputs`, /^expected one input/],
    ["a model that writes twice", steps({ score: { ...score, outputs: { ...score.outputs, more: { type: "uri_file" } } } }), `${AT}.jobs.score.outputs`, /^expected one output/],
    ["a third type of step", steps({ score: { ...score, type: "sweep" } }), `${AT}.jobs.score.type`, /"command" or "parallel"/],
  ])("refuses %s", (_what, changes, path, message) => {
    const problems = batchProblems(changes);
    expect(Object.keys(problems)).toContain(path);
    expect(problems[path]).toMatch(message);
  });
});

it("is looked through for circles a step at a time, however many ways there are", () => {
  const layer = (at: number, side: string) => ({ ...prepare, command: ["true"], inputs: at === 0 ? {} : { one: `\${{parent.jobs.a${at - 1}.outputs.kept}}`, other: `\${{parent.jobs.b${at - 1}.outputs.kept}}` }, outputs: { kept: { type: "uri_folder" }, ...(at === 0 && side === "a" ? { end: "${{parent.outputs.scores}}" } : {}) } });
  const jobs = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [[`a${at}`, layer(at, "a")], [`b${at}`, layer(at, "b")]]).flat());
  expect(batchProblems(changed({ jobs }))).toEqual({});
});
