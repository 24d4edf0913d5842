/** Which of the drivers runs a deployment. */
import type { BatchDriver } from "../contract/batch.ts";
import { isJsScript } from "../online/js-worker.ts";
import { findModel } from "../online/kind.ts";

/** What runs mini-batches. */
export type DriverKind = "python" | "js" | "mlflow" | "onnx";

/** The script decides, else the model folder. Throws KindError when neither does. */
export const driverKind = ({ entryScript, modelDir }: BatchDriver): DriverKind => {
  if (entryScript !== undefined) return isJsScript(entryScript) ? "js" : "python";
  return findModel(modelDir).kind;
};
