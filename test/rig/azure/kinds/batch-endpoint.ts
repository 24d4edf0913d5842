/** Batch endpoints. */
import { isObject, type Body } from "../../json.ts";
import type { Accepted, Asked, Kind } from "../kind.ts";
import { checkAddOnly, checkLocation, checkName, checkUnique } from "../names.ts";
import { lastOf } from "../paths.ts";
import { refuse } from "../refusal.ts";
import { deploymentsOf, type Stored } from "../world.ts";

const put = (asked: Asked): Accepted => {
  const { body, control, existing, place, world } = asked;
  const properties: Body = isObject(body["properties"]) ? body["properties"] : {};
  checkName("Endpoint", place.parts["endpoint"] ?? "");
  checkLocation(body["location"], control.workspaces[place.parts["workspace"] ?? ""]?.location);
  checkUnique(asked);
  if (properties["authMode"] !== "AADToken") refuse("batchAuth", `authMode of a batch endpoint must be AADToken, got '${properties["authMode"] ?? "nothing"}'.`);
  if (existing !== undefined) checkAddOnly(existing.body["properties"]["properties"], properties["properties"]);
  const wanted: unknown = properties["defaults"]?.["deploymentName"];
  if (typeof wanted === "string" && !deploymentsOf(world, place.path).includes(wanted)) refuse("batchDefault", `The default deployment '${wanted}' does not exist.`);
  const dropped = existing !== undefined && existing.body["properties"]["defaults"] !== undefined && properties["defaults"] === undefined;
  return { body: { ...body, properties }, note: dropped ? "putReplaces" : undefined };
};

const patch = ({ body }: Asked, existing: Stored): Accepted => {
  const more = Object.keys(body).filter((key) => key !== "tags" && key !== "identity");
  if (more.length > 0) refuse("batchPatch", `PATCH takes tags and identity only, got ${more.join(", ")}.`);
  return { body: { ...existing.body, tags: body["tags"] ?? existing.body["tags"] } };
};

const show = ({ id, state }: Stored, { properties, ...envelope }: Body): Body => {
  const host = `https://${lastOf(id)}.${String(envelope["location"]).replaceAll(" ", "").toLowerCase()}.inference.ml.azure.com`;
  return { ...envelope, properties: { ...properties, scoringUri: `${host}/jobs`, swaggerUri: `${host}/swagger.json`, provisioningState: state } };
};

export const batchEndpoint: Kind = { type: "Microsoft.MachineLearningServices/workspaces/batchEndpoints", slow: true, serial: true, put, patch, show };
