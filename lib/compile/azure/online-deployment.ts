/** A deployment under the endpoint. */
import type { On } from "../../model/endpoint.ts";
import { pairName } from "../../model/names.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import type { DeploymentIds, RegisteredAssets } from "./assets.ts";
import { compileCollector } from "./collector.ts";
import { compileResources, compileScale } from "./compute.ts";
import { milliseconds } from "./durations.ts";
import { SHELL } from "./ids.ts";
import { compileProbe } from "./probes.ts";
import { deployedName, immutable, replacedBy } from "./replacement.ts";
import { compileVariables } from "./variables.ts";

export const deploymentId = (name: string): string => `deployment:${name}`;

/**
 * `previous` is the deployment before it: the service takes one write to an endpoint at a time. Under one logical name the name at Azure is fixed, so
 * a replacement deletes first; with live traffic the service refuses that, and nothing is lost. Side by side, what would replace it changes both names:
 * one resource is made, routing follows, and the other is deleted.
 */
export const compileOnlineDeployment = <V>(
  endpoint: On<V, AzureMlTarget<V>>,
  name: string,
  registered: RegisteredAssets<V>,
  previous: string | undefined,
): PlannedResource => {
  const deployment = endpoint.deployments[name] as OnlineDeployment<V>;
  const deployed = deployedName(endpoint, name);
  return {
    id: deploymentId(name),
    role: "deployment",
    deployment: name,
    type: "azure-native:machinelearningservices:OnlineDeployment",
    logicalName: `${pairName(endpoint.name, deployed)}-deployment`,
    inputs: {
      deploymentName: deployed,
      endpointName: endpoint.name,
      location: endpoint.target.location,
      properties: properties(endpoint, name, deployment, registered.ids[name] ?? {}),
      resourceGroupName: endpoint.target.resourceGroupName,
      sku: { capacity: deployment.instanceCount, name: "Default" },
      tags: { ...endpoint.tags, ...deployment.tags },
      workspaceName: endpoint.target.workspaceName,
    },
    options: {
      dependsOn: [...(endpoint.existing ? [] : [SHELL]), ...(registered.before[name] ?? []), ...(previous === undefined ? [] : [deploymentId(previous)])],
      ...(endpoint.existing ? {} : { deletedWith: SHELL }),
      ...(isScaled(endpoint, deployment) ? { ignoreChanges: ["sku.capacity"] } : {}),
      replaceOnChanges: replacedBy(immutable(endpoint, deployment)),
      deleteBeforeReplace: true,
    },
  };
};

/** Whether an autoscaler writes the capacity after us: it is written once, and not put back. */
const isScaled = <V>({ azure }: On<V, AzureMlTarget<V>>, { autoscale }: OnlineDeployment<V>): boolean => autoscale !== undefined && azure.compute === undefined;

const properties = <V>(endpoint: On<V, AzureMlTarget<V>>, name: string, deployment: OnlineDeployment<V>, ids: DeploymentIds<V>) => {
  const { azure, codeConfiguration, dataCollector, startupProbe } = deployment;
  const { egressPublicNetworkAccess, endpointComputeType, instanceType } = immutable(endpoint, deployment);
  return {
    appInsightsEnabled: azure.appInsightsEnabled,
    codeConfiguration: codeConfiguration === undefined ? undefined : { codeId: ids.code, scoringScript: codeConfiguration.scoringScript },
    containerResourceRequirements: compileResources(azure.resources),
    dataCollector: dataCollector === undefined ? undefined : compileCollector(endpoint, name, dataCollector),
    description: deployment.description,
    egressPublicNetworkAccess,
    endpointComputeType,
    environmentId: ids.environment,
    environmentVariables: some(compileVariables(endpoint, deployment)),
    instanceType,
    livenessProbe: compileProbe(deployment.livenessProbe),
    model: ids.model,
    modelMountPath: deployment.modelMountPath,
    properties: some(azure.properties),
    readinessProbe: compileProbe(deployment.readinessProbe),
    requestSettings: requestSettings(deployment),
    scaleSettings: compileScale(deployment, endpointComputeType === "Kubernetes"),
    startupProbe: startupProbe === undefined ? undefined : compileProbe(startupProbe),
  };
};

const requestSettings = <V>({ requestSettings: settings }: OnlineDeployment<V>) => ({
  maxConcurrentRequestsPerInstance: settings.maxConcurrentRequestsPerInstance,
  maxQueueWait: milliseconds(settings.maxQueueWaitMs),
  requestTimeout: milliseconds(settings.requestTimeoutMs),
});

/** An empty map is left out: the service's answer never shows one. */
export const some = <T extends object>(map: T): T | undefined => (Object.keys(map).length === 0 ? undefined : map);
