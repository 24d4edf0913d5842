/** Deployments of batch endpoints: of a model, or of a pipeline component. */
import { equal, isObject, type Body } from "../../json.ts";
import type { Accepted, Asked, Kind } from "../kind.ts";
import { checkAddOnly, checkLocation, checkName } from "../names.ts";
import { refuse } from "../refusal.ts";
import type { Stored } from "../world.ts";
import { secondsOf } from "./deployment-limits.ts";
import { checkCount, checkRepairable, ownFault, parentOf } from "./deployments.ts";
import { checkReferences } from "./references.ts";

const put = (asked: Asked): Accepted => {
  const { body, control, existing, place } = asked;
  const properties: Body = isObject(body["properties"]) ? body["properties"] : {};
  parentOf(asked);
  checkName("Deployment", place.parts["deployment"] ?? "");
  checkLocation(body["location"], control.workspaces[place.parts["workspace"] ?? ""]?.location);
  checkCount(asked);
  if (properties["deploymentConfiguration"] === undefined) checkModel(asked, properties);
  else checkPipeline(asked, properties);
  if (existing !== undefined) checkUpdate(existing, properties);
  return { body: { ...body, properties }, failure: ownFault(properties) };
};

const checkModel = (asked: Asked, properties: Body): void => {
  const { model } = properties;
  if (model?.["referenceType"] !== "Id" || typeof model["assetId"] !== "string") refuse("batchModel", "A model deployment needs a model by reference.");
  if (typeof properties["compute"] !== "string") refuse("batchCompute", "A model deployment needs compute.");
  checkReferences(asked, { ...properties, model: model["assetId"] });
  for (const [key, least] of [["miniBatchSize", 1], ["maxConcurrencyPerInstance", 1], ["errorThreshold", -1]] as const) checkLeast(key, properties[key], least);
  checkLeast("resources.instanceCount", properties["resources"]?.["instanceCount"], 1);
  checkLeast("retrySettings.maxRetries", properties["retrySettings"]?.["maxRetries"], 0);
  const timeout: unknown = properties["retrySettings"]?.["timeout"];
  if (timeout !== undefined && !(secondsOf(String(timeout)) >= 1)) refuse("batchSettings", `retrySettings.timeout must be a duration of 1 s or more, got '${String(timeout)}'.`);
};

const checkLeast = (key: string, value: unknown, least: number): void => {
  if (value !== undefined && !(Number.isInteger(value) && (value as number) >= least)) refuse("batchSettings", `${key} must be a whole number of ${least} or more, got '${String(value)}'.`);
};

/** A model's alone. Microsoft's own client sends some of these for pipelines too, at their defaults, and so does azure-native. */
const ALONE = ["codeConfiguration", "environmentId", "model", "resources", "retrySettings"];
const DEFAULTS = { errorThreshold: -1, maxConcurrencyPerInstance: 1, miniBatchSize: 10, outputAction: "AppendRow", outputFileName: "predictions.csv" } as const;

const checkPipeline = (asked: Asked, properties: Body): void => {
  const configuration: Body = properties["deploymentConfiguration"];
  const set = Object.entries(DEFAULTS).filter(([key, value]) => properties[key] !== undefined && properties[key] !== value);
  const more = [...ALONE.filter((key) => properties[key] !== undefined), ...set.map(([key]) => key)];
  if (more.length > 0) refuse("batchPipeline", `A pipeline component deployment takes no ${more.join(", ")}.`);
  const texts = Object.entries((configuration["settings"] ?? {}) as Body).filter(([, value]) => typeof value !== "string");
  if (texts.length > 0) refuse("batchPipeline", `Settings of a pipeline component deployment are texts: ${texts.map(([key]) => key).join(", ")}.`);
  checkReferences(asked, { model: configuration["componentId"]?.["assetId"] });
};

/** What the schema of the service writes once. */
const checkUpdate = (existing: Stored, properties: Body): void => {
  const before: Body = existing.body["properties"];
  checkRepairable(existing);
  if (!equal(before["resources"], properties["resources"])) refuse("batchResources", "The resources of a batch deployment cannot be changed.");
  if ((before["deploymentConfiguration"] === undefined) !== (properties["deploymentConfiguration"] === undefined)) refuse("batchResources", "A deployment of a model cannot become one of a pipeline.");
  checkAddOnly(before["properties"], properties["properties"]);
};

const patch = ({ body }: Asked, existing: Stored): Accepted => {
  const more = Object.keys(body).filter((key) => key !== "tags" && key !== "properties");
  const inside = Object.keys((body["properties"] ?? {}) as Body).filter((key) => key !== "description");
  if (more.length + inside.length > 0) refuse("batchPatch", `PATCH takes tags and properties.description only, got ${[...more, ...inside].join(", ")}.`);
  return { body: { ...existing.body, tags: body["tags"] ?? existing.body["tags"], properties: { ...existing.body["properties"], ...body["properties"] } } };
};

/** The service fills in a file name, whatever the action. */
const show = ({ state }: Stored, { properties, ...envelope }: Body): Body => {
  const file = properties["deploymentConfiguration"] === undefined ? { outputFileName: "predictions.csv" } : {};
  return { ...envelope, properties: { ...file, ...properties, provisioningState: state } };
};

export const batchDeployment: Kind = { type: "Microsoft.MachineLearningServices/workspaces/batchEndpoints/deployments", slow: true, serial: true, put, patch, show };
