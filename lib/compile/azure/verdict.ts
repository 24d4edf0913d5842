/** What Azure Machine Learning cannot do of an endpoint, before anything is registered, and what it can but its author may not have meant. */
import { partsOf } from "../../model/batch-parts.ts";
import type { Assets, DeploymentAssets } from "../../model/bundle.ts";
import type { On, OnlineEndpoint } from "../../model/endpoint.ts";
import type { Problem, Verdict } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { shadowOf } from "../../model/traffic.ts";
import { clusterName, type Owner } from "./ids.ts";
import { alertsVerdict } from "./verdict-alerts.ts";
import { computeVerdict } from "./verdict-compute.ts";
import { quotaVerdict } from "./verdict-quota.ts";
import { replacementVerdict } from "./verdict-replacement.ts";
import { rolesVerdict } from "./verdict-roles.ts";
import { sourceProblems } from "./verdict-sources.ts";

/** Every check; the numbers are those of the checklist in Microsoft's limits and troubleshooting pages. */
export const verdict = <V>(endpoint: On<V, AzureMlTarget<V>>, assets: Assets): Verdict => {
  const parts = Object.keys(endpoint.deployments).map((name): Verdict => {
    const files: DeploymentAssets = assets[name] ?? {};
    const compute = computeVerdict(endpoint, name, files);
    return { problems: [...sourceProblems(endpoint, name, files), ...compute.problems], warnings: compute.warnings };
  });
  const replacement = replacementVerdict(endpoint);
  const roles = rolesVerdict(endpoint);
  const quota = quotaVerdict(endpoint);
  const watched = alertsVerdict(endpoint);
  return {
    problems: [...endpointProblems(endpoint), ...roles.problems, ...watched.problems, ...replacement.problems, ...quota.problems, ...versionProblems(endpoint, assets), ...parts.flatMap((part) => part.problems)],
    warnings: [...roles.warnings, ...watched.warnings, ...replacement.warnings, ...quota.warnings, ...parts.flatMap((part) => part.warnings)],
  };
};

const endpointProblems = <V>(endpoint: On<V, AzureMlTarget<V>>): Problem[] => [
  ...(endpoint.azure.compute === undefined ? [] : kubernetesComputeProblems(endpoint)),
  ...authProblems(endpoint),
];

/** Kubernetes compute of the workspace. */
const kubernetesComputeProblems = <V>(endpoint: On<V, AzureMlTarget<V>>): Problem[] => {
  const { authMode, azure, existing, mirrorTraffic, target } = endpoint;
  const problems: Problem[] = [];
  if (!existing && clusterName(azure.compute) !== undefined && target.subscriptionId === undefined)
    problems.push({ path: "azure.compute", message: "the short form needs the workspace's subscription: write azureMl({ subscriptionId, … }), or the cluster's full resource id", value: azure.compute });
  if (authMode === "aad_token") problems.push({ path: "authMode", message: 'endpoints on Kubernetes compute take "key" or "aml_token"; got "aad_token"' });
  if (shadowOf(mirrorTraffic) !== undefined)
    problems.push({ path: "mirrorTraffic", message: "Azure mirrors traffic on managed compute alone; leave out mirrorTraffic, or azure.compute" });
  if (azure.publicNetworkAccess !== undefined)
    problems.push({ path: "azure.publicNetworkAccess", message: "the network of Kubernetes compute is the cluster's own; leave it out" });
  return problems;
};

/** What of `auth` is not as it is where nothing is written. */
export const writtenOf = (auth: OnlineEndpoint<unknown>["auth"]): string[] =>
  Object.entries(auth).flatMap(([key, value]) => (value === undefined || (key === "enforce" && value === "container") ? [] : [key]));

const authProblems = <V>({ auth }: On<V, AzureMlTarget<V>>): Problem[] =>
  writtenOf(auth).map((key) => ({ path: `auth.${key}`, message: AUTH[key] ?? "Azure checks tokens itself; leave it out, and write callers of authMode \"aad_token\" in azure.callers" }));

const OWN_KEYS = "Azure makes an endpoint's keys itself; read them with listOnlineEndpointKeys";
const AUTH: Readonly<Record<string, string>> = { keys: OWN_KEYS, existingSecret: OWN_KEYS, enforce: "Azure refuses callers itself; leave it out" };

/** A version never changes: two deployments that register one must mean the same files. */
export const versionProblems = <V>({ deployments, name: endpoint }: Owner<V>, assets: Assets): Problem[] => {
  const registered = new Map<string, { readonly deployment: string; readonly hash: string | undefined }>();
  return partsOf(deployments).flatMap(({ deployment, key, path, sources: { model } }): Problem[] => {
    if (model === undefined || !("path" in model) || model.version === undefined) return [];
    const version = `${JSON.stringify(model.name ?? endpoint)} version ${JSON.stringify(model.version)}`;
    const hash = `${assets[key]?.model?.hash ?? model.path} ${model.type}`;
    const earlier = registered.get(version);
    if (earlier === undefined) registered.set(version, { deployment, hash });
    if (earlier === undefined || earlier.hash === hash) return [];
    return [{ path: `${path}.model.version`, message: `deployment ${JSON.stringify(earlier.deployment)} already registers other files as ${version}` }];
  });
};

