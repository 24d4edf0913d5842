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
import { SHELL, WITH_SHELL } from "./ids.ts";
import { compileProbe } from "./probes.ts";
import { deployedName, immutable, replacedBy } from "./replacement.ts";
import { compileVariables } from "./variables.ts";

export const deploymentId = (name: string): string => `deployment:${name}`;

/**
 * `previous` are the deployments before it: the service takes one write to an endpoint at a time. It follows all of them, because those in between may
 * stay where two are deleted at once. Under one logical name the name at Azure is fixed, so a replacement deletes first; with live traffic the service
 * refuses that, and nothing is lost. Side by side, what would replace it changes both names: one resource is made, routing follows, and the other is deleted.
 */
export const compileOnlineDeployment = <V>(
  endpoint: On<V, AzureMlTarget<V>>,
  name: string,
  registered: RegisteredAssets<V>,
  previous: readonly string[],
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
      dependsOn: [...(endpoint.existing ? [] : [SHELL]), ...(registered.before[name] ?? []), ...previous.map(deploymentId)],
      ...(endpoint.existing ? {} : WITH_SHELL),
      ...(isScaled(endpoint, deployment) ? { ignoreChanges: [CAPACITY] } : {}),
      replaceOnChanges: replacedBy(immutable(endpoint, deployment)),
      deleteBeforeReplace: true,
    },
  };
};

/** Where the number of instances is. */
export const CAPACITY = "sku.capacity";

/** Whether an autoscaler writes the capacity after us: it is ours once, and the state's after that, which is the autoscaler's after a refresh. */
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
