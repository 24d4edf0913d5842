/** What the programs of the lives declare. */
import { SUBSCRIPTION } from "../rig/azure/plugin/provider.ts";
import type { Declaration } from "./stack.ts";

export const target = { resourceGroupName: "rg", workspaceName: "ws", location: "westeurope" };

/** A deployment of what is registered already, so that a life is about endpoints and deployments alone. */
export const deployment = (changes: object = {}): object => ({
  model: "azureml:wine:1",
  codeConfiguration: { code: "azureml:wine:1", scoringScript: "score.py" },
  instanceCount: 3,
  ...changes,
  azure: { instanceType: "Standard_DS3_v2", environment: "azureml:wine:1", ...(changes as { readonly azure?: object }).azure },
});

/** The endpoint `credit`, named without the stack's hash. */
export const credit = (deployments: object, traffic: object, more: object = {}): Declaration => ({
  endpoints: { credit: { kind: "online", name: "credit", target, authMode: "key", deployments, traffic, ...more } },
});

/** The id of an endpoint, or of what lies below it: `credit/deployments/blue`. */
export const idOf = (path: string): string =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/${target.resourceGroupName}/providers/Microsoft.MachineLearningServices/workspaces/${target.workspaceName}/onlineEndpoints/${path}`;
