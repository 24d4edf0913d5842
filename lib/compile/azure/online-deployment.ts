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

/** What Azure cannot change in place, and a first provisioning that failed, which it cannot repair. */
const REPLACE = ["properties.endpointComputeType", "properties.instanceType", "properties.egressPublicNetworkAccess", "#initerror"];

export const deploymentId = (name: string): string => `deployment:${name}`;

/**
 * `previous` is the deployment before it: the service takes one write to an endpoint at a time. The name is fixed, so a replacement deletes
 * first; with live traffic the service refuses that, and nothing is lost.
 */
export const compileOnlineDeployment = <V>(
  endpoint: On<V, AzureMlTarget<V>>,
  name: string,
  registered: RegisteredAssets<V>,
  previous: string | undefined,
): PlannedResource => {
  const deployment = endpoint.deployments[name] as OnlineDeployment<V>;
  return {
    id: deploymentId(name),
    role: "deployment",
    deployment: name,
    type: "azure-native:machinelearningservices:OnlineDeployment",
    logicalName: `${pairName(endpoint.name, name)}-deployment`,
    inputs: {
      deploymentName: name,
      endpointName: endpoint.name,
      location: endpoint.target.location,
      properties: properties(endpoint, name, deployment, registered.ids[name] ?? {}),
      resourceGroupName: endpoint.target.resourceGroupName,
      sku: { capacity: deployment.instanceCount, name: "Default" },
      tags: { ...endpoint.tags, ...deployment.tags },
      workspaceName: endpoint.target.workspaceName,
    },
    options: {
      dependsOn: [SHELL, ...(registered.before[name] ?? []), ...(previous === undefined ? [] : [deploymentId(previous)])],
      deletedWith: SHELL,
      replaceOnChanges: REPLACE,
      deleteBeforeReplace: true,
    },
  };
};

const properties = <V>(endpoint: On<V, AzureMlTarget<V>>, name: string, deployment: OnlineDeployment<V>, ids: DeploymentIds<V>) => {
  const { azure, codeConfiguration, dataCollector, startupProbe } = deployment;
  const kubernetes = endpoint.azure.compute !== undefined;
  return {
    appInsightsEnabled: azure.appInsightsEnabled,
    codeConfiguration: codeConfiguration === undefined ? undefined : { codeId: ids.code, scoringScript: codeConfiguration.scoringScript },
    containerResourceRequirements: compileResources(azure.resources),
    dataCollector: dataCollector === undefined ? undefined : compileCollector(name, dataCollector),
    description: deployment.description,
    egressPublicNetworkAccess: { enabled: "Enabled", disabled: "Disabled", unset: undefined }[deployment.egressPublicNetworkAccess ?? "unset"],
    endpointComputeType: kubernetes ? "Kubernetes" : "Managed",
    environmentId: ids.environment,
    environmentVariables: some(deployment.environmentVariables),
    instanceType: azure.instanceType ?? (kubernetes ? "defaultinstancetype" : undefined),
    livenessProbe: compileProbe(deployment.livenessProbe),
    model: ids.model,
    modelMountPath: deployment.modelMountPath,
    properties: some(azure.properties),
    readinessProbe: compileProbe(deployment.readinessProbe),
    requestSettings: requestSettings(deployment),
    scaleSettings: compileScale(azure.scaleSettings, kubernetes, deployment.instanceCount),
    startupProbe: startupProbe === undefined ? undefined : compileProbe(startupProbe),
  };
};

const requestSettings = <V>({ requestSettings: settings }: OnlineDeployment<V>) => ({
  maxConcurrentRequestsPerInstance: settings.maxConcurrentRequestsPerInstance,
  maxQueueWait: milliseconds(settings.maxQueueWaitMs),
  requestTimeout: milliseconds(settings.requestTimeoutMs),
});

/** An empty map is left out: the service's answer never shows one. */
const some = <T extends object>(map: T): T | undefined => (Object.keys(map).length === 0 ? undefined : map);
