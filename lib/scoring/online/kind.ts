/** What there is to serve: a script, else the one ONNX file of the model folder. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Deep enough for every layout of a registered model, and no walk through a whole disk. */
const DEEPEST = 6;

/** There is nothing that can be served; the text says what was looked for and where. */
export class KindError extends Error {
  override readonly name = "KindError";
}

/** The model's ONNX file. */
export function findOnnx(modelDir: string | undefined): string {
  if (modelDir === undefined) {
    throw new KindError("nothing to serve: give a scoring script with --entry_script, or a folder that holds an .onnx file with --model_dir");
  }
  if (!existsSync(modelDir) || !statSync(modelDir).isDirectory()) throw new KindError(`the model folder ${modelDir} does not exist`);
  const found = search(modelDir, 1).sort();
  const [file, ...others] = found;
  if (file === undefined) {
    throw new KindError(`the model folder ${modelDir} holds no .onnx file; a model of another kind needs a scoring script, --entry_script`);
  }
  if (others.length > 0) throw new KindError(`the model folder ${modelDir} holds ${found.length} .onnx files, and one is expected: ${found.join(", ")}`);
  return file;
}

function search(folder: string, depth: number): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    // Links too: mounted volumes are made of them.
    const folderLike = entry.isDirectory() || (entry.isSymbolicLink() && existsSync(path) && statSync(path).isDirectory());
    if (folderLike) return depth < DEEPEST && !entry.name.startsWith(".") ? search(path, depth + 1) : [];
    return entry.name.toLowerCase().endsWith(".onnx") ? [path] : [];
  });
}
