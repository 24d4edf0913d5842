/** What is written by the habit of another place: arguments of the other kind of endpoint, and the older layout of the YAML schema. */

type Told = Readonly<Record<string, string>>;

const each = (keys: readonly string[], help: (key: string) => string): Told => Object.fromEntries(keys.map((key) => [key, `unknown key ${JSON.stringify(key)}; ${help(key)}`]));

const noSplit = (): string => "a batch endpoint splits nothing: the deployment in defaults: { deploymentName } answers who names none";

/** Of an online endpoint, under a batch endpoint. */
export const MISPLACED_IN_BATCH_ENDPOINT: Told = {
  ...each(["traffic", "mirrorTraffic"], noSplit),
  ...each(["publicNetworkAccess"], () => "a batch endpoint is reached as its workspace is"),
  ...each(["alerts"], () => "alerts watch online endpoints"),
};

/** Of a batch endpoint, under an online endpoint. */
export const MISPLACED_IN_ONLINE_ENDPOINT: Told = each(["defaults"], () => "traffic says who answers on an online endpoint");

const SETTINGS = ["miniBatchSize", "maxConcurrencyPerInstance", "outputAction", "outputFileName", "errorThreshold", "retrySettings", "loggingLevel", "environmentVariables", "partitionRows"];
const ONLINE = ["autoscale", "requestSettings", "livenessProbe", "readinessProbe", "startupProbe", "dataCollector", "egressPublicNetworkAccess", "modelMountPath"];

/** Of an online deployment, or outside `settings`, in a deployment of a model under a batch endpoint. */
export const MISPLACED_IN_MODEL_DEPLOYMENT: Told = {
  ...each(SETTINGS, (key) => `write settings: { ${key} }`),
  ...each(ONLINE, () => "only online deployments have it"),
  ...each(["instanceCount"], () => "write resources: { instanceCount }, the instances of one job"),
  ...each(["compute", "instanceType"], (key) => `write azure: { ${key} }`),
  ...each(["component", "job"], (key) => `a pipeline deployment has it: write type: "pipeline" beside ${key}`),
};

/** Of a batch deployment, in an online one. */
export const MISPLACED_IN_ONLINE_DEPLOYMENT: Told = {
  ...each(["settings"], () => "only batch deployments have it"),
  ...each(["resources"], () => "write instanceCount, azure: { resources } or kubernetes: { resources }"),
};
