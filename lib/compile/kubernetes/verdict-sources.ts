/** Models, code and environments that cannot be had in a cluster. */
import { INLINE_LIMIT, type Bundle, type DeploymentAssets } from "../../model/bundle.ts";
import { flavourOf, UNKNOWN_FLAVOUR, type Flavour } from "../../model/flavour.ts";
import { show, type At, type Problem } from "../../model/refusal.ts";
import { isAzureSecret } from "../../model/variables.ts";
import { CONTAINER } from "../../scoring/contract.ts";
import { isBaked } from "./assets.ts";
import { imageOf } from "./containers.ts";
import { lastPart } from "./models.ts";
import type { Owner, PodDeployment } from "./owner.ts";
import { certain, certainOfEach } from "../../model/refused.ts";

export const sourceProblems = <V>(endpoint: Owner<V>, name: string, files: DeploymentAssets): Problem[] => {
  const deployment = endpoint.deployments[name] as PodDeployment<V>;
  const at: At = (path, message) => ({ path: `deployments.${name}${path}`, message });
  return certain(
    () => remoteProblems(deployment, at),
    () => flavourProblems(deployment, flavourOf(deployment, files), files, at),
    () => commandProblems(endpoint, name, files),
  );
};

/** Those of what runs no model, too. */
export const commandProblems = <V>(endpoint: Owner<V>, name: string, files: DeploymentAssets): Problem[] => {
  const deployment = endpoint.deployments[name] as PodDeployment<V>;
  const at: At = (path, message) => ({ path: `deployments.${name}${path}`, message });
  return certain(
    () => imageProblems(endpoint, deployment, at),
    () => (isBaked(deployment, files) ? [] : sizeProblems(files, at)),
    () => pathProblems(files, at),
    () => secretProblems(deployment, at),
  );
};

/** What works where the image is what it is taken for. */
export const sourceWarnings = <V>(endpoint: Owner<V>, name: string, files: DeploymentAssets): Problem[] => {
  const deployment = endpoint.deployments[name] as PodDeployment<V>;
  const path = `deployments.${name}.kubernetes.scoringImage`;
  if (isBaked(deployment, files)) return [{ path, message: `model and code, ${kibibytes((files.model?.bytes ?? 0) + (files.code?.bytes ?? 0))}, are taken to be in this image, where "inference-endpoints build --push" puts them` }];
  if (flavourOf(deployment, files) !== "mlflow" || deployment.kubernetes.scoringImage !== undefined) return [];
  return [{ path, message: 'an mlflow_model is served by an image with mlflow and the packages of the model, which "inference-endpoints build --push" makes: the target\'s is taken to have them' }];
};

const WAYS = 'a file or folder of this machine or a URI, model: { path }; an image, model: { image }; or a volume, model: { claim }';

const remoteProblems = <V>(deployment: PodDeployment<V>, at: At): Problem[] =>
  certain(
    () => modelProblems(deployment.model, at),
    () =>
      deployment.codeConfiguration !== undefined && deployment.codeConfiguration.code.kind !== "local"
        ? [at(".codeConfiguration.code", "code registered in Azure cannot be read here: write a folder of this machine")]
        : [],
  );

const modelProblems = <V>(model: PodDeployment<V>["model"], at: At): Problem[] => {
  if (model?.kind === "registered" || model?.kind === "id") return [at(".model", `a model registered in Azure cannot be read here: write ${WAYS}`)];
  return model?.kind === "uri" ? uriProblems(model.path, () => model.sha256, at) : [];
};

/** What the fetcher in the scoring container reads. */
const SCHEMES: readonly string[] = ["https", "s3", "gs", "az", "abfs", "abfss"];

const uriProblems = (uri: string, sha256: () => string | undefined, at: At): Problem[] => {
  const scheme = uri.split("://")[0]?.toLowerCase() ?? "";
  const web = scheme === "http" || scheme === "https";
  if (scheme === "http" && sha256() === undefined) return [at(".model.path", "whoever is on the way could change what http brings: write https, or model.sha256")];
  if (!web && !SCHEMES.includes(scheme)) return [at(".model.path", `the scoring container fetches ${SCHEMES.join(", ")}; got ${show(scheme)}: write one of them, or ${WAYS}`)];
  if (lastPart(uri).includes(":")) return [at(".model.path", `Kubernetes mounts nothing at a path with a colon; rename ${show(lastPart(uri))}`)];
  if (web && uri.split("?")[0]?.endsWith("/")) return [at(".model.path", "https has no folders: name one file, or fetch the folder from s3, gs or az")];
  return [];
};

const REFUSALS: Partial<Record<Flavour, readonly [path: string, message: string]>> = {
  unknown: ["", UNKNOWN_FLAVOUR],
  triton: [".model.type", "Triton serves this on Azure alone"],
};

const flavourProblems = <V>(deployment: PodDeployment<V>, flavour: Flavour, files: DeploymentAssets, at: At): Problem[] => {
  const refusal = REFUSALS[flavour];
  if (refusal === undefined) return [];
  const { model } = deployment;
  // What cannot be read has been refused already, and nobody knows what is in it.
  const unread = flavour === "unknown" && model?.kind === "local" && files.model === undefined;
  if (flavour === "unknown" && model?.kind === "uri") return [at(".model.path", "without a script its kind must be known: name one .onnx file, or write type: \"mlflow_model\"")];
  return unread ? [] : [at(...refusal)];
};

const imageProblems = <V>(endpoint: Owner<V>, deployment: PodDeployment<V>, at: At): Problem[] => {
  if (deployment.kubernetes.scoringImage !== undefined) return [];
  const { environment } = deployment;
  const isCustom = environment?.inferenceConfig !== undefined;
  const file = (["condaFile", "requirements"] as const).find((each) => environment?.[each] !== undefined) ?? "image";
  if (environment !== undefined && !isCustom)
    return [at(`.environment.${file}`, 'nothing is installed in a cluster: bake an image with these packages by "inference-endpoints build --push", and name it in kubernetes.scoringImage of this deployment')];
  if (imageOf(endpoint, deployment) !== undefined) return [];
  const what = isCustom ? "the image of the scoring container, which stands before a custom container" : "the image of the scoring container";
  return [at(".kubernetes.scoringImage", `expected ${what}: give it here, or for all deployments in kubernetes({ scoringImage })`)];
};

const kibibytes = (bytes: number): string => `${Math.ceil(bytes / 1024)} KiB`;

const OTHER_WAYS = "put the model into an image, model: { image }, onto a volume, model: { claim }, or behind a URI, model: { path: \"s3://…\" }; or bake it in by \"inference-endpoints build --push\"";

const sizeProblems = ({ code, model }: DeploymentAssets, at: At): Problem[] => {
  const [ofModel, ofCode] = [model?.bytes ?? 0, code?.bytes ?? 0];
  if (ofModel + ofCode <= INLINE_LIMIT) return [];
  const path = ofModel >= ofCode ? ".model.path" : ".codeConfiguration.code";
  const got = `${kibibytes(ofModel + ofCode)} (model ${kibibytes(ofModel)}, code ${kibibytes(ofCode)})`;
  return [at(path, `model and code of a deployment travel in ConfigMaps, ${kibibytes(INLINE_LIMIT)} in all; got ${got}: ${ofModel >= ofCode ? OTHER_WAYS : "bake them into an image of this deployment, by \"inference-endpoints build --push\""}`)];
};

/** Below the folder of code, and taken there. */
const MODELS = CONTAINER.modelRoot.slice(CONTAINER.appRoot.length + 1);

/** Names that are part of a path in the container. */
const pathProblems = (files: DeploymentAssets, at: At): Problem[] => {
  const colon = (bundle: Bundle | undefined, path: string): Problem[] =>
    bundle?.name.includes(":") === true ? [at(path, `Kubernetes mounts nothing at a path with a colon; rename ${show(bundle.name)}`)] : [];
  return certain(
    () => colon(files.model, ".model.path"),
    () => colon(files.code, ".codeConfiguration.code"),
    () => (files.code?.name === MODELS ? [at(".codeConfiguration.code", `the container has a folder ${show(MODELS)} of its own beside the code; rename yours`)] : []),
  );
};

const secretProblems = <V>({ environmentVariables }: PodDeployment<V>, at: At): Problem[] =>
  certainOfEach(environmentVariables, (value, key) =>
    isAzureSecret(value) ? [at(`.environmentVariables.${key}`, "a secret of Azure cannot be read here: write { secret, key } of a Secret in the namespace, which azureMl({ keyVault }) understands too")] : [],
  );
