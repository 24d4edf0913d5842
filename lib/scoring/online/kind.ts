/** What a model folder holds: an MLflow model, else the one ONNX file. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Deep enough for every layout of a registered model, and no walk through a whole disk. */
const DEEPEST = 6;
/** Makes a folder an MLflow model. */
const MLMODEL = "MLmodel";

/** There is nothing that can be served; the text says what was looked for and where. */
export class KindError extends Error {
  override readonly name = "KindError";
}

/** A model that needs no script. */
export type FoundModel = { readonly kind: "mlflow" } | { readonly kind: "onnx"; readonly file: string };

/** Looks into the model folder. Which of several MLflow models is meant is for MLflow's worker to say. */
export function findModel(modelDir: string | undefined): FoundModel {
  if (modelDir === undefined) {
    throw new KindError("nothing to serve: give a scoring script with --entry_script, or the folder of an MLflow or ONNX model with --model_dir");
  }
  if (!existsSync(modelDir) || !statSync(modelDir).isDirectory()) throw new KindError(`the model folder ${modelDir} does not exist`);
  const files = search(modelDir, 1).sort();
  if (files.some((file) => file.endsWith(`/${MLMODEL}`))) return { kind: "mlflow" };
  const [file, ...others] = files;
  if (file === undefined) {
    throw new KindError(
      `the model folder ${modelDir} holds neither ${MLMODEL} nor an .onnx file; a model of another kind needs a scoring script, --entry_script`,
    );
  }
  if (others.length > 0) throw new KindError(`the model folder ${modelDir} holds ${files.length} .onnx files, and one is expected: ${files.join(", ")}`);
  return { kind: "onnx", file };
}

/** Every `MLmodel` and every ONNX file. */
function search(folder: string, depth: number): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    // Links too: mounted volumes are made of them.
    const folderLike = entry.isDirectory() || (entry.isSymbolicLink() && existsSync(path) && statSync(path).isDirectory());
    if (folderLike) return depth < DEEPEST && !entry.name.startsWith(".") ? search(path, depth + 1) : [];
    return entry.name === MLMODEL || entry.name.toLowerCase().endsWith(".onnx") ? [path] : [];
  });
}
