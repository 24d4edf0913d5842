import type { DeploymentAssets } from "./bundle.ts";
import type { Sourced } from "./sources.ts";

/**
 * How a deployment is served. `registered`: a model that only Azure has seen, without code, so that Azure knows its type; `unknown`: files
 * that nothing here can serve without code.
 */
export type Flavour = "python" | "javascript" | "onnx" | "mlflow" | "triton" | "container" | "registered" | "unknown";

/** Settled by what is written, then by the files of the model. */
export const flavourOf = <V>(deployment: Sourced<V>, assets: DeploymentAssets): Flavour => {
  if (deployment.environment?.inferenceConfig !== undefined) return "container";
  if (deployment.codeConfiguration !== undefined) return deployment.codeConfiguration.scoringScript.endsWith(".py") ? "python" : "javascript";
  const { model } = deployment;
  if (model === undefined) return "unknown";
  if (model.kind === "registered" || model.kind === "id") return "registered";
  if (model.type === "mlflow_model") return "mlflow";
  if (model.type === "triton_model") return "triton";
  // What a cluster has already nobody reads here: the server looks for the one .onnx file when it starts, and says so where there is none.
  if (model.kind === "image" || model.kind === "claim") return "onnx";
  const names = model.kind === "uri" ? [model.path] : (assets.model?.files ?? []).map((file) => file.path);
  return names.filter((name) => name.endsWith(".onnx")).length === 1 ? "onnx" : "unknown";
};

/** The refusal of `unknown`. */
export const UNKNOWN_FLAVOUR =
  "expected a scoring script (codeConfiguration), a model of one .onnx file, a model of type mlflow_model or triton_model, or a custom container (environment.inferenceConfig)";
