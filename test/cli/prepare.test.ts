import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepare } from "../../lib/cli/prepare.ts";
import { compileEndpoint } from "../../lib/compile/local/endpoint.ts";
import { bundle } from "../../lib/assets/bundle.ts";
import { parsed } from "../model/declare.ts";
import { folder, write } from "./support.ts";

test("what the server sets itself no variable of the deployment overrides; the others arrive", async () => {
  const root = folder();
  write(root, "code/score.py", "");
  const environmentVariables = { AML_APP_ROOT: "elsewhere", AZUREML_MODEL_DIR: "elsewhere", AZUREML_ENTRY_SCRIPT: "other.py", MINE: "1" };
  const deployment = { codeConfiguration: { code: join(root, "code"), scoringScript: "score.py" }, environmentVariables };
  const plan = compileEndpoint(parsed({ deployments: { blue: deployment } }), { blue: { code: bundle(join(root, "code"), "place") } });
  const { run } = await prepare(plan, { path: "keys.json", primaryKey: "k", given: false }, { env: {}, programFolder: root, stackFolder: root, say: () => undefined });
  expect(run.deployments[0]?.env).toEqual({ AML_APP_ROOT: join(root, "code"), MINE: "1" });
  expect(run.deployments[0]?.cwd).toBe(join(root, "code"));
});

test("what a deployment collects goes to the stack's state, as its front's file says", async () => {
  const root = folder();
  const code = { codeConfiguration: { code: join(root, "code"), scoringScript: "score.py" } };
  write(root, "code/score.py", "");
  const collecting = (dataCollector: object) =>
    compileEndpoint(parsed({ deployments: { blue: { ...code, dataCollector }, green: code } }), {});
  const started = async (dataCollector: object) =>
    (await prepare(collecting(dataCollector), { path: "keys.json", primaryKey: "k", given: false }, { env: {}, programFolder: root, stackFolder: root, say: () => undefined })).run.deployments;
  const [blue, green] = await started({ collections: { request: {}, scores: { samplingRate: 0.1, enabled: false } }, requestLogging: { captureHeaders: ["x-team"] } });
  expect(green?.serve).not.toHaveProperty("dataCollector");
  expect(JSON.parse(readFileSync(blue?.serve.dataCollector ?? "", "utf8"))).toEqual({
    endpoint: "credit",
    deployment: "blue",
    collections: { request: { enabled: true }, scores: { enabled: false, samplingRate: 0.1 } },
    samplingRate: 1,
    rollingRate: "hour",
    requestLogging: { captureHeaders: ["x-team"] },
    sink: { folder: join(root, "collected") },
  });
  const [other] = await started({ collections: { request: {} } });
  expect(other?.hash).not.toBe(blue?.hash); // what is collected changes, so the front starts anew
});
