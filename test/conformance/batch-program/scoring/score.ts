/** Words of each file, times a factor of the deployment and one of the model. */
import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";

let factor = 0;

const modelFile = (folder: string): string => {
  const [first = ""] = readdirSync(folder);
  return first === "factor.txt" ? join(folder, first) : modelFile(join(folder, first));
};

export function init(): void {
  factor = Number(process.env["FACTOR"]) * Number(readFileSync(modelFile(process.env["AZUREML_MODEL_DIR"] ?? ""), "utf8"));
}

export function run(paths: readonly string[]): readonly string[] {
  return paths.map((path) => `${basename(path)} ${factor * readFileSync(path, "utf8").trim().split(/\s+/).length}`);
}
