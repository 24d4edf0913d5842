/**
 * Routing of either kind of endpoint: a nested ARM deployment that puts the whole endpoint again, after the deployments. Every value travels as a
 * parameter, because text that begins with "[" in a template is an expression.
 */
import { join } from "../../model/late.ts";
import type { PlannedResource } from "../../model/plan.ts";
import { COLLECTIONS, SHELL, WITH_SHELL, type Owner } from "./ids.ts";

/** Parameters: of each its type in the template, and its value. */
type Parameters = Readonly<Record<string, readonly [type: "string" | "object", value: unknown]>>;

/** What a nested deployment holds. */
interface Again {
  /** What the endpoint has besides its name and place, each field a parameter. */
  readonly body: Parameters;
  /** Of the template; Azure ignores it. */
  readonly metadata: object;
  /** What is put again when it changes, without being part of the endpoint. */
  readonly follows?: Parameters;
  /** Expressions of the template, read when the endpoint is put. */
  readonly outputs?: Readonly<Record<string, { readonly type: "object"; readonly value: string }>>;
}

export const ROUTING = "routing";

export const API_VERSION = "2024-10-01";

/** The nested deployment. It must follow every deployment, and a new endpoint. */
export const putAgain = <V>(endpoint: Owner<V>, deployments: readonly string[], again: Again): PlannedResource => {
  const fields: Parameters = {
    name: ["string", join<V>`${endpoint.target.workspaceName}/${endpoint.name}`],
    location: ["string", endpoint.target.location],
    ...again.body,
  };
  const parameters = { ...fields, ...again.follows };
  return {
    id: ROUTING,
    role: "routing",
    type: "azure-native:resources:Deployment",
    logicalName: `${endpoint.name}-routing`,
    inputs: {
      properties: {
        mode: "Incremental",
        parameters: Object.fromEntries(Object.entries(parameters).map(([name, [, value]]) => [name, { value }])),
        template: template(endpoint.kind, Object.keys(fields), parameters, again),
      },
      resourceGroupName: endpoint.target.resourceGroupName,
      ...(Object.keys(endpoint.tags).length === 0 ? {} : { tags: endpoint.tags }),
    },
    options: { dependsOn: [SHELL, ...deployments], ...WITH_SHELL },
  };
};

const template = (kind: Owner<unknown>["kind"], fields: readonly string[], parameters: Parameters, { metadata, outputs }: Again) => ({
  $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  contentVersion: "1.0.0.0",
  metadata,
  parameters: Object.fromEntries(Object.entries(parameters).map(([name, [type]]) => [name, { type }])),
  resources: [
    {
      type: `Microsoft.MachineLearningServices/workspaces/${COLLECTIONS[kind]}`,
      apiVersion: API_VERSION,
      ...Object.fromEntries(fields.map((name) => [name, `[parameters('${name}')]`])),
    },
  ],
  ...(outputs === undefined ? {} : { outputs }),
});
