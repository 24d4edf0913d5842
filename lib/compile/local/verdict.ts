/** What cannot be done on this machine, and what is done otherwise than its author may think. */
import type { Assets, DeploymentAssets } from "../../model/bundle.ts";
import type { OnlineEndpoint } from "../../model/endpoint.ts";
import { flavourOf, UNKNOWN_FLAVOUR, type Flavour } from "../../model/flavour.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { Traffic } from "../../model/traffic.ts";
import { show, type At, type Problem, type Verdict } from "../../model/refusal.ts";
import type { Sourced } from "../../model/sources.ts";
import { isAzureSecret } from "../../model/variables.ts";
import { ENVIRONMENT } from "../../scoring/contract.ts";
import { fixedPorts, sharedPorts } from "./ports.ts";
import { certain, certainOfEach, judged, judgedEach } from "../../model/refused.ts";

export const verdict = <V>(endpoint: OnlineEndpoint<V>, assets: Assets): Verdict =>
  judged(
    () => ({ problems: authProblems(endpoint) }),
    () => ({ problems: externalProblems(endpoint) }),
    () => ({ problems: portProblems(endpoint) }),
    () => ({ warnings: [...authWarnings(endpoint), ...externalWarnings(endpoint)] }),
    () => judgedEach(endpoint.deployments, (deployment, name) => deploymentVerdict(deployment, assets[name] ?? {}, (path, message) => ({ path: `deployments.${name}${path}`, message }))),
  );

const deploymentVerdict = <V>(deployment: OnlineDeployment<V>, files: DeploymentAssets, at: At): Verdict =>
  judged(
    () => ({ problems: sourceProblems(deployment, at) }),
    () => ({ problems: mountProblems(deployment, at) }),
    () => ({ problems: flavourProblems(deployment, files, at) }),
    () => ({ problems: variableProblems(deployment, at) }),
    () => ({ warnings: [...unusedWarnings(deployment, at), ...variableWarnings(deployment, at)] }),
  );

export const authProblems = ({ authMode = "key" }: { readonly authMode?: string | undefined }): Problem[] =>
  authMode === "key" ? [] : [{ path: "authMode", message: `localhost checks keys alone so far; got ${show(authMode)}`, value: authMode }];

export const authWarnings = <V>({ auth }: Pick<OnlineEndpoint<V>, "auth">): Problem[] =>
  auth.existingSecret === undefined ? [] : [{ path: "auth.existingSecret", message: "a Secret of a cluster is not read on localhost: the keys are dev's own, in the file that it names" }];

/** Another program's deployment does not run with this one: its callers would wait for nobody. */
const externalProblems = <V>(endpoint: OnlineEndpoint<V>): Problem[] =>
  certain(...(["traffic", "mirrorTraffic"] as const).map((path) => () => shareProblems(path, endpoint[path], endpoint.external)));

const shareProblems = (path: string, shares: Traffic, external: readonly string[]): Problem[] =>
  certainOfEach(external, (name) => {
    const share = shares[name] ?? 0;
    return share === 0 ? [] : [{ path: `${path}.${name}`, message: `deployment ${show(name)} is another program's, and does not run here: give it 0 on localhost, by configuration; got ${share}` }];
  });

const externalWarnings = <V>({ existing, external }: OnlineEndpoint<V>): Problem[] => [
  ...external.map((name) => ({ path: `deployments.${name}`, message: "another program's deployment does not run here" })),
  ...(existing ? [{ path: "traffic", message: "the program that owns the endpoint shares its traffic: here the deployment answers to its name in the header" }] : []),
];

export const sourceProblems = <V>(sources: Sourced<V>, at: At): Problem[] =>
  certain(
    () => remoteProblems(sources.model, at),
    () =>
      sources.codeConfiguration !== undefined && sources.codeConfiguration.code.kind !== "local"
        ? [at(".codeConfiguration.code", "code registered in Azure cannot be read here: write a folder of this machine, as a plain value")]
        : [],
  );

const remoteProblems = <V>(model: Sourced<V>["model"], at: At): Problem[] => {
  if (model?.kind === "registered" || model?.kind === "id") return [at(".model", "a model registered in Azure cannot be read here: write its files, model: { path }")];
  if (model?.kind === "uri") return [at(".model.path", "localhost reads files of this machine: write a path")];
  if (model?.kind !== "image" && model?.kind !== "claim") return [];
  return [at(".model", `localhost reads files of this machine, and no ${model.kind === "image" ? "images" : "volumes of a cluster"}: write a path, for example by configuration`)];
};

const mountProblems = <V>({ modelMountPath }: OnlineDeployment<V>, at: At): Problem[] =>
  modelMountPath === undefined ? [] : [at(".modelMountPath", "it is for custom containers on Azure; leave it out: a script finds its model by AZUREML_MODEL_DIR")];

const REFUSALS: Partial<Record<Flavour, readonly [path: string, message: string]>> = {
  unknown: ["", UNKNOWN_FLAVOUR],
  triton: [".model.type", "Triton serves this on Azure alone"],
};

const NO_COMMAND = [".local.command", "localhost runs no images: give the command that starts the server of this custom container here, local: { command: [...] }"] as const;

const flavourProblems = <V>(deployment: OnlineDeployment<V>, files: DeploymentAssets, at: At): Problem[] =>
  flavourOf(deployment, files) === "container" && deployment.local.command === undefined ? [at(...NO_COMMAND)] : modelProblems(deployment, files, at);

/** A model that nothing here serves. */
export const modelProblems = <V>(deployment: Sourced<V>, files: DeploymentAssets, at: At): Problem[] => {
  const flavour = flavourOf(deployment, files);
  const refusal = REFUSALS[flavour];
  if (refusal === undefined) return [];
  const { model } = deployment;
  // What cannot be read has been refused already, and nobody knows what is in it.
  const unread = flavour === "unknown" && (model?.kind === "uri" || (model?.kind === "local" && files.model === undefined));
  return unread ? [] : [at(...refusal)];
};

const portProblems = <V>({ deployments }: OnlineEndpoint<V>): Problem[] => {
  const wanted = certainOfEach(deployments, (deployment, name) => [{ owner: name, ports: fixedPorts(deployment) }]);
  return sharedPorts(wanted).map(({ message, owner }) => ({ path: `deployments.${owner}.local.command`, message }));
};

const variableProblems = <V>({ environmentVariables }: OnlineDeployment<V>, at: At): Problem[] =>
  certainOfEach(environmentVariables, (value, name) => {
    if (typeof value !== "string") return [];
    const problem = isAzureSecret(value) ? AZURE_SECRET : name === ENVIRONMENT.workerCount && !isCount(value) ? WORKERS : undefined;
    return problem === undefined ? [] : [at(`.environmentVariables.${name}`, problem)];
  });

const AZURE_SECRET = "a secret of Azure cannot be read here: write { secret, key }, whose value for localhost stands in .env, or set one by configuration";
/** Values of variables are shown nowhere. */
const WORKERS = "expected the whole number of an instance's workers, 1 or more";

/** A late value passes the parser unseen, and may be known by now; `<path>` stands for one that nobody knows yet, which is refused as such. */
const isCount = (value: string): boolean => /^(?:[1-9]\d*|<.*>)$/s.test(value);

const unusedWarnings = <V>({ codeConfiguration, egressPublicNetworkAccess, environment }: OnlineDeployment<V>, at: At): Problem[] => [
  ...(egressPublicNetworkAccess === "disabled" ? [at(".egressPublicNetworkAccess", "localhost does not keep processes from calling out")] : []),
  ...(environment?.image === undefined || environment.inferenceConfig !== undefined
    ? []
    : [at(".environment.image", `not used here: ${codeConfiguration === undefined ? "the model is served by" : "the script runs in"} a process of this machine`)]),
];

export const SET_HERE: readonly string[] = [ENVIRONMENT.appRoot, ENVIRONMENT.entryScript, ENVIRONMENT.modelDir];

const variableWarnings = <V>({ environmentVariables }: OnlineDeployment<V>, at: At): Problem[] =>
  Object.keys(environmentVariables)
    .filter((name) => SET_HERE.includes(name))
    .map((name) => at(`.environmentVariables.${name}`, "not used here: dev sets it itself, as Azure does"));
