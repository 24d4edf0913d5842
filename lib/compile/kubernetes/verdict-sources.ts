/** Models, code and environments that cannot be had in a cluster. */
import { INLINE_LIMIT, type Bundle, type DeploymentAssets } from "../../model/bundle.ts";
import type { On } from "../../model/endpoint.ts";
import { flavourOf, UNKNOWN_FLAVOUR, type Flavour } from "../../model/flavour.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import { show, type Problem } from "../../model/refusal.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { isAzureSecret } from "../../model/variables.ts";
import { CONTAINER } from "../../scoring/contract.ts";
import { imageOf } from "./container.ts";

type At = (path: string, message: string) => Problem;

export const sourceProblems = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, files: DeploymentAssets): Problem[] => {
  const deployment = endpoint.deployments[name] as OnlineDeployment<V>;
  const at: At = (path, message) => ({ path: `deployments.${name}${path}`, message });
  const flavour = flavourOf(deployment, files);
  return [
    ...remoteProblems(deployment, at),
    ...flavourProblems(deployment, flavour, files, at),
    ...imageProblems(endpoint, deployment, flavour, at),
    ...sizeProblems(files, at),
    ...pathProblems(files, at),
    ...secretProblems(deployment, at),
  ];
};

const remoteProblems = <V>({ codeConfiguration, model }: OnlineDeployment<V>, at: At): Problem[] => {
  const problems: Problem[] = [];
  if (model?.kind === "registered" || model?.kind === "id")
    problems.push(at(".model", "a model registered in Azure cannot be read here: write its files, model: { path }"));
  if (model?.kind === "uri") problems.push(at(".model.path", "Kubernetes takes files of this machine alone so far: write a path"));
  if (codeConfiguration !== undefined && codeConfiguration.code.kind !== "local")
    problems.push(at(".codeConfiguration.code", "code registered in Azure cannot be read here: write a folder of this machine"));
  return problems;
};

const REFUSALS: Partial<Record<Flavour, readonly [path: string, message: string]>> = {
  unknown: ["", UNKNOWN_FLAVOUR],
  triton: [".model.type", "Triton serves this on Azure alone"],
  container: [".environment.inferenceConfig", "Kubernetes runs no custom containers so far; on Azure they are served"],
};

const flavourProblems = <V>({ model }: OnlineDeployment<V>, flavour: Flavour, files: DeploymentAssets, at: At): Problem[] => {
  const refusal = REFUSALS[flavour];
  // What cannot be read has been refused already, and nobody knows what is in it.
  const unread = flavour === "unknown" && (model?.kind === "uri" || (model?.kind === "local" && files.model === undefined));
  return refusal === undefined || unread ? [] : [at(...refusal)];
};

const imageProblems = <V>(endpoint: On<V, KubernetesTarget<V>>, deployment: OnlineDeployment<V>, flavour: Flavour, at: At): Problem[] => {
  const { environment, kubernetes } = deployment;
  if (flavour === "container" || kubernetes.scoringImage !== undefined) return [];
  const file = environment?.condaFile === undefined ? "requirements" : "condaFile";
  if (environment !== undefined)
    return [at(`.environment.${file}`, 'nothing is installed in a cluster: bake an image with these packages by "inference-endpoints build --push", and name it in kubernetes.scoringImage of this deployment')];
  if (imageOf(endpoint, deployment) !== undefined) return [];
  return [at(".kubernetes.scoringImage", "expected the image of the scoring container: give it here, or for all deployments in kubernetes({ scoringImage })")];
};

const kibibytes = (bytes: number): string => `${Math.ceil(bytes / 1024)} KiB`;

const sizeProblems = ({ code, model }: DeploymentAssets, at: At): Problem[] => {
  const [ofModel, ofCode] = [model?.bytes ?? 0, code?.bytes ?? 0];
  if (ofModel + ofCode <= INLINE_LIMIT) return [];
  const path = ofModel >= ofCode ? ".model.path" : ".codeConfiguration.code";
  const got = `${kibibytes(ofModel + ofCode)} (model ${kibibytes(ofModel)}, code ${kibibytes(ofCode)})`;
  return [at(path, `model and code of a deployment travel in ConfigMaps, ${kibibytes(INLINE_LIMIT)} in all; got ${got}: make them smaller, or serve this deployment on Azure or on localhost`)];
};

/** Below the folder of code, and taken there. */
const MODELS = CONTAINER.modelRoot.slice(CONTAINER.appRoot.length + 1);

/** Names that are part of a path in the container. */
const pathProblems = ({ code, model: files }: DeploymentAssets, at: At): Problem[] => {
  const colon = (bundle: Bundle | undefined, path: string): Problem[] =>
    bundle?.name.includes(":") === true ? [at(path, `Kubernetes mounts nothing at a path with a colon; rename ${show(bundle.name)}`)] : [];
  return [
    ...colon(files, ".model.path"),
    ...colon(code, ".codeConfiguration.code"),
    ...(code?.name === MODELS ? [at(".codeConfiguration.code", `the container has a folder ${show(MODELS)} of its own beside the code; rename yours`)] : []),
  ];
};

const secretProblems = <V>({ environmentVariables }: OnlineDeployment<V>, at: At): Problem[] =>
  Object.entries(environmentVariables)
    .filter(([, value]) => isAzureSecret(value))
    .map(([key]) => at(`.environmentVariables.${key}`, "a secret of Azure cannot be read here: on Kubernetes set the value itself, for example with config.requireSecret()"));
