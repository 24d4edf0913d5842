/**
 * Routing of either kind of endpoint: a nested ARM deployment that puts the whole endpoint again, after the deployments. Every value travels as a
 * parameter, because text that begins with "[" in a template is an expression.
 */
import { join } from "../../model/late.ts";
import type { PlannedResource } from "../../model/plan.ts";
import { COLLECTIONS, SHELL, type Owner } from "./ids.ts";

/** What is put: of each field of the body its type in the template, and its value. */
type Body = Readonly<Record<string, readonly [type: "string" | "object", value: unknown]>>;

/** The nested deployment. It must follow every deployment, and a new endpoint. `body` is what the endpoint has besides its name and place. */
export const putAgain = <V>(endpoint: Owner<V>, deployments: readonly string[], body: Body, metadata?: object): PlannedResource => {
  const fields: Body = {
    name: ["string", join<V>`${endpoint.target.workspaceName}/${endpoint.name}`],
    location: ["string", endpoint.target.location],
    ...body,
  };
  return {
    id: "routing",
    role: "routing",
    type: "azure-native:resources:Deployment",
    logicalName: `${endpoint.name}-routing`,
    inputs: {
      properties: {
        mode: "Incremental",
        parameters: Object.fromEntries(Object.entries(fields).map(([name, [, value]]) => [name, { value }])),
        template: template(endpoint.kind, fields, metadata),
      },
      resourceGroupName: endpoint.target.resourceGroupName,
      ...(Object.keys(endpoint.tags).length === 0 ? {} : { tags: endpoint.tags }),
    },
    options: { dependsOn: [SHELL, ...deployments], deletedWith: SHELL, replaceWith: [SHELL] },
  };
};

const template = (kind: Owner<unknown>["kind"], fields: Body, metadata: object | undefined) => ({
  $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  contentVersion: "1.0.0.0",
  ...(metadata === undefined ? {} : { metadata }),
  parameters: Object.fromEntries(Object.entries(fields).map(([name, [type]]) => [name, { type }])),
  resources: [
    {
      type: `Microsoft.MachineLearningServices/workspaces/${COLLECTIONS[kind]}`,
      apiVersion: "2024-10-01",
      ...Object.fromEntries(Object.keys(fields).map((name) => [name, `[parameters('${name}')]`])),
    },
  ],
});
