/** The files that MLflow writes beside `MLmodel`, wherever in a model's folder that lies. */
import type { Bundle } from "./bundle.ts";

/** Their places on this machine, of those that are there. */
export interface MlflowFiles {
  readonly requirements?: string | undefined;
  readonly conda?: string | undefined;
  /** Names the version of Python beside the requirements. */
  readonly pythonEnv?: string | undefined;
}

/** What the server itself imports to serve such a model, and no model names. */
export const SERVING: readonly string[] = ["inference-schema~=1.8"];

const MLMODEL = "MLmodel";

/** Those of the model that will be served. `named` is the deployment's MLFLOW_MODEL_FOLDER, if it has one. */
export const mlflowFiles = (model: Bundle | undefined, named?: unknown): MlflowFiles => {
  const folder = model === undefined ? undefined : served(model, named);
  if (model === undefined || folder === undefined) return {};
  const written = (name: string): string | undefined => model.files.find(({ path }) => path === folder + name)?.source;
  return { requirements: written("requirements.txt"), conda: written("conda.yaml"), pythonEnv: written("python_env.yaml") };
};

/** As the server finds it: the folder that is named, else the only one of the highest level. With a slash at the end, or empty. */
const served = ({ files, name }: Bundle, named: unknown): string | undefined => {
  const folders = files.flatMap(({ path }) => (path === MLMODEL || path.endsWith(`/${MLMODEL}`) ? [path.slice(0, -MLMODEL.length)] : []));
  // Its variable is relative to AZUREML_MODEL_DIR, where the model stands under its own name.
  if (typeof named === "string" && named !== "") return folders.find((folder) => `${name}/${folder}` === `${named.replaceAll(/^(?:\.\/+)+|\/+$/g, "")}/`);
  const depth = (folder: string): number => folder.split("/").length;
  const highest = Math.min(...folders.map(depth));
  const found = folders.filter((folder) => depth(folder) === highest);
  return found.length === 1 ? found[0] : undefined;
};
