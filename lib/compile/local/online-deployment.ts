/** A deployment on this machine: a front process with as many workers as the instances would have in all. */
import type { ServeOptions } from "../../scoring/contract.ts";
import type { DeploymentAssets } from "../../model/bundle.ts";
import type { OnlineEndpoint } from "../../model/endpoint.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { RouteArgs } from "../../model/sources.ts";
import { workersOf } from "../../model/variables.ts";
import { compileCollector } from "./collector.ts";
import type { LocalDeployment, LocalProbes } from "./plan.ts";
import { compileSources } from "./sources.ts";

export const compileOnlineDeployment = <V>(
  endpoint: OnlineEndpoint<V>,
  name: string,
  deployment: OnlineDeployment<V>,
  files: DeploymentAssets,
): LocalDeployment<V> => ({
  name,
  serve: { ...serveOptions(endpoint.name, name, deployment), ...upstream(deployment) },
  ...compileSources(endpoint.name, deployment, deployment.environmentVariables, files),
  secrets: Object.keys(deployment.secretVariables).filter((name) => !(name in deployment.environmentVariables)),
  probes: probes(deployment),
  collector: compileCollector(endpoint.name, name, deployment),
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

/** A custom container is its command, behind the front. Whatever path it answers, it answers through the front, as on Azure. */
const upstream = <V>({ environment, local }: OnlineDeployment<V>): ServeOptions => {
  const config = environment?.inferenceConfig;
  if (config === undefined || local.command === undefined) return {};
  const address = ({ path, port }: RouteArgs): string => `http://127.0.0.1:${port}${path}`;
  return {
    upstreamScoring: address(config.scoringRoute),
    upstreamReadiness: address(config.readinessRoute),
    upstreamLiveness: address(config.livenessRoute),
    upstreamPaths: "/",
    upstreamCommand: JSON.stringify(local.command),
  };
};

const probes = <V>({ livenessProbe, readinessProbe, startupProbe }: OnlineDeployment<V>): LocalProbes => ({
  ...(startupProbe === undefined ? {} : { startup: startupProbe }),
  liveness: livenessProbe,
  readiness: readinessProbe,
});
