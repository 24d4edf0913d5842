/** Models, code and environments that Azure would refuse, or could not find. */
import type { DeploymentAssets } from "../../model/bundle.ts";
import type { On } from "../../model/endpoint.ts";
import { UNKNOWN_FLAVOUR, type Flavour } from "../../model/flavour.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import { show, type At, type Problem } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import type { Sourced } from "../../model/sources.ts";
import { isAzureSecret } from "../../model/variables.ts";
import { BY_BUNDLED } from "./environment.ts";
import { azureFlavour } from "./flavour.ts";
import type { Owner } from "./ids.ts";
import { secretVariableProblems } from "./variables.ts";
import { certain, certainOfEach } from "../../model/refused.ts";

export const sourceProblems = <V>(endpoint: On<V, AzureMlTarget<V>>, name: string, files: DeploymentAssets): Problem[] => {
  const deployment = endpoint.deployments[name] as OnlineDeployment<V>;
  const at = (path: string, message: string): Problem => ({ path: `deployments.${name}${path}`, message });
  const flavour = (): Flavour => azureFlavour(deployment, files);
  const isShort = (): boolean => endpoint.existing && endpoint.target.subscriptionId === undefined;
  return certain(
    () => elsewhereProblems(deployment, at),
    () => uploadProblems(endpoint.target, deployment, at),
    () => environmentProblems(endpoint, deployment, flavour, at),
    () => requirementProblems(deployment, files, at),
    () => flavourProblems(endpoint, deployment, flavour, files, at),
    () => sizeProblems(files, at),
    () => secretProblems(deployment, at),
    () => secretVariableProblems(endpoint, deployment, at),
    () => (isShort() ? shortFormProblems(deployment, at) : []),
    () => (isShort() ? collectedProblems(deployment, at) : []),
  );
};

/** The endpoint's id, which tells the subscription otherwise, is another program's. */
const collectedProblems = <V>({ dataCollector }: OnlineDeployment<V>, at: At): Problem[] =>
  certainOfEach(dataCollector?.collections ?? {}, ({ data }, name) => (data.kind === "registered" ? [at(`.dataCollector.collections.${name}.data`, SHORT_FORM)] : []));

/** What a short form lacks where nothing of the plan says the subscription. */
export const SHORT_FORM = "the short form needs the workspace's subscription: write azureMl({ subscriptionId, … }), or the full resource id";

export const shortFormProblems = <V>(deployment: Owned<V>, at: At): Problem[] =>
  certain(
    () => (deployment.model?.kind === "registered" ? [at(".model", SHORT_FORM)] : []),
    () => (deployment.codeConfiguration?.code.kind === "registered" ? [at(".codeConfiguration.code", SHORT_FORM)] : []),
    () => (deployment.azure.environment?.kind === "registered" ? [at(".azure.environment", SHORT_FORM)] : []),
  );

type Owned<V> = Owner<V>["deployments"][string];

/** What ModelVersions take (reference-yaml-model). */
const SCHEMES: readonly string[] = ["azureml", "https", "wasbs", "abfss"];

export const elsewhereProblems = <V>({ model }: Sourced<V>, at: At): Problem[] => {
  if (model?.kind === "image" || model?.kind === "claim")
    return [at(".model", `Azure mounts no ${model.kind === "image" ? "images" : "volumes of a cluster"}: write a file or folder of this machine or a URI, model: { path }, or a registered model`)];
  if (model?.kind !== "uri") return [];
  const scheme = model.path.split("://")[0]?.toLowerCase() ?? "";
  return certain(
    () => (SCHEMES.includes(scheme) ? [] : [at(".model.path", `Azure reads ${SCHEMES.join(", ")}; got ${show(scheme)}: copy the model to a storage account, or write a file or folder of this machine`)]),
    () => (model.sha256 === undefined ? [] : [at(".model.sha256", "Azure compares nothing with it; leave it out, or register the model under a version, which never changes")]),
  );
};

export const uploadProblems = <V>(target: AzureMlTarget<V>, sources: Sourced<V>, at: At): Problem[] => {
  if (target.storage !== undefined) return [];
  const message = (what: string, kind: string) =>
    `${what} of this machine must be uploaded: give azureMl({ storage: { accountName, containerName } }), or write a registered one, "azureml:<name>:<version>"${kind}`;
  return certain(
    () => (sources.model?.kind === "local" ? [at(".model.path", message("a model", ""))] : []),
    () => (sources.codeConfiguration?.code.kind === "local" ? [at(".codeConfiguration.code", message("code", " or the id of a code version"))] : []),
    () => (sources.code?.kind === "local" ? [at(".code", "code of this machine must be uploaded: give azureMl({ storage: { accountName, containerName } })")] : []),
  );
};

const environmentProblems = <V>(endpoint: On<V, AzureMlTarget<V>>, deployment: OnlineDeployment<V>, flavourIn: () => Flavour, at: At): Problem[] => {
  if (deployment.azure.environment !== undefined) return [];
  const flavour = flavourIn();
  const { environment } = deployment;
  if (BY_BUNDLED.includes(flavour)) return environment === undefined ? bundledProblems(endpoint.target, flavour, at) : [at(".environment", BUILT)];
  if (environment !== undefined && environment.image === undefined)
    return [at(".environment.image", "Azure builds on a base image: give environment.image, or a registered environment, azure.environment")];
  if (flavour === "python" && environment === undefined)
    return [at(".environment", "a scoring script needs an environment: give environment with image and condaFile or requirements, or a registered one, azure.environment")];
  return [];
};

const BUILT = "what Azure builds starts Python scripts alone: leave it out, for the bundled container, azureMl({ scoringImage }), or make it a custom container (environment.inferenceConfig)";

const bundledProblems = <V>({ scoringImage }: AzureMlTarget<V>, flavour: Flavour, at: At): Problem[] => {
  if (scoringImage !== undefined) return [];
  return flavour === "onnx"
    ? [at("", "Azure's images do not serve ONNX files: give azureMl({ scoringImage }), the bundled container, or a scoring script with its environment")]
    : [at(".codeConfiguration.scoringScript", "Azure's images run Python scripts alone: give azureMl({ scoringImage }), the bundled container")];
};

/** Azure gets the text of the file alone: what it includes would stay behind. */
export const requirementProblems = <V>({ environment }: Sourced<V>, files: DeploymentAssets, at: At): Problem[] => {
  if (environment?.requirements === undefined) return [];
  const lines = new TextDecoder().decode(files.environment?.files[0]?.bytes).split(/\r?\n/);
  const including = lines.filter((line) => /^\s*(?:-r|-c|-e|--requirement|--constraint|--editable)\b|^\s*(?:\.{0,2}\/|file:)/.test(line));
  return including.map((line) => at(".environment.requirements", `Azure reads this file alone, and not what it names: ${show(line.trim())}; write the packages out`));
};

const flavourProblems = <V>(endpoint: On<V, AzureMlTarget<V>>, deployment: OnlineDeployment<V>, flavour: () => Flavour, files: DeploymentAssets, at: At): Problem[] => {
  const told = (isSo: boolean, path: string, message: string): Problem[] => (isSo ? [at(path, message)] : []);
  const isUnread = (): boolean => files.model === undefined && deployment.model?.kind === "local";
  return certain(
    () => told(flavour() === "unknown" && !isUnread(), "", UNKNOWN_FLAVOUR),
    () => told((flavour() === "mlflow" || flavour() === "triton") && deployment.environment !== undefined, ".environment", `a ${flavour()}_model without a script brings its own environment; leave it out`),
    () =>
      told(
        deployment.egressPublicNetworkAccess === "disabled" && flavour() === "mlflow",
        ".egressPublicNetworkAccess",
        "an mlflow_model without a script installs its packages when it starts, and needs a way out",
      ),
    () =>
      told(
        deployment.modelMountPath !== undefined && deployment.azure.environment === undefined && flavour() !== "container",
        ".modelMountPath",
        "custom containers alone (environment.inferenceConfig, or a registered azure.environment that has it)",
      ),
    () => (endpoint.azure.compute === undefined ? [] : registryProblems(deployment, at)),
  );
};

/** Kubernetes compute takes what its workspace knows, and nothing of a registry. */
const registryProblems = <V>(deployment: OnlineDeployment<V>, at: At): Problem[] => {
  const message = "what a registry holds is served on managed compute alone; register it in the workspace";
  const told = (path: string, source: { readonly kind: string; readonly id?: unknown } | undefined): Problem[] =>
    source?.kind === "id" && String(source.id).startsWith("azureml://registries/") ? [at(path, message)] : [];
  return certain(
    () => told(".model", deployment.model),
    () => told(".codeConfiguration.code", deployment.codeConfiguration?.code),
    () => told(".azure.environment", deployment.azure.environment),
  );
};

/** Azure's limit of files in one version of a model (resource-limits-capacity). */
const MODEL_FILES = 1500;

export const sizeProblems = (files: DeploymentAssets, at: At): Problem[] => {
  const count = files.model?.files.length ?? 0;
  return count > MODEL_FILES ? [at(".model.path", `Azure takes ${MODEL_FILES} files in a model at most; got ${count}: pack them into one file, a tar, that the script unpacks`)] : [];
};

const SECRET = [
  /^\$\{\{azureml:\/\/connections\/[^/}]+(?:\/(?:credentials|metadata)\/[^/}]+|\/target)?\}\}$/,
  /^\$\{\{keyvault:https:\/\/[^/}]+\.vault\.azure\.net\/secrets\/[^/}]+\/[^/}]+\}\}$/,
];

const secretProblems = <V>({ environmentVariables }: OnlineDeployment<V>, at: At): Problem[] =>
  certainOfEach(environmentVariables, (value, key) =>
    !isAzureSecret(value) || SECRET.some((form) => form.test(String(value)))
      ? []
      : [at(`.environmentVariables.${key}`, `expected \${{azureml://connections/<name>…}} or \${{keyvault:https://<vault>.vault.azure.net/secrets/<secret>/<version>}}; got ${show(value)}`)],
  );
