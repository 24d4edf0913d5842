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
import { certain, certainOfEach, judged, judgedEach } from "../../model/refused.ts";

/** Every check; the numbers are those of the checklist in Microsoft's limits and troubleshooting pages. */
export const verdict = <V>(endpoint: On<V, AzureMlTarget<V>>, assets: Assets): Verdict =>
  judged(
    () => ({ problems: endpointProblems(endpoint) }),
    () => rolesVerdict(endpoint),
    () => alertsVerdict(endpoint),
    () => replacementVerdict(endpoint),
    () => quotaVerdict(endpoint),
    () => ({ problems: versionProblems(endpoint, assets) }),
    () => judgedEach(endpoint.deployments, (_deployment, name) => deploymentVerdict(endpoint, name, assets[name] ?? {})),
  );

const deploymentVerdict = <V>(endpoint: On<V, AzureMlTarget<V>>, name: string, files: DeploymentAssets): Verdict =>
  judged(
    () => ({ problems: sourceProblems(endpoint, name, files) }),
    () => computeVerdict(endpoint, name, files),
  );

const endpointProblems = <V>(endpoint: On<V, AzureMlTarget<V>>): Problem[] =>
  certain(
    () => (endpoint.azure.compute === undefined ? [] : kubernetesComputeProblems(endpoint)),
    () => authProblems(endpoint),
  );

/** Kubernetes compute of the workspace. */
const kubernetesComputeProblems = <V>(endpoint: On<V, AzureMlTarget<V>>): Problem[] => {
  const { existing } = endpoint;
  const told = (isSo: boolean, path: string, message: string): Problem[] => (isSo ? [{ path, message }] : []);
  return certain(
    () => (!existing && clusterName(endpoint.azure.compute) !== undefined && endpoint.target.subscriptionId === undefined ? [{ path: "azure.compute", message: NO_SUBSCRIPTION, value: endpoint.azure.compute }] : []),
    () => told(endpoint.authMode === "aad_token", "authMode", 'endpoints on Kubernetes compute take "key" or "aml_token"; got "aad_token"'),
    () => told(shadowOf(endpoint.mirrorTraffic) !== undefined, "mirrorTraffic", "Azure mirrors traffic on managed compute alone; leave out mirrorTraffic, or azure.compute"),
    () => told(endpoint.azure.publicNetworkAccess !== undefined, "azure.publicNetworkAccess", "the network of Kubernetes compute is the cluster's own; leave it out"),
  );
};

const NO_SUBSCRIPTION = "the short form needs the workspace's subscription: write azureMl({ subscriptionId, … }), or the cluster's full resource id";

/** What of `auth` is not as it is where nothing is written. */
export const writtenOf = (auth: OnlineEndpoint<unknown>["auth"]): string[] =>
  certainOfEach(auth as Readonly<Record<string, unknown>>, (value, key) => (value === undefined || (key === "enforce" && value === "container") ? [] : [key]));

const authProblems = <V>({ auth }: On<V, AzureMlTarget<V>>): Problem[] =>
  writtenOf(auth).map((key) => ({ path: `auth.${key}`, message: AUTH[key] ?? "Azure checks tokens itself; leave it out, and write callers of authMode \"aad_token\" in azure.callers" }));

const OWN_KEYS = "Azure makes an endpoint's keys itself; read them with listOnlineEndpointKeys";
const AUTH: Readonly<Record<string, string>> = { keys: OWN_KEYS, existingSecret: OWN_KEYS, enforce: "Azure refuses callers itself; leave it out" };

/** A version never changes: two deployments that register one must mean the same files. */
export const versionProblems = <V>(endpoint: Owner<V>, assets: Assets): Problem[] => {
  const registered = new Map<string, { readonly deployment: string; readonly hash: string | undefined }>();
  return certainOfEach(partsOf(endpoint.deployments), ({ deployment, key, path, sources: { model } }): Problem[] => {
    if (model === undefined || !("path" in model) || model.version === undefined) return [];
    const version = `${JSON.stringify(model.name ?? endpoint.name)} version ${JSON.stringify(model.version)}`;
    const hash = `${assets[key]?.model?.hash ?? model.path} ${model.type}`;
    const earlier = registered.get(version);
    if (earlier === undefined) registered.set(version, { deployment, hash });
    if (earlier === undefined || earlier.hash === hash) return [];
    return [{ path: `${path}.model.version`, message: `deployment ${JSON.stringify(earlier.deployment)} already registers other files as ${version}` }];
  });
};

