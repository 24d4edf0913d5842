/** A deployment on this machine: a front process with as many workers as the instances would have in all. */
import type { ServeOptions } from "../../scoring/contract.ts";
import type { DeploymentAssets } from "../../model/bundle.ts";
import type { OnlineEndpoint } from "../../model/endpoint.ts";
import { flavourOf, type Flavour } from "../../model/flavour.ts";
import { mlflowFiles, SERVING } from "../../model/mlflow-model.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { RouteArgs } from "../../model/sources.ts";
import { workersOf } from "../../model/variables.ts";
import { compileCollector } from "./collector.ts";
import type { LocalDeployment, LocalModel, LocalProbes, LocalPython } from "./plan.ts";

export const compileOnlineDeployment = <V>(
  endpoint: OnlineEndpoint<V>,
  name: string,
  deployment: OnlineDeployment<V>,
  files: DeploymentAssets,
): LocalDeployment<V> => ({
  name,
  serve: { ...serveOptions(endpoint.name, name, deployment), ...upstream(deployment) },
  model: model(endpoint.name, deployment, files),
  code: files.code?.root,
  environment: deployment.environmentVariables,
  secrets: Object.keys(deployment.secretVariables).filter((name) => !(name in deployment.environmentVariables)),
  needsPython: PYTHON.includes(flavourOf(deployment, files)),
  python: python(deployment, files),
  probes: probes(deployment),
  collector: compileCollector(endpoint.name, name, deployment),
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

const PYTHON: readonly Flavour[] = ["python", "mlflow"];

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

const model = <V>(endpoint: string, { model: source }: OnlineDeployment<V>, files: DeploymentAssets): LocalModel | undefined => {
  if (files.model === undefined || source === undefined || !("path" in source)) return undefined;
  return { name: source.name ?? endpoint, version: source.version ?? files.model.hash, linkName: files.model.name, source: files.model.root };
};

const python = <V>(deployment: OnlineDeployment<V>, files: DeploymentAssets): LocalPython | undefined => {
  const mlflow = flavourOf(deployment, files) === "mlflow";
  const written = files.environment === undefined ? (mlflow ? ofModel(deployment, files) : undefined) : ofEnvironment(deployment, files.environment.root);
  return written === undefined || !mlflow ? written : { ...written, also: SERVING };
};

const ofEnvironment = <V>({ environment }: OnlineDeployment<V>, file: string): LocalPython =>
  environment?.condaFile === undefined ? { requirements: file } : { condaFile: file };

/** The files that MLflow writes beside a model, the simpler one first. */
const ofModel = <V>({ environmentVariables }: OnlineDeployment<V>, { model }: DeploymentAssets): LocalPython | undefined => {
  const { conda, pythonEnv, requirements } = mlflowFiles(model, environmentVariables["MLFLOW_MODEL_FOLDER"]);
  if (requirements !== undefined) return { requirements, pythonFile: pythonEnv ?? conda };
  return conda === undefined ? undefined : { condaFile: conda };
};
