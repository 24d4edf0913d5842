/** The resource types of azure-native that the rig has: where they lie, and what of their inputs goes where. */

export interface ResourceType {
  /** With `{parameters}`, which are inputs of the same names. */
  readonly path: string;
  readonly apiVersion: string;
  /** What is named if the program does not: by the logical name, with or without eight random digits, or by a random GUID. */
  readonly autoname?: { readonly property: string; readonly how: "copy" | "random" | "uuid" };
  /** Inputs that stand at the top of the body. */
  readonly top: readonly string[];
  /** Inputs that azure-native takes out of the body's `properties`. */
  readonly flat: readonly string[];
  /** Outputs are taken out likewise. */
  readonly flatOutputs: boolean;
  /** Inputs that must be there. */
  readonly required: readonly string[];
  /** Inputs whose change replaces, besides the path's. */
  readonly replaces: readonly string[];
  /** Outputs that are no inputs, which a preview does not know. */
  readonly readOnly: readonly string[];
}

const GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers";
const WORKSPACE = `${GROUP}/Microsoft.MachineLearningServices/workspaces/{workspaceName}`;
const TRACKED = ["identity", "kind", "location", "properties", "sku", "tags"];
const ML = { apiVersion: "2025-12-01", flat: [], flatOutputs: false } as const;

const version = (collection: string): ResourceType => ({
  ...ML,
  path: `${WORKSPACE}/${collection}/{name}/versions/{version}`,
  autoname: { property: "version", how: "copy" },
  top: ["properties"],
  required: ["name", "properties", "resourceGroupName", "workspaceName"],
  replaces: [],
  readOnly: ["properties.provisioningState", "type"],
});

const MACHINE_LEARNING: Readonly<Record<string, ResourceType>> = {
  OnlineEndpoint: {
    ...ML,
    path: `${WORKSPACE}/onlineEndpoints/{endpointName}`,
    autoname: { property: "endpointName", how: "random" },
    top: TRACKED,
    required: ["location", "properties", "properties.authMode", "resourceGroupName", "workspaceName"],
    replaces: ["location"],
    readOnly: ["identity.principalId", "identity.tenantId", "name", "properties.provisioningState", "properties.scoringUri", "properties.swaggerUri", "type"],
  },
  OnlineDeployment: {
    ...ML,
    path: `${WORKSPACE}/onlineEndpoints/{endpointName}/deployments/{deploymentName}`,
    autoname: { property: "deploymentName", how: "copy" },
    top: TRACKED,
    required: ["endpointName", "location", "properties", "resourceGroupName", "workspaceName"],
    replaces: ["location"],
    readOnly: ["name", "properties.provisioningState", "type"],
  },
  BatchEndpoint: {
    ...ML,
    path: `${WORKSPACE}/batchEndpoints/{endpointName}`,
    autoname: { property: "endpointName", how: "random" },
    top: TRACKED,
    required: ["location", "properties", "properties.authMode", "resourceGroupName", "workspaceName"],
    replaces: ["location"],
    readOnly: ["name", "properties.provisioningState", "properties.scoringUri", "properties.swaggerUri", "type"],
  },
  BatchDeployment: {
    ...ML,
    path: `${WORKSPACE}/batchEndpoints/{endpointName}/deployments/{deploymentName}`,
    autoname: { property: "deploymentName", how: "copy" },
    top: TRACKED,
    required: ["endpointName", "location", "properties", "resourceGroupName", "workspaceName"],
    replaces: ["location"],
    readOnly: ["name", "properties.provisioningState", "type"],
  },
  Compute: {
    ...ML,
    path: `${WORKSPACE}/computes/{computeName}`,
    autoname: { property: "computeName", how: "random" },
    top: ["identity", "location", "properties", "sku", "tags"],
    required: ["resourceGroupName", "workspaceName"],
    replaces: ["location"],
    readOnly: ["identity.principalId", "identity.tenantId", "name", "properties.provisioningState", "type"],
  },
  ModelVersion: version("models"),
  CodeVersion: version("codes"),
  EnvironmentVersion: version("environments"),
  DataVersion: version("data"),
  ComponentVersion: version("components"),
};

const DEPLOYMENT: ResourceType = {
  path: `${GROUP}/Microsoft.Resources/deployments/{deploymentName}`,
  apiVersion: "2024-03-01",
  autoname: { property: "deploymentName", how: "random" },
  top: ["location", "properties", "tags"],
  flat: [],
  flatOutputs: false,
  required: ["properties", "properties.mode", "resourceGroupName"],
  replaces: ["location"],
  readOnly: ["name", "properties.correlationId", "properties.outputResources", "properties.outputs", "properties.provisioningState", "type"],
};

const ROLE_ASSIGNMENT: ResourceType = {
  path: "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
  apiVersion: "2022-04-01",
  autoname: { property: "roleAssignmentName", how: "uuid" },
  top: [],
  flat: ["condition", "conditionVersion", "delegatedManagedIdentityResourceId", "description", "principalId", "principalType", "roleDefinitionId"],
  flatOutputs: true,
  required: ["principalId", "roleDefinitionId", "scope"],
  replaces: ["principalId"],
  readOnly: ["createdBy", "name", "type", "updatedBy"],
};

const ROLE_DEFINITION: ResourceType = {
  path: "/{scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}",
  apiVersion: "2022-05-01-preview",
  autoname: { property: "roleDefinitionId", how: "uuid" },
  top: [],
  flat: ["assignableScopes", "description", "permissions", "roleName", "roleType"],
  flatOutputs: true,
  required: ["scope"],
  replaces: [],
  readOnly: ["createdBy", "name", "type", "updatedBy"],
};

const AUTOSCALE_SETTING: ResourceType = {
  path: `${GROUP}/Microsoft.Insights/autoscaleSettings/{autoscaleSettingName}`,
  apiVersion: "2021-05-01-preview",
  autoname: { property: "autoscaleSettingName", how: "random" },
  top: ["location", "tags"],
  flat: ["enabled", "name", "notifications", "predictiveAutoscalePolicy", "profiles", "targetResourceLocation", "targetResourceUri"],
  flatOutputs: false,
  required: ["location", "profiles", "resourceGroupName"],
  replaces: ["location"],
  readOnly: ["name", "properties", "type"],
};

const DIAGNOSTIC_SETTING: ResourceType = {
  path: "/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
  apiVersion: "2021-05-01-preview",
  autoname: { property: "name", how: "random" },
  top: [],
  flat: ["eventHubAuthorizationRuleId", "eventHubName", "logAnalyticsDestinationType", "logs", "marketplacePartnerId", "metrics", "serviceBusRuleId", "storageAccountId", "workspaceId"],
  flatOutputs: true,
  required: ["resourceUri"],
  replaces: [],
  readOnly: ["type"],
};

const METRIC_ALERT: ResourceType = {
  path: `${GROUP}/Microsoft.Insights/metricAlerts/{ruleName}`,
  apiVersion: "2018-03-01",
  autoname: { property: "ruleName", how: "random" },
  top: ["location", "tags"],
  flat: ["actions", "autoMitigate", "criteria", "description", "enabled", "evaluationFrequency", "scopes", "severity", "targetResourceRegion", "targetResourceType", "windowSize"],
  flatOutputs: true,
  required: ["criteria", "enabled", "evaluationFrequency", "location", "resourceGroupName", "scopes", "severity", "windowSize"],
  replaces: ["location"],
  readOnly: ["name", "type"],
};

const QUERY_RULE: ResourceType = {
  ...METRIC_ALERT,
  path: `${GROUP}/Microsoft.Insights/scheduledQueryRules/{ruleName}`,
  apiVersion: "2025-01-01-preview",
  top: ["identity", "kind", "location", "tags"],
  flat: ["actions", "autoMitigate", "criteria", "description", "displayName", "enabled", "evaluationFrequency", "muteActionsDuration", "overrideQueryTimeRange", "scopes", "severity", "skipQueryValidation", "targetResourceTypes", "windowSize"],
  required: ["location", "resourceGroupName"],
};

const BLOB: ResourceType = {
  path: `${GROUP}/Microsoft.Storage/storageAccounts/{accountName}/blobServices/default/containers/{containerName}/blobs/{blobName}`,
  apiVersion: "",
  autoname: { property: "blobName", how: "copy" },
  top: ["accessTier", "contentMd5", "contentType", "metadata", "source", "type"],
  flat: [],
  flatOutputs: false,
  required: ["accountName", "containerName", "resourceGroupName"],
  replaces: ["contentMd5", "source", "type"],
  readOnly: ["name", "url"],
};

const BY_MODULE: Readonly<Record<string, Readonly<Record<string, ResourceType>>>> = {
  machinelearningservices: MACHINE_LEARNING,
  resources: { Deployment: DEPLOYMENT },
  authorization: { RoleAssignment: ROLE_ASSIGNMENT, RoleDefinition: ROLE_DEFINITION },
  monitor: { AutoscaleSetting: AUTOSCALE_SETTING, DiagnosticSetting: DIAGNOSTIC_SETTING, MetricAlert: METRIC_ALERT, ScheduledQueryRule: QUERY_RULE },
  storage: { Blob: BLOB },
};

/** Tokens without the package: `storage:Blob`. */
export const TOKENS: readonly string[] = Object.entries(BY_MODULE).flatMap(([module, types]) => Object.keys(types).map((name) => `${module}:${name}`));

/** By token: `azure-native:storage:Blob`, with or without a version of the API in it. */
export const typeOf = (token: string): ResourceType => {
  const [, module = "", name = ""] = token.split(":");
  const found = BY_MODULE[module.split("/")[0] ?? ""]?.[name];
  if (found === undefined) throw new Error(`the simulated azure-native has no resource type '${token}'`);
  return found;
};

/** The parameters of a path. */
export const parametersOf = ({ path }: ResourceType): readonly string[] => [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? "");
