/** A deployment on this machine: a front process with as many workers as the instances would have in all. */
import type { ServeOptions } from "../../scoring/contract.ts";
import type { DeploymentAssets } from "../../model/bundle.ts";
import type { OnlineEndpoint } from "../../model/endpoint.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import { workersOf } from "../../model/variables.ts";
import type { LocalDeployment, LocalModel, LocalProbes, LocalPython } from "./plan.ts";

export const compileOnlineDeployment = <V>(
  endpoint: OnlineEndpoint<V>,
  name: string,
  deployment: OnlineDeployment<V>,
  files: DeploymentAssets,
): LocalDeployment<V> => ({
  name,
  serve: serveOptions(endpoint.name, name, deployment),
  model: model(endpoint.name, deployment, files),
  code: files.code?.root,
  environment: deployment.environmentVariables,
  python: python(deployment, files),
  probes: probes(deployment),
  filesHash: [files.model?.hash, files.code?.hash, files.environment?.hash].map((hash) => hash ?? "-").join("."),
});

const serveOptions = <V>(endpoint: string, name: string, deployment: OnlineDeployment<V>): ServeOptions => {
  const { codeConfiguration, instanceCount, requestSettings } = deployment;
  return {
    entryScript: codeConfiguration?.scoringScript,
    workerCount: instanceCount * workersOf(deployment.environmentVariables),
    deployment: name,
    statuses: "managed",
    pathPrefix: `/endpoints/${endpoint}`,
    maxInFlight: 2 * requestSettings.maxConcurrentRequestsPerInstance * instanceCount,
    requestTimeoutMs: requestSettings.requestTimeoutMs,
    maxQueueWaitMs: requestSettings.maxQueueWaitMs,
  };
};

const probes = <V>({ livenessProbe, readinessProbe, startupProbe }: OnlineDeployment<V>): LocalProbes => ({
  ...(startupProbe === undefined ? {} : { startup: startupProbe }),
  liveness: livenessProbe,
  readiness: readinessProbe,
});

const model = <V>(endpoint: string, { model: source }: OnlineDeployment<V>, files: DeploymentAssets): LocalModel | undefined => {
  if (files.model === undefined || source === undefined || !("path" in source)) return undefined;
  return { name: source.name ?? endpoint, version: source.version ?? files.model.hash, linkName: files.model.name, source: files.model.root };
};

const python = <V>({ environment }: OnlineDeployment<V>, files: DeploymentAssets): LocalPython | undefined => {
  if (files.environment === undefined) return undefined;
  return environment?.condaFile === undefined ? { requirements: files.environment.root } : { condaFile: files.environment.root };
};
