/** What cannot be done on this machine. */
import type { Assets } from "../../model/bundle.ts";
import type { OnlineEndpoint } from "../../model/endpoint.ts";
import { flavourOf, UNKNOWN_FLAVOUR, type Flavour } from "../../model/flavour.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import { show, type Problem, type Verdict } from "../../model/refusal.ts";

export const verdict = <V>(endpoint: OnlineEndpoint<V>, assets: Assets): Verdict => {
  const parts = Object.entries(endpoint.deployments).map(([name, deployment]): Verdict => {
    const missing = deployment.model?.kind === "local" && assets[name]?.model === undefined;
    const flavour = flavourOf(deployment, assets[name] ?? {});
    const at = (path: string, message: string): Problem => ({ path: `deployments.${name}${path}`, message });
    return { problems: missing ? [] : [...flavourProblems(flavour, at), ...secretProblems(deployment, at)], warnings: warnings(deployment, at) };
  });
  return { problems: [...authProblems(endpoint), ...parts.flatMap((part) => part.problems)], warnings: parts.flatMap((part) => part.warnings) };
};

type At = (path: string, message: string) => Problem;

const authProblems = <V>({ authMode }: OnlineEndpoint<V>): Problem[] =>
  authMode === "key" ? [] : [{ path: "authMode", message: `localhost checks keys alone so far; got ${show(authMode)}`, value: authMode }];

const REFUSALS: Partial<Record<Flavour, readonly [path: string, message: string]>> = {
  unknown: ["", UNKNOWN_FLAVOUR],
  registered: [".model", "a model registered in Azure cannot be read here: write its files, model: { path }"],
  triton: [".model.type", "Triton serves this on Azure alone"],
  mlflow: [".model.type", "localhost serves MLflow models with a scoring script alone so far: give codeConfiguration"],
  container: [".environment.inferenceConfig", "localhost runs no custom containers so far"],
};

const flavourProblems = (flavour: Flavour, at: At): Problem[] => {
  const refusal = REFUSALS[flavour];
  return refusal === undefined ? [] : [at(...refusal)];
};

const secretProblems = <V>({ environmentVariables, model }: OnlineDeployment<V>, at: At): Problem[] => [
  ...(model?.kind === "uri" ? [at(".model.path", "localhost reads files of this machine: write a path")] : []),
  ...Object.entries(environmentVariables)
    .filter(([, value]) => typeof value === "string" && value.startsWith("${{"))
    .map(([key]) => at(`.environmentVariables.${key}`, "a secret of Azure cannot be read here: set the value for localhost by configuration")),
];

const warnings = <V>(deployment: OnlineDeployment<V>, at: At): Problem[] => [
  ...(deployment.dataCollector === undefined ? [] : [at(".dataCollector", "nothing is collected on localhost")]),
  ...(deployment.egressPublicNetworkAccess === "disabled" ? [at(".egressPublicNetworkAccess", "localhost does not keep processes from calling out")] : []),
];
