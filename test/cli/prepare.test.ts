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
