/** What a deployment of either kind is made of on this machine: its model, its code, and the Python that runs it. */
import type { DeploymentAssets } from "../../model/bundle.ts";
import { flavourOf, type Flavour } from "../../model/flavour.ts";
import { mlflowFiles, SERVING } from "../../model/mlflow-model.ts";
import type { Sourced } from "../../model/sources.ts";
import type { LocalModel, LocalPython, LocalSources } from "./plan.ts";

type Variables<V> = Readonly<Record<string, V>>;

export const compileSources = <V>(endpoint: string, deployment: Sourced<V>, environment: Variables<V>, files: DeploymentAssets): LocalSources<V> => ({
  model: model(endpoint, deployment, files),
  code: files.code?.root,
  environment,
  needsPython: PYTHON.includes(flavourOf(deployment, files)),
  python: python(deployment, environment, files),
  filesHash: [files.model?.hash, files.code?.hash, files.environment?.hash].map((hash) => hash ?? "-").join("."),
});

const PYTHON: readonly Flavour[] = ["python", "mlflow"];

const model = <V>(endpoint: string, { model: source }: Sourced<V>, files: DeploymentAssets): LocalModel | undefined => {
  if (files.model === undefined || source === undefined || !("path" in source)) return undefined;
  return { name: source.name ?? endpoint, version: source.version ?? files.model.hash, linkName: files.model.name, source: files.model.root };
};

const python = <V>(deployment: Sourced<V>, environment: Variables<V>, files: DeploymentAssets): LocalPython | undefined => {
  const mlflow = flavourOf(deployment, files) === "mlflow";
  const written = files.environment === undefined ? (mlflow ? ofModel(environment, files) : undefined) : ofEnvironment(deployment, files.environment.root);
  return written === undefined || !mlflow ? written : { ...written, also: SERVING };
};

const ofEnvironment = <V>({ environment }: Sourced<V>, file: string): LocalPython => (environment?.condaFile === undefined ? { requirements: file } : { condaFile: file });

/** The files that MLflow writes beside a model, the simpler one first. */
const ofModel = <V>(environment: Variables<V>, { model: bundle }: DeploymentAssets): LocalPython | undefined => {
  const { conda, pythonEnv, requirements } = mlflowFiles(bundle, environment["MLFLOW_MODEL_FOLDER"]);
  if (requirements !== undefined) return { requirements, pythonFile: pythonEnv ?? conda };
  return conda === undefined ? undefined : { condaFile: conda };
};
