/**
 * What the simulated service knows, sentence by sentence, with the paragraph of the facts that says so: "ML" is azure-ml.md, "AP" is
 * azure-with-pulumi.md. A refusal prints its rule.
 */

export interface Rule {
  readonly number: number;
  readonly fact: string;
  readonly says: string;
}

const rule = (number: number, fact: string, says: string): Rule => ({ number, fact, says });

export const RULES = {
  name: rule(1, "ML §1.2", "names have 3 to 32 letters, digits and single dashes, and begin with a letter"),
  regionalName: rule(2, "ML §1.2", "a managed endpoint's name is unique in its region"),
  location: rule(3, "ML §1.1, §2.8", "endpoint and deployment need the workspace's location"),
  authMode: rule(4, "ML §1.1, §1.5, §9.5", "authMode is Key, AMLToken or AADToken, and not AADToken on Kubernetes compute"),
  identity: rule(5, "ML §1.1", "the identity of an endpoint cannot change once it exists"),
  identityList: rule(6, "ML §8.5 (7)", "a user-assigned identity needs the list of identities"),
  secretStores: rule(7, "ML §1.6", "enforce_access_to_default_secret_stores is for system-assigned identities"),
  compute: rule(8, "ML §1.1", "the compute of an endpoint cannot change"),
  addOnly: rule(9, "ML §1.1, §2.1", "entries of properties.properties may be added, never removed or altered"),
  putReplaces: rule(10, "ML §1.1, AP §1.2", "PUT replaces the body: traffic that is not in it is gone"),
  scoringRoute: rule(11, "ML §1.7", "the path of a scoring URI follows the scoring route of a custom container, once its deployment is there"),

  trafficSum: rule(20, "ML §1.3", "traffic is whole percents from 0 to 100 that sum to 0 or 100"),
  trafficUnknown: rule(21, "ML §1.3, AP §1.1", "traffic may name only deployments that exist"),
  mirrorOne: rule(22, "ML §1.4", "mirror traffic goes to one deployment, at most 50 percent"),
  mirrorManaged: rule(23, "ML §1.4", "mirror traffic is for managed endpoints"),
  mirrorLive: rule(24, "ML §1.4", "a deployment has live or mirrored traffic, never both"),
  endpointPatch: rule(25, "AP §1.1", "PATCH of an endpoint takes tags and identity, nothing else"),
  deploymentPatch: rule(26, "ML §2.1", "PATCH of a deployment takes tags and sku, nothing else"),

  parent: rule(30, "ML §8.4", "a deployment needs its endpoint"),
  deploymentLimit: rule(31, "ML §7.1", "an endpoint has at most 20 deployments"),
  instances: rule(32, "ML §2.1, §7.1", "a managed deployment has 1 to 50 instances"),
  quota: rule(33, "ML §7.2, §8.4", "cores are charged with 20 percent more for upgrades, and must fit the quota of the VM family"),
  instanceType: rule(34, "ML §2.1", "an update silently keeps the old instanceType"),
  computeType: rule(35, "ML §2.1", "endpointComputeType cannot change"),
  egress: rule(36, "ML §2.1", "egressPublicNetworkAccess cannot change"),
  liveDelete: rule(37, "ML §1.3, AP §2.1", "a deployment with live traffic cannot be deleted"),
  firstFailed: rule(38, "AP §2.5", "a deployment whose first provisioning failed can only be deleted and made again"),
  oneAtATime: rule(39, "ML §1.3, AP §1.4", "one write at a time to an endpoint and its deployments"),
  roles: rule(40, "ML §1.6, §8.4, AP §6", "a user-assigned identity needs AcrPull and Storage Blob Data Reader, and some time, before the first provisioning"),
  provisioning: rule(41, "ML §8.4", "a deployment's image, code or model may fail to start"),
  scaleType: rule(42, "ML §2.1", "TargetUtilization is for Kubernetes compute"),
  timeout: rule(43, "ML §2.1, §7.1", "a request takes at most 180 s on managed compute, 300 s on Kubernetes"),
  liveness: rule(44, "ML §2.2", "a liveness probe has a success threshold of 1"),
  pairName: rule(45, "ML §1.2", "on Kubernetes compute, names of endpoint and deployment have 6 to 62 characters together"),
  reference: rule(46, "ML §8.4", "a model, code or environment must exist in the workspace"),
  staleRead: rule(47, "AP §1.3, §1.6 (14)", "a read soon after a write may show what was before"),
  computeKind: rule(48, "ML §1.1, §2.1", "a deployment is of Kubernetes compute where its endpoint is, and nowhere else"),

  versionChanged: rule(50, "ML §2.1", "a registered version cannot change"),
  blobKey: rule(51, "AP correction 5", "azure-native uploads blobs with the account's shared key"),

  armExpression: rule(60, "AP §1.6 (8)", "text in a template that begins with \"[\" is an expression"),
  armParameters: rule(61, "AP §1.6 (8)", "a template gets the parameters that it declares, of their types"),
  armActive: rule(62, "AP §1.6 (6)", "a deployment of the same name may not start while one runs"),
  armFailed: rule(63, "AP §1.6 (10)", "what fails inside a template arrives wrapped as DeploymentFailed"),
  armOutputs: rule(64, "ARM template function reference", "an output of a template may be what a resource is when all of the template is put"),

  key: rule(65, "ML §1.5, §8.1", "a request needs one of the endpoint's keys"),
  header: rule(66, "ML §1.5", "the header azureml-model-deployment picks a deployment and skips the shares"),
  nobody: rule(67, "ML §8.1", "404 where no deployment has a positive share"),
  container: rule(68, "ML §8.1", "424 where a container answers anything but 200, with its status in a header"),

  roleName: rule(70, "AP §6", "the name of a role assignment is a GUID; so is that of a role"),
  roleExists: rule(71, "AP §6", "the same role for the same principal on the same scope exists once"),
  roleChanged: rule(72, "AP §6", "principal and role of an assignment cannot change"),
  principalType: rule(73, "AP §6", "a principal that is new is not found unless its type is given"),
  ownRoles: rule(74, "ML §1.6", "Azure grants a system-assigned identity AcrPull on the workspace's registry and Storage Blob Data Reader on its storage"),

  autoscaleTarget: rule(80, "ML §4", "the target of an autoscale setting is a managed deployment, and has no other setting"),
  autoscaleProfiles: rule(81, "ML §4", "an autoscale setting has at most 20 profiles, one of them the default"),
  autoscaleRules: rule(82, "ML §4", "a profile has at most 10 rules"),
  autoscaleCapacity: rule(83, "ML §4", "a profile's minimum, default and maximum are texts of numbers in this order"),
  autoscaleTrigger: rule(84, "ML §4, §5", "a rule's metric is one that its resource has, with grain 1 min to 12 h and window 5 min to 12 h"),
  diagnosticTarget: rule(85, "ML §5.3", "diagnostic settings are for endpoints on managed compute"),
  diagnosticCategory: rule(86, "ML §5.3", "an endpoint's log categories are AmlOnlineEndpointTrafficLog, ConsoleLog and EventLog"),
  alertMetric: rule(87, "ML §5", "an alert's scope exists and has its metric"),

  exists: rule(90, "AP §3", "azure-native looks before it creates, and refuses an id that exists"),
  patchUpdate: rule(91, "AP §3", "azure-native updates by PATCH when a user-assigned identity is removed"),

  planted: rule(99, "none", "a test planted this answer"),

  batchAuth: rule(100, "ML §3.1", "authMode of a batch endpoint is AADToken"),
  batchDefault: rule(101, "ML §3.1", "the default deployment must exist already"),
  batchModel: rule(102, "ML §3.2", "a model deployment refers to a registered model"),
  batchCompute: rule(103, "ML §3.2", "a model deployment needs compute"),
  batchSettings: rule(104, "ML §3.2", "numbers of a batch deployment's settings have bounds"),
  batchResources: rule(105, "ML §3.2", "resources of a batch deployment are written once, and so is whether it is a pipeline's"),
  batchPipeline: rule(106, "ML §3.3", "pipeline deployments take no model, code or retry settings, mini-batch settings at their defaults alone, and their settings are texts"),
  batchPatch: rule(107, "ML §3.1, §3.2", "PATCH of a batch endpoint takes tags and identity, of its deployments description and tags"),
  computeName: rule(108, "ARM computeName pattern", "a compute's name has 3 to 24 letters, digits and dashes, a letter first, and no number after the last dash"),
  computeNodes: rule(109, "AP §3", "the service refuses changes of what a cluster's nodes are"),
  componentName: rule(110, "azure-ai-ml 1.35.2, ComponentSchema", "a component's name has lower-case letters, digits and underscores, a letter first"),
  componentParts: rule(111, "azure-ai-ml 1.35.2, _to_rest_object", "a component refers to code and environment by id, after azureml:"),
  componentPorts: rule(112, "ML §3.4", "what callers name are the component's inputs and outputs, and each leads somewhere"),
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof RULES;

/** As refusals and the call log print it. */
export const cite = ({ number, fact }: Rule): string => `[rule ${number}: ${fact}]`;
