/**
 * Routing. Traffic may only name deployments that exist, and PATCH cannot carry it: after the deployments, a nested ARM deployment puts the
 * whole endpoint again, with its traffic. Every value travels as a parameter, because text that begins with "[" in a template is an expression.
 */
import type { On } from "../../model/endpoint.ts";
import { join, Keyed } from "../../model/late.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import type { Traffic } from "../../model/traffic.ts";
import { SHELL } from "./ids.ts";
import { endpointProperties, identityType } from "./properties.ts";
import { deployedName, immutable, type Immutable } from "./replacement.ts";

const TYPE = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints";
const PARAMETERS = { name: "string", location: "string", identity: "object", tags: "object", properties: "object" } as const;

type DeployedName = (name: string) => string;

/** The traffic map as ARM takes it, by the names at Azure: zeros stay, because a deployment at 0 is meant to be there. That of another program may not be yet. */
const written = <V>({ external, traffic }: On<V, AzureMlTarget<V>>): Traffic => Object.fromEntries(Object.entries(traffic).filter(([name, share]) => share > 0 || !external.includes(name)));

export const compileTraffic = (shares: Traffic, deployed: DeployedName): Traffic =>
  Object.fromEntries(Object.entries(shares).map(([name, share]) => [deployed(name), share]));

/** One off-switch: a mirror of 0 percent is no mirror, and is sent as none. */
export const compileMirror = (shares: Traffic, deployed: DeployedName): Traffic =>
  compileTraffic(Object.fromEntries(Object.entries(shares).filter(([, share]) => share > 0)), deployed);

/** The nested deployment. It must follow every deployment, and a new endpoint. */
export const compileRouting = <V>(endpoint: On<V, AzureMlTarget<V>>, deployments: readonly string[]): PlannedResource => ({
  id: "routing",
  role: "routing",
  type: "azure-native:resources:Deployment",
  logicalName: `${endpoint.name}-routing`,
  inputs: {
    properties: {
      mode: "Incremental",
      parameters: Object.fromEntries(Object.entries(values(endpoint)).map(([name, value]) => [name, { value }])),
      template: template(endpoint),
    },
    resourceGroupName: endpoint.target.resourceGroupName,
    ...(Object.keys(endpoint.tags).length === 0 ? {} : { tags: endpoint.tags }),
  },
  options: { dependsOn: [SHELL, ...deployments], deletedWith: SHELL, replaceWith: [SHELL] },
});

const values = <V>(endpoint: On<V, AzureMlTarget<V>>): Record<keyof typeof PARAMETERS, unknown> => ({
  name: join<V>`${endpoint.target.workspaceName}/${endpoint.name}`,
  location: endpoint.target.location,
  identity: identityBody(endpoint),
  tags: endpoint.tags,
  properties: {
    ...endpointProperties(endpoint),
    traffic: compileTraffic(written(endpoint), (name) => deployedName(endpoint, name)),
    mirrorTraffic: compileMirror(endpoint.mirrorTraffic, (name) => deployedName(endpoint, name)),
  },
});

/** ARM's own form: a map of ids, where azure-native takes a list. */
const identityBody = <V>(endpoint: On<V, AzureMlTarget<V>>) => {
  const { identity } = endpoint.azure;
  if (identity.type === "system_assigned") return { type: identityType(identity.type) };
  const entries = identity.userAssignedIdentities.map(({ resourceId }) => [resourceId, {}] as const);
  return { type: identityType(identity.type), userAssignedIdentities: new Keyed<V>(entries) };
};

/** A deployment as it is when the routing is put, and what would make it another one. */
export interface Deployed extends Partial<Immutable> {
  /** At Azure. */
  readonly name: string;
}

const asDeployed = <V>(endpoint: On<V, AzureMlTarget<V>>): Readonly<Record<string, Deployed>> =>
  Object.fromEntries(Object.entries(endpoint.deployments).map(([name, deployment]) => [name, { name: deployedName(endpoint, name), ...immutable(endpoint, deployment) }]));

/** Azure ignores the metadata. The next preview reads there what deployments there were, and routing is put again when they are others. */
const template = <V>(endpoint: On<V, AzureMlTarget<V>>) => ({
  $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  contentVersion: "1.0.0.0",
  metadata: { deployments: asDeployed(endpoint) },
  parameters: Object.fromEntries(Object.entries(PARAMETERS).map(([name, type]) => [name, { type }])),
  resources: [
    {
      type: TYPE,
      apiVersion: "2024-10-01",
      ...Object.fromEntries(Object.keys(PARAMETERS).map((name) => [name, `[parameters('${name}')]`])),
    },
  ],
});
