/** A deployment under a batch endpoint. */
import type { ModelBatchDeployment, PipelineBatchDeployment } from "../../model/batch-deployment.ts";
import type { BatchOn } from "../../model/batch-endpoint.ts";
import { Ref } from "../../model/late.ts";
import { pairName } from "../../model/names.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import type { DeploymentIds, RegisteredAssets } from "./assets.ts";
import { batchComputeId, batchComputeName, beforeOn } from "./batch-compute.ts";
import { seconds } from "./durations.ts";
import { componentId } from "./pipeline.ts";
import { assetId, SHELL, WITH_SHELL } from "./ids.ts";
import { deploymentId, some } from "./online-deployment.ts";

type Endpoint<V> = BatchOn<V, AzureMlTarget<V>>;

/** What the service's schema writes once: what a job's instances are, and whether a model or a pipeline runs; and a first provisioning that failed. */
const REPLACE = ["properties.resources", "properties.deploymentConfiguration.deploymentConfigurationType", "#initerror"];

/** The values of those. */
export const writtenOnce = <V>(deployment: Endpoint<V>["deployments"][string]) =>
  deployment.type === "pipeline" ? { type: deployment.type } : { type: deployment.type, instanceCount: deployment.resources.instanceCount, instanceType: deployment.azure.instanceType };

/** `previous` are the deployments before it: the service takes one write to an endpoint at a time, deletions among them. */
export const compileBatchDeployment = <V>(endpoint: Endpoint<V>, name: string, registered: RegisteredAssets<V>, previous: readonly string[]): PlannedResource => {
  const deployment = endpoint.deployments[name] as Endpoint<V>["deployments"][string];
  const component = deployment.type === "pipeline" && deployment.job !== undefined ? [componentId(name)] : [];
  const before = [...beforeOn(deployment.azure.compute), ...(registered.before[name] ?? []), ...component, ...previous.map(deploymentId)];
  return {
    id: deploymentId(name),
    role: "deployment",
    deployment: name,
    type: "azure-native:machinelearningservices:BatchDeployment",
    logicalName: `${pairName(endpoint.name, name)}-deployment`,
    inputs: {
      deploymentName: name,
      endpointName: endpoint.name,
      location: endpoint.target.location,
      properties: deployment.type === "model" ? modelProperties(endpoint, deployment, registered.ids[name] ?? {}) : pipelineProperties(endpoint, name, deployment),
      resourceGroupName: endpoint.target.resourceGroupName,
      tags: { ...endpoint.tags, ...deployment.tags },
      workspaceName: endpoint.target.workspaceName,
    },
    options: {
      dependsOn: [...(endpoint.existing ? [] : [SHELL]), ...before],
      ...(endpoint.existing ? {} : WITH_SHELL),
      replaceOnChanges: REPLACE,
      deleteBeforeReplace: true,
    },
  };
};

const ACTIONS = { append_row: "AppendRow", summary_only: "SummaryOnly" } as const;
const LEVELS = { info: "Info", warning: "Warning", debug: "Debug" } as const;

/** BatchDeploymentProperties of a model. A file name stands beside the action that writes the file, alone. */
const modelProperties = <V>(endpoint: Endpoint<V>, { azure, codeConfiguration, description, resources, settings }: ModelBatchDeployment<V>, ids: DeploymentIds<V>) => ({
  codeConfiguration: codeConfiguration === undefined ? undefined : { codeId: ids.code, scoringScript: codeConfiguration.scoringScript },
  compute: azure.compute === undefined ? undefined : batchComputeId(endpoint, azure.compute),
  description,
  environmentId: ids.environment,
  environmentVariables: some(settings.environmentVariables),
  errorThreshold: settings.errorThreshold,
  loggingLevel: LEVELS[settings.loggingLevel],
  maxConcurrencyPerInstance: settings.maxConcurrencyPerInstance,
  miniBatchSize: settings.miniBatchSize,
  model: { assetId: ids.model, referenceType: "Id" },
  outputAction: ACTIONS[settings.outputAction],
  outputFileName: settings.outputAction === "append_row" ? settings.outputFileName : undefined,
  properties: some(azure.properties),
  resources: { instanceCount: resources.instanceCount, instanceType: azure.instanceType },
  retrySettings: { maxRetries: settings.retrySettings.maxRetries, timeout: seconds(settings.retrySettings.timeout) },
});

/** The same of a pipeline component; its settings are texts under the names of the YAML schema. */
const pipelineProperties = <V>(endpoint: Endpoint<V>, name: string, { azure, component, description, settings, tags }: PipelineBatchDeployment<V>) => ({
  deploymentConfiguration: {
    componentId: { assetId: component === undefined ? new Ref(componentId(name), "id") : assetId(endpoint, "components", component), referenceType: "Id" },
    deploymentConfigurationType: "PipelineComponent",
    description,
    settings: {
      continue_on_step_failure: String(settings.continueOnStepFailure),
      default_compute: azure.compute === undefined ? undefined : batchComputeName(azure.compute),
      default_datastore: azure.defaultDatastore,
      force_rerun: String(azure.forceRerun),
    },
    tags: some({ ...endpoint.tags, ...tags }),
  },
  description,
  properties: some(azure.properties),
});
