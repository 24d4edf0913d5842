/** The same of batch endpoints and deployments: a row a property of the YAML schemas, and of what azure-native has besides. */
import { azureTarget, batchDeployment } from "../../model/declare.ts";
import type { Row } from "./schema-table.ts";

const blue = (more: object) => ({ deployments: { blue: { ...batchDeployment, ...more } }, defaults: undefined });
const settings = (more: object) => blue({ settings: more });
const azure = (more: object) => blue({ azure: { ...batchDeployment.azure, ...more } });
const cluster = (more: object) => azure({ compute: { create: { name: "cpu", size: "Standard_DS3_v2", ...more } } });
const pipeline = (more: object) => ({ deployments: { blue: { type: "pipeline", component: "azureml:steps:1", ...more } }, defaults: undefined });
const shell = (path: string): readonly [string, string] => ["endpoint", path];
const again = (path: string): readonly [string, string] => ["routing", `properties.parameters.properties.value.${path}`];
const of = (path: string): readonly [string, string] => ["deployment:blue", `properties.${path}`];
const made = (path: string): readonly [string, string] => ["compute:cpu", path];
const workspace = "<endpoint.id up to /batchEndpoints/>";

const endpoint: readonly Row[] = [
  { fact: "3.1", property: "name", written: { name: "credit-risk" }, at: shell("endpointName"), value: "credit-risk" },
  { fact: "3.1", property: "location", written: { target: { ...azureTarget, location: "northeurope" } }, at: shell("location"), value: "northeurope" },
  { fact: "3.1", property: "description", written: { description: "Scores" }, at: shell("properties.description"), value: "Scores" },
  { fact: "3.1", property: "description, again", written: { description: "Scores" }, at: again("description"), value: "Scores" },
  { fact: "3.1", property: "tags", written: { tags: { team: "risk" } }, at: shell("tags"), value: { team: "risk" } },
  { fact: "3.1", property: "tags, again", written: { tags: { team: "risk" } }, at: ["routing", "properties.parameters.tags.value"], value: { team: "risk" } },
  { fact: "3.1", property: "auth_mode", written: { authMode: "aad_token" }, at: shell("properties.authMode"), value: "AADToken" },
  { fact: "3.1", property: "auth_mode, left out", written: {}, at: again("authMode"), value: "AADToken" },
  { fact: "3.1", property: "auth_mode key", written: { authMode: "key" }, refused: ["authMode", /Microsoft Entra alone.*got "key"/] },
  { fact: "3.1", property: "auth_mode aml_token", written: { authMode: "aml_token" }, refused: ["authMode", /Microsoft Entra alone.*got "aml_token"/] },
  { fact: "3.1", property: "keys", written: { auth: { existingSecret: "keys" } }, refused: ["auth.existingSecret", /no keys/] },
  { fact: "3.1", property: "defaults.deployment_name", written: {}, at: again("defaults"), value: { deploymentName: "blue" } },
  { fact: "3.1", property: "defaults, before the deployments", written: {}, at: shell("properties.defaults"), value: undefined },
  { fact: "3.1", property: "properties", written: { azure: { properties: { a: "b" } } }, at: shell("properties.properties"), value: { a: "b" } },
  { fact: "3.1", property: "identity", written: { azure: { identity: {} } }, refused: ["azure", /unknown key "identity"/] },
];

const model: readonly Row[] = [
  { fact: "3.2", property: "type", written: blue({ type: "model" }), at: of("deploymentConfiguration"), value: undefined },
  { fact: "3.2", property: "model", written: {}, at: of("model"), value: { assetId: `${workspace}/models/wine/versions/1`, referenceType: "Id" } },
  { fact: "3.2", property: "model of a registry", written: blue({ model: "azureml://registries/r/models/m/versions/1" }), refused: ["deployments.blue.model", /registry/] },
  { fact: "3.2", property: "code_configuration.code", written: {}, at: of("codeConfiguration.codeId"), value: `${workspace}/codes/wine/versions/1` },
  { fact: "3.2", property: "code_configuration.scoring_script", written: {}, at: of("codeConfiguration.scoringScript"), value: "score.py" },
  { fact: "3.2", property: "environment", written: {}, at: of("environmentId"), value: `${workspace}/environments/wine/versions/1` },
  { fact: "3.2", property: "compute", written: {}, at: of("compute"), value: `${workspace}/computes/cpu` },
  { fact: "3.2", property: "compute by id", written: azure({ compute: "/subscriptions/s/computes/aks" }), at: of("compute"), value: "/subscriptions/s/computes/aks" },
  { fact: "3.2", property: "compute, left out", written: azure({ compute: undefined }), refused: ["deployments.blue.azure.compute", /jobs need compute/] },
  { fact: "3.2", property: "compute, made", written: cluster({}), at: of("compute"), value: "<compute:cpu.id>" },
  { fact: "3.2", property: "resources.instance_count", written: blue({ resources: { instanceCount: 4 } }), at: of("resources.instanceCount"), value: 4 },
  { fact: "3.2", property: "resources.instance_type", written: azure({ instanceType: "gpu" }), at: of("resources.instanceType"), value: "gpu" },
  { fact: "3.2", property: "resources.instance_type of a cluster that is made", written: blue({ azure: { compute: { create: { name: "cpu", size: "s" } }, instanceType: "gpu" } }), refused: ["deployments.blue.azure.instanceType", /Kubernetes compute's/] },
  { fact: "3.2", property: "more instances than nodes", written: { ...cluster({ maxInstances: 2 }), deployments: { blue: { ...batchDeployment, resources: { instanceCount: 3 }, azure: { compute: { create: { name: "cpu", size: "s", maxInstances: 2 } } } } } }, refused: ["deployments.blue.resources.instanceCount", /wait for ever.*2 nodes at most; got 3/] },
  { fact: "3.2", property: "settings.max_concurrency_per_instance", written: settings({ maxConcurrencyPerInstance: 2 }), at: of("maxConcurrencyPerInstance"), value: 2 },
  { fact: "3.2", property: "settings.mini_batch_size", written: settings({ miniBatchSize: 5 }), at: of("miniBatchSize"), value: 5 },
  { fact: "3.2", property: "settings.error_threshold", written: settings({ errorThreshold: 0 }), at: of("errorThreshold"), value: 0 },
  { fact: "3.2", property: "settings.output_action", written: settings({ outputAction: "summary_only" }), at: of("outputAction"), value: "SummaryOnly" },
  { fact: "3.2", property: "settings.output_file_name", written: settings({ outputFileName: "wine.csv" }), at: of("outputFileName"), value: "wine.csv" },
  { fact: "3.2", property: "settings.output_file_name of none", written: settings({ outputAction: "summary_only" }), at: of("outputFileName"), value: undefined },
  { fact: "3.2", property: "settings.retry_settings", written: settings({ retrySettings: { maxRetries: 0, timeout: 300 } }), at: of("retrySettings"), value: { maxRetries: 0, timeout: "PT300S" } },
  { fact: "3.2", property: "settings.logging_level", written: settings({ loggingLevel: "debug" }), at: of("loggingLevel"), value: "Debug" },
  { fact: "3.2", property: "settings.environment_variables", written: settings({ environmentVariables: { A: "b" } }), at: of("environmentVariables"), value: { A: "b" } },
  { fact: "2.6", property: "settings.environment_variables, secrets", written: settings({ environmentVariables: { A: "${{keyvault:https://v}}" } }), refused: ["deployments.blue.settings.environmentVariables.A", /online deployments alone/] },
  { fact: "3.5", property: "settings.partition_rows", written: settings({ partitionRows: 100 }), refused: ["deployments.blue.settings.partitionRows", /never splits a file/] },
  { fact: "3.2", property: "description", written: blue({ description: "One" }), at: of("description"), value: "One" },
  { fact: "3.2", property: "tags", written: { tags: { a: "b" }, ...blue({ tags: { c: "d" } }) }, at: ["deployment:blue", "tags"], value: { a: "b", c: "d" } },
  { fact: "3.2", property: "properties", written: azure({ properties: { a: "b" } }), at: of("properties"), value: { a: "b" } },
];

const compute: readonly Row[] = [
  { fact: "3.2", property: "compute.create.name", written: cluster({}), at: made("computeName"), value: "cpu" },
  { fact: "3.2", property: "compute.create.size", written: cluster({}), at: made("properties.properties.vmSize"), value: "Standard_DS3_v2" },
  { fact: "3.2", property: "compute.create, nodes", written: cluster({ maxInstances: 8, idleTimeBeforeScaleDown: 60 }), at: made("properties.properties.scaleSettings"), value: { maxNodeCount: 8, minNodeCount: 0, nodeIdleTimeBeforeScaleDown: "PT60S" } },
  { fact: "3.8", property: "compute.create.tier", written: cluster({ tier: "low_priority" }), at: made("properties.properties.vmPriority"), value: "LowPriority" },
  { fact: "3.2", property: "compute.create.subnet", written: cluster({ subnet: "/subnet" }), at: made("properties.properties.subnet"), value: { id: "/subnet" } },
  { fact: "3.2", property: "compute.create.enableNodePublicIp", written: cluster({ enableNodePublicIp: false }), at: made("properties.properties.enableNodePublicIp"), value: false },
  { fact: "3.4", property: "compute.create.identity", written: cluster({ identity: { type: "user_assigned", userAssignedIdentities: ["/identity"] } }), at: made("identity"), value: { type: "UserAssigned", userAssignedIdentities: ["/identity"] } },
  { fact: "3.2", property: "compute.create, logins", written: cluster({}), at: made("properties.properties.remoteLoginPortPublicAccess"), value: "Disabled" },
  { fact: "3.2", property: "compute.create, local accounts", written: cluster({}), at: made("properties.disableLocalAuth"), value: true },
  { fact: "3.2", property: "compute.create, tags", written: { ...cluster({}), tags: { a: "b" } }, at: made("tags"), value: { a: "b" } },
];

const steps: readonly Row[] = [
  { fact: "3.3", property: "component", written: pipeline({}), at: of("deploymentConfiguration.componentId"), value: { assetId: `${workspace}/components/steps/versions/1`, referenceType: "Id" } },
  { fact: "3.3", property: "type", written: pipeline({}), at: of("deploymentConfiguration.deploymentConfigurationType"), value: "PipelineComponent" },
  { fact: "3.3", property: "settings.continue_on_step_failure", written: pipeline({ settings: { continueOnStepFailure: true } }), at: of("deploymentConfiguration.settings.continue_on_step_failure"), value: "true" },
  { fact: "3.3", property: "settings.continue_on_step_failure, left out", written: pipeline({}), at: of("deploymentConfiguration.settings.continue_on_step_failure"), value: "false" },
  { fact: "3.3", property: "settings.force_rerun", written: pipeline({ azure: { forceRerun: true } }), at: of("deploymentConfiguration.settings.force_rerun"), value: "true" },
  { fact: "3.3", property: "settings.default_compute", written: pipeline({ azure: { compute: "azureml:cpu" } }), at: of("deploymentConfiguration.settings.default_compute"), value: "cpu" },
  { fact: "3.3", property: "settings.default_datastore", written: pipeline({ azure: { defaultDatastore: "steps" } }), at: of("deploymentConfiguration.settings.default_datastore"), value: "steps" },
  { fact: "3.3", property: "description", written: pipeline({ description: "Steps" }), at: of("deploymentConfiguration.description"), value: "Steps" },
  { fact: "3.3", property: "tags", written: pipeline({ tags: { a: "b" } }), at: of("deploymentConfiguration.tags"), value: { a: "b" } },
  { fact: "3.3", property: "job_definition", written: pipeline({ jobDefinition: "azureml:job" }), refused: ["deployments.blue", /unknown key "jobDefinition"/] },
];

export const BATCH_TABLE: readonly Row[] = [...endpoint, ...model, ...compute, ...steps];

/** Properties of azure-native's interfaces that no program can say, by `Interface.property`: what they mean is in the facts, or is nothing for batch. */
export const BATCH_UNUSED: readonly string[] = [
  "BatchEndpointArgs.identity",
  "BatchEndpointArgs.kind",
  "BatchEndpointArgs.sku",
  "BatchEndpointPropertiesArgs.keys",
  "BatchDeploymentArgs.identity",
  "BatchDeploymentArgs.kind",
  "BatchDeploymentArgs.sku",
  "DeploymentResourceConfigurationArgs.properties",
  "ComputeArgs.sku",
  "AmlComputeArgs.computeLocation",
  "AmlComputeArgs.description",
  "AmlComputeArgs.resourceId",
  "AmlComputePropertiesArgs.isolatedNetwork",
  "AmlComputePropertiesArgs.osType",
  "AmlComputePropertiesArgs.propertyBag",
  "AmlComputePropertiesArgs.userAccountCredentials",
  "AmlComputePropertiesArgs.virtualMachineImage",
];
