/** The files of `examples/batch` and `examples/batch-pipeline`: trained, run and counted, beside scikit-learn run straight over the same rows. */
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { BatchPipelineDeployment } from "../../lib/scoring/contract/batch.ts";
import { python } from "../python.ts";
import { over, readIn, scratch, scripted, Service, uri } from "./service.ts";

const examples = fileURLToPath(new URL("../../examples/", import.meta.url));
const environmentVariables = { PATH: `${dirname(python)}:${process.env["PATH"]}` };

/** What the model says of every row, in the order of files and rows. */
const EXPECTED = `
import sys, joblib, numpy as np
from pathlib import Path
model = joblib.load(sys.argv[1])
for path in sorted(Path(sys.argv[2]).glob("*.csv")):
    for row, digit in enumerate(model.predict(np.loadtxt(path, delimiter=",", ndmin=2))):
        print(path.name, row, digit)
`;

test("300 files of digits are scored as scikit-learn does, and the pipeline counts them", async () => {
  const folder = scratch();
  cpSync(join(examples, "batch"), folder, { recursive: true });
  execFileSync(python, [join(folder, "train.py")]);
  const [data, models] = [join(folder, "data"), join(folder, "models")];
  cpSync(join(models, "blue"), join(folder, "deployed/blue"), { recursive: true }); // a deployment has one model
  const blue = scripted("score.py", { errorThreshold: 0 }, { appRoot: join(folder, "scoring"), modelDir: join(folder, "deployed") });
  const steps = {
    prepare: { kind: "command", command: ["python3", "prepare.py", "${{inputs.raw}}", "${{outputs.kept}}", "${{inputs.least}}"], appRoot: join(examples, "batch-pipeline/prepare"), environmentVariables, inputs: { raw: { input: "raw" }, least: { input: "least" } }, outputs: { kept: { type: "uri_folder" } } },
    score: { ...blue, inputs: { files: { step: "prepare", output: "kept" } }, outputs: { predictions: { type: "uri_folder", output: "predictions" } } },
    count: { kind: "command", command: ["python3", "count.py", "${{inputs.predictions}}", "${{outputs.counts}}"], appRoot: join(examples, "batch-pipeline/count"), environmentVariables, inputs: { predictions: { step: "score", output: "predictions" } }, outputs: { counts: { type: "uri_file", output: "counts" } } },
  } as BatchPipelineDeployment["steps"];
  const digits: BatchPipelineDeployment = { kind: "pipeline", inputs: { raw: { type: "uri_folder" }, least: { type: "number", default: 0 } }, outputs: { predictions: { type: "uri_folder" }, counts: { type: "uri_file" } }, steps, continueOnStepFailure: false };
  const service = await Service.start({ blue, digits });

  const output = scratch();
  const job = await service.run(over(data, output));
  expect(job.properties, JSON.stringify(job.properties)).toMatchObject({ status: "Completed", progress: { files: 300, results: 1797, failedFiles: 0 } });
  const expected = execFileSync(python, ["-c", EXPECTED, join(models, "blue/model.joblib"), data], { encoding: "utf8" });
  expect(readIn(output)).toBe(expected);

  const counted = await service.run({ properties: { InputData: { raw: { JobInputType: "UriFolder", Uri: uri(data) } } } }, { "azureml-model-deployment": "digits" });
  expect(counted.properties.status, JSON.stringify(counted.properties)).toBe("Completed");
  const counts = new Map<string, number>();
  for (const line of expected.trimEnd().split("\n")) counts.set(line.split(" ")[2] ?? "", (counts.get(line.split(" ")[2] ?? "") ?? 0) + 1);
  const said = readFileSync(join(new URL(counted.properties.output.uri).pathname, "counts"), "utf8");
  expect(said).toBe([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([digit, count]) => `${digit} ${count}\n`).join(""));
}, 120_000);
