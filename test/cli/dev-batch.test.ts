/** `dev` on batch endpoints: the service that the plan becomes, found and called by `invoke`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cli, dev, project, write } from "./support.ts";

const program = (deployments: string, defaults: string): string => `
import * as pulumi from "@pulumi/pulumi";
import { Endpoint, kubernetes } from "inference-endpoints";
const config = new pulumi.Config();
const lines = {
  model: { path: "./model" },
  codeConfiguration: { code: "./code", scoringScript: "score.py" },
  settings: { miniBatchSize: 1, environmentVariables: { WORD: config.requireSecret("word") } },
};
export const shop = new Endpoint("shop", {
  kind: "batch",
  target: kubernetes({ namespace: "ml", scoringImage: "scoring:1", gateway: { name: "g", namespace: "gw", implementation: "envoy-gateway", url: "https://models.example.com" } }),
  deployments: ${deployments},
  defaults: { deploymentName: "${defaults}" },
});
`;

const files = {
  "model/weights.txt": "7",
  "code/score.py": `import os, pathlib
def init():
    global weight
    weight = next(pathlib.Path(os.environ["AZUREML_MODEL_DIR"]).glob("*/weights.txt")).read_text()
def run(mini_batch):
    return [f"{pathlib.Path(path).name} {weight} {os.environ['WORD']}" for path in mini_batch]
`,
  "steps/upper.py": "import pathlib, sys\nfor path in pathlib.Path(sys.argv[1]).iterdir():\n    (pathlib.Path(sys.argv[2]) / path.name.upper()).write_text(path.read_text() * int(sys.argv[3]))\n",
  "data/a.txt": "one",
  "data/b.txt": "two",
};

const STEPS = `{ lines, steps: { type: "pipeline", job: {
  inputs: { raw: { type: "uri_folder" }, times: { type: "integer", default: 2 } },
  outputs: { scores: { type: "uri_folder" } },
  jobs: {
    upper: { type: "command", command: ["python3", "upper.py", "\${{inputs.raw}}", "\${{outputs.kept}}", "\${{inputs.times}}"], code: "./steps", inputs: { raw: "\${{parent.inputs.raw}}", times: "\${{parent.inputs.times}}" }, outputs: { kept: { type: "uri_folder" } } },
    score: { type: "parallel", ...lines, inputs: { files: "\${{parent.jobs.upper.outputs.kept}}" }, outputs: { scores: "\${{parent.outputs.scores}}" } },
  },
} } }`;

/** The lines that a job has written below its output, in order. */
const written = (output: string, file: string): string[] => readFileSync(join(output.trim(), file), "utf8").trim().split("\n").toSorted();

test("a model and a pipeline: the printed line starts a job, variables and models reach it, keys guard it, and a reload goes over to another default", async () => {
  const root = project({ ...files, "index.ts": program("{ lines }", "lines") });
  const running = dev(root, ["-c", "word=hidden"]);
  expect((await running.until(/^npx inference-endpoints invoke .*$/m))[0]).toBe("npx inference-endpoints invoke shop --input <folder>");
  expect(running.text()).toMatch(/URL +http:\/\/127\.0\.0\.1:\d+\/endpoints\/shop\/jobs\n +default +lines\n +key +\w{48}\n +keys +\S+\n +jobs +\S+\n/);
  expect(running.text()).not.toContain("hidden");
  const [, url] = /URL +(\S+)/.exec(running.text())!;
  expect((await fetch(url!)).status).toBe(401);
  const first = await cli(root, ["invoke", "shop", "--input", "data"]);
  expect(first.code, first.err).toBe(0);
  expect(written(first.out, "predictions.csv")).toEqual(["a.txt 7 hidden", "b.txt 7 hidden"]);
  running.clear();
  write(root, "index.ts", program(STEPS, "steps"));
  expect((await running.until(/^npx inference-endpoints invoke .*$/m))[0]).toBe("npx inference-endpoints invoke shop --input raw=<folder>");
  const second = await cli(root, ["invoke", "shop", "--input", "raw=data", "--literal", "times=3"]);
  expect(second.code, second.err).toBe(0);
  expect(written(second.out, "predictions.csv")).toEqual(["A.TXT 7 hidden", "B.TXT 7 hidden"]);
  const named = await cli(root, ["invoke", "shop", "--deployment", "lines", "--input", "data"]);
  expect(named.code, named.err).toBe(0);
  expect(await running.stop()).toBe(0);
}, 120_000);
