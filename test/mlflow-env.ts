/** MLflow is as large as everything else together, so it has a Python environment of its own; `test/setup.ts` makes it, and the models of the tests. */
import { fileURLToPath } from "node:url";

const cache = (name: string): string => fileURLToPath(new URL(`../node_modules/.cache/${name}`, import.meta.url));

export const mlflowVenv = cache("venv-mlflow");
export const mlflowPython = `${mlflowVenv}/bin/python`;
/** The genuine inference server answers `/score` of the same models, mlflow's own server the rest. */
export const mlflowPackages = ["mlflow==3.17.2", "scikit-learn==1.7.2", "pandas==3.1.1", "azureml-inference-server-http==1.5.1"];

/** Folders of models by name. */
export const mlflowModels = cache("mlflow-models");
export const mlflowFixtures = fileURLToPath(new URL("scoring/fixtures/mlflow", import.meta.url));
/** Nothing speaks to the outside, and sets print in the same order everywhere: mlflow's messages do print some. */
export const mlflowEnv = { MLFLOW_DISABLE_TELEMETRY: "true", PYTHONHASHSEED: "0" };
