/** `dev` with a folder that the real mlflow saved, in the tests' own environment; how such an environment is made, `python.test.ts` tests. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mlflowModels, mlflowPython } from "../mlflow-env.ts";
import { cli, dev, program, project } from "./support.ts";

test("an MLflow folder is served from where it lies", async () => {
  const served = program("{}").replace(/model: \{ path: "\.\/model" \}, codeConfiguration: \{[^}]*\}/, 'model: { path: "./flowers", type: "mlflow_model" }');
  const root = project({ "index.ts": served });
  cpSync(join(mlflowModels, "frame"), join(root, "flowers"), { recursive: true });
  const running = dev(root, ["--python", mlflowPython]);
  await running.until(/^curl .*$/m);
  const input = { columns: ["sepal_length", "sepal_width", "petal_length", "petal_width"], index: [0], data: [[5.1, 3.5, 1.4, 0.2]] };
  const { code, err, out } = await cli(root, ["invoke", "shop", "--data", JSON.stringify({ input_data: input })]);
  expect({ code, err, out: JSON.parse(out) as unknown }).toEqual({ code: 0, err: "", out: [0] });
  expect(await running.stop()).toBe(0);
}, 90_000);
