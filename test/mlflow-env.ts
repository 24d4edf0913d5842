/** MLflow is as large as everything else together, so it has a Python environment of its own; `test/setup.ts` makes it, and the models of the tests. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { environment, kept } from "./kept.ts";

/** The genuine inference server answers `/score` of the same models, mlflow's own server the rest. */
export const mlflowPackages = ["mlflow==3.17.2", "scikit-learn==1.7.2", "pandas==3.1.1", "azureml-inference-server-http==1.5.1"];
export const mlflowVenv = environment(mlflowPackages);
export const mlflowPython = `${mlflowVenv}/bin/python`;

export const mlflowFixtures = fileURLToPath(new URL("scoring/fixtures/mlflow", import.meta.url));
export const mlflowModelsScript = `${mlflowFixtures}/make_models.py`;
/** Folders of models by name. */
export const mlflowModels = kept("mlflow-models", [...mlflowPackages, readFileSync(mlflowModelsScript, "utf8")]);
/** Nothing speaks to the outside, and sets print in the same order everywhere: mlflow's messages do print some. */
export const mlflowEnv = { MLFLOW_DISABLE_TELEMETRY: "true", PYTHONHASHSEED: "0" };
