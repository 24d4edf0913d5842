/**
 * The YAML schemas of online endpoints and deployments, and what azure-native has besides: a row a property, with the section of the facts about Azure
 * Machine Learning that it comes from. A row says what a program writes, and where that goes, or how it is refused.
 */
import { azureTarget, deployment } from "../../model/declare.ts";

/** What becomes of a property. */
export type Row = Compiled | Refused;

interface Property {
  /** Section of the facts. */
  readonly fact: string;
  /** The property in the YAML schema; in ARM's words where YAML has none. */
  readonly property: string;
  /** What is written, over a sound endpoint. */
  readonly written: object;
}

interface Compiled extends Property {
  /** The resource of the plan, and the path of the property in its inputs. */
  readonly at: readonly [resource: string, path: string];
  /** What is there; nodes of late values as text. */
  readonly value: unknown;
}

interface Refused extends Property {
  /** Where and with which words. */
  readonly refused: readonly [path: string, message: RegExp];
}

const blue = (more: object) => ({ deployments: { blue: { ...deployment, ...more } } });
const onBlue = (azure: object) => blue({ azure: { ...deployment.azure, ...azure } });
const cluster = (azure: object) => ({ azure: { compute: "/subscriptions/s/computes/aks" }, deployments: { blue: { ...deployment, azure } } });
const body = (path: string): readonly [string, string] => ["endpoint", `properties.${path}`];
const again = (path: string): readonly [string, string] => ["routing", `properties.parameters.properties.value.${path}`];
const of = (path: string): readonly [string, string] => ["deployment:blue", `properties.${path}`];
const user = { type: "user_assigned", userAssignedIdentities: [{ resourceId: "/identity" }] };
const script = { code: "azureml:code:1", scoringScript: "score.py" };
const route = (path: string) => ({ path, port: 8080 });
const routes = { livenessRoute: route("/live"), readinessRoute: route("/ready"), scoringRoute: route("/score"), startupRoute: route("/start") };
const container = (more: object = {}) => blue({ environment: { image: "server:1", inferenceConfig: routes }, ...more });
const workspace = "<endpoint.id up to /onlineEndpoints/>";
const collected = (collection: object, more: object = {}) => blue({ dataCollector: { collections: { request: collection }, ...more } });

const endpoint: readonly Row[] = [
  { fact: "1.1", property: "$schema", written: { $schema: "https://…" }, refused: ["", /unknown key "\$schema"/] },
  { fact: "1.1", property: "name", written: { name: "credit-risk" }, at: ["endpoint", "endpointName"], value: "credit-risk" },
  { fact: "1.1", property: "location", written: { target: { ...azureTarget, location: "northeurope" } }, at: ["endpoint", "location"], value: "northeurope" },
  { fact: "1.1", property: "description", written: { description: "d" }, at: body("description"), value: "d" },
  { fact: "1.1", property: "description, again", written: { description: "d" }, at: again("description"), value: "d" },
  { fact: "1.1", property: "tags", written: { tags: { a: "b" } }, at: ["endpoint", "tags"], value: { a: "b" } },
  { fact: "1.1", property: "tags, again", written: { tags: { a: "b" } }, at: ["routing", "properties.parameters.tags.value"], value: { a: "b" } },
  { fact: "1.1", property: "auth_mode: key", written: { authMode: "key" }, at: body("authMode"), value: "Key" },
  { fact: "1.1", property: "auth_mode: aml_token", written: { authMode: "aml_token" }, at: body("authMode"), value: "AMLToken" },
  { fact: "1.1", property: "auth_mode: aad_token", written: { authMode: "aad_token" }, at: again("authMode"), value: "AADToken" },
  { fact: "1.1", property: "compute", written: cluster({}), at: body("compute"), value: "/subscriptions/s/computes/aks" },
  { fact: "1.1", property: "identity.type", written: {}, at: ["endpoint", "identity.type"], value: "SystemAssigned" },
  // The enum of azure-native is every Azure resource's; the documentation of online endpoints has one kind or the other, and so have the YAML schema and Microsoft's client.
  { fact: "1.1", property: "identity.type: both", written: { azure: { identity: { type: "system_assigned,user_assigned" } } }, refused: ["azure.identity.type", /expected "system_assigned" or "user_assigned"/] },
  { fact: "1.1", property: "identity.user_assigned_identities", written: { azure: { identity: user } }, at: ["endpoint", "identity.userAssignedIdentities"], value: ["/identity"] },
  { fact: "1.1", property: "identity, again", written: { azure: { identity: user } }, at: ["routing", "properties.parameters.identity.value"], value: { type: "UserAssigned", userAssignedIdentities: { "/identity": {} } } },
  { fact: "1.1", property: "traffic", written: { traffic: { blue: 90, green: 10 } }, at: again("traffic"), value: { blue: 90, green: 10 } },
  { fact: "1.1", property: "mirror_traffic", written: { traffic: { blue: 100 }, mirrorTraffic: { green: 5 } }, at: again("mirrorTraffic"), value: { green: 5 } },
  { fact: "1.1", property: "public_network_access", written: { azure: { publicNetworkAccess: "disabled" } }, at: again("publicNetworkAccess"), value: "Disabled" },
  { fact: "1.1", property: "properties", written: { azure: { properties: { a: "b" } } }, at: body("properties"), value: { a: "b" } },
  { fact: "1.1", property: "keys", written: { auth: { keys: { primaryKey: "a", secondaryKey: "b" } } }, refused: ["auth.keys", /Azure makes an endpoint's keys itself/] },
  { fact: "1.1", property: "kind", written: { kind: "Managed" }, refused: ["kind", /expected "online"/] },
  { fact: "1.1", property: "sku", written: { sku: { name: "Default" } }, refused: ["", /unknown key "sku"/] },
];

const general: readonly Row[] = [
  { fact: "2.1", property: "name", written: {}, at: ["deployment:blue", "deploymentName"], value: "blue" },
  { fact: "2.1", property: "endpoint_name", written: { name: "credit-risk" }, at: ["deployment:blue", "endpointName"], value: "credit-risk" },
  { fact: "2.1", property: "type: managed", written: {}, at: of("endpointComputeType"), value: "Managed" },
  { fact: "2.1", property: "type: kubernetes", written: cluster({}), at: of("endpointComputeType"), value: "Kubernetes" },
  { fact: "2.1", property: "description", written: blue({ description: "d" }), at: of("description"), value: "d" },
  { fact: "2.1", property: "tags", written: blue({ tags: { a: "b" } }), at: ["deployment:blue", "tags"], value: { a: "b" } },
  { fact: "2.1", property: "instance_type", written: {}, at: of("instanceType"), value: "Standard_DS3_v2" },
  { fact: "2.1", property: "instance_type of a cluster", written: cluster({ instanceType: "small" }), at: of("instanceType"), value: "small" },
  { fact: "2.1", property: "instance_count", written: blue({ instanceCount: 4 }), at: ["deployment:blue", "sku"], value: { capacity: 4, name: "Default" } },
  { fact: "2.1", property: "app_insights_enabled", written: onBlue({ appInsightsEnabled: true }), at: of("appInsightsEnabled"), value: true },
  { fact: "2.1", property: "egress_public_network_access", written: blue({ egressPublicNetworkAccess: "disabled" }), at: of("egressPublicNetworkAccess"), value: "Disabled" },
  { fact: "2.1", property: "properties", written: onBlue({ properties: { a: "b" } }), at: of("properties"), value: { a: "b" } },
  { fact: "2.1", property: "environment_variables", written: blue({ environmentVariables: { A: "b" } }), at: of("environmentVariables"), value: { A: "b" } },
  { fact: "2.6", property: "environment_variables: a connection", written: blue({ environmentVariables: { A: "${{azureml://connections/c/credentials/key}}" } }), at: of("environmentVariables.A"), value: "${{azureml://connections/c/credentials/key}}" },
  { fact: "2.6", property: "environment_variables: a vault", written: blue({ environmentVariables: { A: "${{keyvault:https://v.vault.azure.net/secrets/s/1}}" } }), at: of("environmentVariables.A"), value: "${{keyvault:https://v.vault.azure.net/secrets/s/1}}" },
  { fact: "2.6", property: "environment_variables: a vault without version", written: blue({ environmentVariables: { A: "${{keyvault:https://v.vault.azure.net/secrets/s}}" } }), refused: ["deployments.blue.environmentVariables.A", /secrets\/<secret>\/<version>/] },
];

const sources: readonly Row[] = [
  { fact: "2.1", property: "model: azureml:<name>:<version>", written: blue({ model: "azureml:wine:1" }), at: of("model"), value: `${workspace}/models/wine/versions/1` },
  { fact: "2.1", property: "model: an id", written: blue({ model: "/subscriptions/s/models/m/versions/1" }), at: of("model"), value: "/subscriptions/s/models/m/versions/1" },
  { fact: "2.1", property: "model of a registry", written: blue({ model: "azureml://registries/r/models/m/versions/1" }), at: of("model"), value: "azureml://registries/r/models/m/versions/1" },
  { fact: "2.1", property: "model: @latest", written: blue({ model: "azureml:wine@latest" }), refused: ["deployments.blue.model", /fixed version; nothing would notice when a label such as @latest moves/] },
  { fact: "2.1", property: "inline model: path", written: blue({ model: { path: "https://x/m", type: "mlflow_model", name: "m", version: "2" } }), at: ["model:m/2", "properties.modelUri"], value: "https://x/m" },
  { fact: "2.1", property: "inline model: type", written: blue({ model: { path: "https://x/m", type: "mlflow_model", name: "m", version: "2" } }), at: ["model:m/2", "properties.modelType"], value: "mlflow_model" },
  { fact: "2.1", property: "inline model: name", written: blue({ model: { path: "https://x/m", type: "mlflow_model", name: "m", version: "2" } }), at: ["model:m/2", "name"], value: "m" },
  { fact: "2.1", property: "inline model: version", written: blue({ model: { path: "https://x/m", type: "mlflow_model", name: "m", version: "2" } }), at: ["model:m/2", "version"], value: "2" },
  { fact: "2.1", property: "model_mount_path", written: container({ modelMountPath: "/models" }), at: of("modelMountPath"), value: "/models" },
  { fact: "2.5", property: "model_mount_path of a registered container", written: blue({ modelMountPath: "/models", azure: { ...deployment.azure, environment: "azureml:e:1" } }), at: of("modelMountPath"), value: "/models" },
  { fact: "2.1", property: "code_configuration.code", written: blue({ codeConfiguration: script, azure: { ...deployment.azure, environment: "azureml:e:1" } }), at: of("codeConfiguration.codeId"), value: `${workspace}/codes/code/versions/1` },
  { fact: "2.1", property: "code_configuration.scoring_script", written: blue({ codeConfiguration: script, azure: { ...deployment.azure, environment: "azureml:e:1" } }), at: of("codeConfiguration.scoringScript"), value: "score.py" },
  { fact: "2.1", property: "environment: azureml:<name>:<version>", written: onBlue({ environment: "azureml:e:3" }), at: of("environmentId"), value: `${workspace}/environments/e/versions/3` },
  { fact: "2.1", property: "environment of a registry", written: onBlue({ environment: "azureml://registries/r/environments/e/versions/1" }), at: of("environmentId"), value: "azureml://registries/r/environments/e/versions/1" },
  { fact: "2.1", property: "environment: @latest", written: onBlue({ environment: "azureml:e@latest" }), refused: ["deployments.blue.azure.environment", /@latest moves/] },
  { fact: "2.1", property: "inline environment: image", written: container(), at: ["environment:blue", "properties.image"], value: "server:1" },
  { fact: "2.1", property: "inline environment: inference_config", written: container(), at: ["environment:blue", "properties.inferenceConfig"], value: routes },
  { fact: "2.1", property: "inline environment: build", written: blue({ environment: { build: { path: "." } } }), refused: ["deployments.blue.environment", /^build is Azure.s own build .* register the environment/] },
];

const requests: readonly Row[] = [
  { fact: "2.1", property: "request_settings.request_timeout_ms", written: blue({ requestSettings: { requestTimeoutMs: 90_000 } }), at: of("requestSettings.requestTimeout"), value: "PT90S" },
  { fact: "2.1", property: "request_settings.max_concurrent_requests_per_instance", written: blue({ requestSettings: { maxConcurrentRequestsPerInstance: 8 } }), at: of("requestSettings.maxConcurrentRequestsPerInstance"), value: 8 },
  { fact: "2.1", property: "request_settings.max_queue_wait_ms", written: blue({ requestSettings: { maxQueueWaitMs: 250 } }), at: of("requestSettings.maxQueueWait"), value: "PT0.25S" },
  ...["liveness", "readiness", "startup"].map((kind): Row => ({
    fact: "2.2",
    property: `${kind}_probe`,
    written: blue({ [`${kind}Probe`]: { initialDelay: 11, period: 12, timeout: 3, successThreshold: kind === "readiness" ? 2 : 1, failureThreshold: 4 } }),
    at: of(`${kind}Probe`),
    value: { failureThreshold: 4, initialDelay: "PT11S", period: "PT12S", successThreshold: kind === "readiness" ? 2 : 1, timeout: "PT3S" },
  })),
  { fact: "2.2", property: "liveness_probe.success_threshold", written: blue({ livenessProbe: { successThreshold: 2 } }), refused: ["deployments.blue.livenessProbe.successThreshold", /expected 1 to 1 successes/] },
];

const scaling: readonly Row[] = [
  { fact: "2.1", property: "scale_settings.type: default", written: onBlue({ scaleSettings: { type: "default" } }), at: of("scaleSettings"), value: { scaleType: "Default" } },
  {
    fact: "2.1",
    property: "scale_settings.type: target_utilization, with all its fields",
    written: cluster({ scaleSettings: { type: "target_utilization", minInstances: 2, maxInstances: 5, targetUtilizationPercentage: 60, pollingInterval: 10 } }),
    at: of("scaleSettings"),
    value: { maxInstances: 5, minInstances: 2, pollingInterval: "PT10S", scaleType: "TargetUtilization", targetUtilizationPercentage: 60 },
  },
  {
    fact: "9.3",
    property: "resources",
    written: cluster({ resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "2", memory: "2Gi", "nvidia.com/gpu": "1" } } }),
    at: of("containerResourceRequirements"),
    value: { containerResourceLimits: { cpu: "2", gpu: "1", memory: "2Gi" }, containerResourceRequests: { cpu: "1", memory: "1Gi" } },
  },
];

const collection: readonly Row[] = [
  { fact: "2.4", property: "data_collector.sampling_rate", written: collected({}, { samplingRate: 0.5 }), at: of("dataCollector.collections.request.samplingRate"), value: 0.5 },
  { fact: "2.4", property: "data_collector.rolling_rate", written: collected({}, { rollingRate: "minute" }), at: of("dataCollector.rollingRate"), value: "Minute" },
  { fact: "2.4", property: "data_collector.collections.enabled", written: collected({ enabled: false }), at: of("dataCollector.collections.request.dataCollectionMode"), value: "Disabled" },
  { fact: "2.4", property: "data_collector.collections.data", written: collected({ data: "azureml:seen:1" }), at: of("dataCollector.collections.request.dataId"), value: `${workspace}/data/seen/versions/1` },
  { fact: "2.4", property: "data_collector.collections.data.name", written: collected({ data: { name: "seen" } }), at: ["data:blue:request", "name"], value: "seen" },
  { fact: "2.4", property: "data_collector.collections.data.path", written: collected({ data: { path: "azureml://d" } }), at: ["data:blue:request", "properties"], value: { dataType: "uri_folder", dataUri: "azureml://d", tags: {} } },
  { fact: "2.4", property: "data_collector.collections.data.version", written: collected({ data: { version: "7" } }), at: ["data:blue:request", "version"], value: "7" },
  { fact: "2.4", property: "data_collector.collections.clientId", written: collected({ clientId: "c" }), at: of("dataCollector.collections.request.clientId"), value: "c" },
  { fact: "2.4", property: "data_collector.request_logging.capture_headers", written: collected({}, { requestLogging: { captureHeaders: ["x-a"] } }), at: of("dataCollector.requestLogging.captureHeaders"), value: ["x-a"] },
];

/** Every property. */
export const TABLE: readonly Row[] = [...endpoint, ...general, ...sources, ...requests, ...scaling, ...collection];

/** What azure-native's classes have that no YAML schema has, and no example of the service uses (1.1): it is not sent. */
export const UNUSED: readonly string[] = ["OnlineEndpointArgs.kind", "OnlineEndpointArgs.sku", "OnlineDeploymentArgs.identity", "OnlineDeploymentArgs.kind", "SkuArgs.family", "SkuArgs.size", "SkuArgs.tier"];
