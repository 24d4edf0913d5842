/** An online endpoint on Azure Machine Learning: shell, registered files, deployments one after another, routing. */
import type { Assets } from "../../model/bundle.ts";
import type { On } from "../../model/endpoint.ts";
import { Ref } from "../../model/late.ts";
import type { Plan, PlannedResource } from "../../model/plan.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { compileAlerts } from "./alerts.ts";
import { compileAssets } from "./assets.ts";
import { compileAutoscale } from "./autoscale.ts";
import { compileCollectionData } from "./collector.ts";
import { compileDiagnostics } from "./diagnostics.ts";
import { SHELL } from "./ids.ts";
import { compileNotes } from "./notes.ts";
import { compileOnlineDeployment, deploymentId } from "./online-deployment.ts";
import { endpointProperties, identityType } from "./properties.ts";
import { deployedName } from "./replacement.ts";
import { compileCallers, compileRoles } from "./roles.ts";
import { compileRouting, routedUri } from "./traffic.ts";

/** The plan of an endpoint that passed `verdict`. Of another program's endpoint it is that of the deployment alone. */
export const compileEndpoint = <V>(endpoint: On<V, AzureMlTarget<V>>, assets: Assets): Plan => {
  const names = Object.keys(endpoint.deployments);
  const registered = compileAssets(endpoint, assets, (name) => compileCollectionData(endpoint, name));
  const roles = compileRoles(endpoint);
  const ready = { ...registered, before: Object.fromEntries(names.map((name) => [name, [...roles.map(({ id }) => id), ...(registered.before[name] ?? [])]])) };
  const deployments = names.map((name, i) => compileOnlineDeployment(endpoint, name, ready, names.slice(0, i)));
  const autoscale = names.flatMap((name, i) => compileAutoscale(endpoint, name, deployments[i] as PlannedResource));
  const told = { deployedNames: Object.fromEntries(names.map((name) => [name, deployedName(endpoint, name)])), notes: compileNotes(endpoint) };
  if (endpoint.existing) return { resources: [...registered.resources, ...deployments, ...autoscale], outputs: {}, ...told };
  return {
    resources: [shell(endpoint), ...roles, ...compileCallers(endpoint), ...registered.resources, ...deployments, compileRouting(endpoint, names.map(deploymentId)), ...autoscale, ...compileDiagnostics(endpoint), ...compileAlerts(endpoint, deployments)],
    outputs: {
      name: endpoint.name,
      scoringUri: routedUri("scoringUri"),
      swaggerUri: routedUri("swaggerUri"),
      principalId: new Ref(SHELL, "identity.principalId"),
    },
    ...told,
  };
};

/**
 * Created once and never put again: a later PUT without traffic would take the endpoint out of service. Routing carries every change instead.
 */
const shell = <V>(endpoint: On<V, AzureMlTarget<V>>): PlannedResource => ({
  id: SHELL,
  role: "endpoint",
  type: "azure-native:machinelearningservices:OnlineEndpoint",
  logicalName: `${endpoint.name}-endpoint`,
  inputs: {
    endpointName: endpoint.name,
    identity: identity(endpoint),
    location: endpoint.target.location,
    properties: endpointProperties(endpoint),
    resourceGroupName: endpoint.target.resourceGroupName,
    tags: endpoint.tags,
    workspaceName: endpoint.target.workspaceName,
  },
  options: { ignoreChanges: ["properties", "identity", "tags", "sku", "kind"] },
  fixed: "the endpoint is put again with its traffic, which would undo this: change what is put there, by transform.routing",
});

const identity = <V>({ azure }: On<V, AzureMlTarget<V>>) => ({
  type: identityType(azure.identity.type),
  ...(azure.identity.type === "user_assigned"
    ? { userAssignedIdentities: azure.identity.userAssignedIdentities.map(({ resourceId }) => resourceId) }
    : {}),
});
