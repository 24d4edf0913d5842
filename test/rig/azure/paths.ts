/** What kind of resource a path names. */

export type KindName =
  | "onlineEndpoint"
  | "onlineDeployment"
  | "batchEndpoint"
  | "batchDeployment"
  | "compute"
  | "version"
  | "container"
  | "armDeployment"
  | "autoscaleSetting"
  | "metricAlert"
  | "diagnosticSetting"
  | "queryRule"
  | "roleAssignment"
  | "roleDefinition"
  | "blob";

export interface Place {
  readonly kind: KindName;
  readonly path: string;
  /** What the pattern caught, by name: resourceGroup, workspace, endpoint, deployment, scope, name… */
  readonly parts: Readonly<Record<string, string>>;
}

const GROUP = "/subscriptions/(?<subscription>[^/]+)/resourceGroups/(?<resourceGroup>[^/]+)/providers";
const WORKSPACE = `${GROUP}/Microsoft.MachineLearningServices/workspaces/(?<workspace>[^/]+)`;
const CONTAINER = `${WORKSPACE}/(?<asset>models|codes|environments|data|components)/(?<name>[^/]+)`;

/** Those that may follow any other come first. */
const PATTERNS: readonly (readonly [KindName, RegExp])[] = (
  [
    ["roleAssignment", "(?<scope>/.+)/providers/Microsoft.Authorization/roleAssignments/(?<name>[^/]+)"],
    ["roleDefinition", "(?<scope>/.+)/providers/Microsoft.Authorization/roleDefinitions/(?<name>[^/]+)"],
    ["diagnosticSetting", "(?<scope>/.+)/providers/Microsoft.Insights/diagnosticSettings/(?<name>[^/]+)"],
    ["onlineEndpoint", `${WORKSPACE}/onlineEndpoints/(?<endpoint>[^/]+)`],
    ["onlineDeployment", `${WORKSPACE}/onlineEndpoints/(?<endpoint>[^/]+)/deployments/(?<deployment>[^/]+)`],
    ["batchEndpoint", `${WORKSPACE}/batchEndpoints/(?<endpoint>[^/]+)`],
    ["batchDeployment", `${WORKSPACE}/batchEndpoints/(?<endpoint>[^/]+)/deployments/(?<deployment>[^/]+)`],
    ["compute", `${WORKSPACE}/computes/(?<name>[^/]+)`],
    ["version", `${CONTAINER}/versions/(?<version>[^/]+)`],
    ["container", CONTAINER],
    ["armDeployment", `${GROUP}/Microsoft.Resources/deployments/(?<name>[^/]+)`],
    ["autoscaleSetting", `${GROUP}/Microsoft.Insights/autoscaleSettings/(?<name>[^/]+)`],
    ["queryRule", `${GROUP}/Microsoft.Insights/scheduledQueryRules/(?<name>[^/]+)`],
    ["metricAlert", `${GROUP}/Microsoft.Insights/metricAlerts/(?<name>[^/]+)`],
    ["blob", `${GROUP}/Microsoft.Storage/storageAccounts/(?<account>[^/]+)/blobServices/default/containers/(?<container>[^/]+)/blobs/(?<name>.+)`],
  ] as const
).map(([kind, pattern]) => [kind, new RegExp(`^${pattern}$`, "i")] as const);

export const placeOf = (path: string): Place | undefined => {
  for (const [kind, pattern] of PATTERNS) {
    const match = pattern.exec(path);
    if (match !== null) return { kind, path, parts: match.groups ?? {} };
  }
  return undefined;
};

/** The id of the endpoint in the path of one, or of what lies below it. */
export const endpointOf = (path: string): string | undefined => /^(.+\/(?:online|batch)Endpoints\/[^/]+)(\/|$)/i.exec(path)?.[1];

export const lastOf = (path: string): string => path.split("/").at(-1) ?? "";
