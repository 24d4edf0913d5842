/** Online endpoints. */
import type { Control } from "../control.ts";
import { identityType, sameIdentity, showIdentity, userAssigned, uuid } from "../identity.ts";
import { isObject, type Body } from "../../json.ts";
import type { Accepted, Asked, Kind } from "../kind.ts";
import { checkAddOnly, checkLocation, checkName, checkUnique } from "../names.ts";
import { lastOf } from "../paths.ts";
import { refuse } from "../refusal.ts";
import { deploymentsOf, type Stored } from "../world.ts";
import { checkMirror, checkTraffic, sharesOf } from "./traffic.ts";

const AUTH = ["Key", "AMLToken", "AADToken"];
/** The service puts this beside the user's own entries. */
const SERVER_KEY = "azureml.onlineendpointid";
/** Where an endpoint is asked, unless a container says otherwise. */
export const SCORE = "/score";
const FLAG = "enforce_access_to_default_secret_stores";

const put = (asked: Asked): Accepted => {
  const { body, control, existing, place } = asked;
  const properties: Body = isObject(body["properties"]) ? body["properties"] : {};
  checkName("Endpoint", place.parts["endpoint"] ?? "");
  checkLocation(body["location"], control.workspaces[place.parts["workspace"] ?? ""]?.location);
  checkUnique(asked);
  checkAuth(properties);
  checkIdentity(asked, properties);
  if (existing !== undefined) checkUnchanged(existing, properties);
  checkShares(asked, properties);
  const { keys: _keys, ...kept } = properties;
  delete kept["properties"]?.[SERVER_KEY];
  const identity = body["identity"] ?? existing?.body["identity"];
  const dropped = existing !== undefined && hasTraffic(existing.body["properties"]) && properties["traffic"] === undefined;
  return { body: { ...body, ...(identity === undefined ? {} : { identity }), properties: kept }, note: dropped ? "putReplaces" : undefined };
};

const hasTraffic = (properties: Body): boolean => Object.values(sharesOf(properties, "traffic")).some((share) => share > 0);

const checkAuth = (properties: Body): void => {
  const mode = properties["authMode"];
  if (!AUTH.includes(mode)) refuse("authMode", `authMode must be one of ${AUTH.join(", ")}, got '${mode ?? "nothing"}'.`);
  if (mode === "AADToken" && properties["compute"] !== undefined) refuse("authMode", "authMode AADToken is not supported on Kubernetes endpoints.");
};

/** What a PUT without an identity does to one that exists is not documented; here it stays. */
const checkIdentity = ({ body, existing }: Asked, properties: Body): void => {
  const identity = body["identity"];
  const user = identityType(identity).includes("UserAssigned");
  if (user && userAssigned(identity).length === 0) refuse("identityList", "A user-assigned identity needs the ids of identities.");
  if (user && properties["properties"]?.[FLAG] === "enabled") refuse("secretStores", `${FLAG} cannot be set with a user-assigned identity.`);
  if (existing === undefined || identity === undefined || sameIdentity(identity, existing.body["identity"])) return;
  refuse("identity", "The identity of an endpoint cannot be changed after it was created.");
};

const checkUnchanged = (existing: Stored, properties: Body): void => {
  const before: Body = existing.body["properties"];
  if ((before["compute"] ?? "") !== (properties["compute"] ?? "")) refuse("compute", "The compute of an endpoint cannot be changed.");
  checkAddOnly(before["properties"], properties["properties"]);
};

const checkShares = ({ place, world }: Asked, properties: Body): void => {
  const deployments = deploymentsOf(world, place.path);
  const traffic = sharesOf(properties, "traffic");
  checkTraffic(traffic, deployments);
  checkMirror(sharesOf(properties, "mirrorTraffic"), traffic, deployments, properties["compute"] !== undefined);
};

const patch = ({ body }: Asked, existing: Stored): Accepted => {
  const more = Object.keys(body).filter((key) => key !== "tags" && key !== "identity");
  if (more.length > 0) refuse("endpointPatch", `PATCH takes tags and identity only, got ${more.join(", ")}.`);
  if (body["identity"] !== undefined && !sameIdentity(body["identity"], existing.body["identity"]))
    refuse("identity", "The identity of an endpoint cannot be changed after it was created.");
  return { body: { ...existing.body, tags: body["tags"] ?? existing.body["tags"] } };
};

const show = ({ id, route = SCORE, state }: Stored, body: Body, { frontDoor }: Control): Body => {
  const { properties, identity, ...envelope } = body;
  const region = String(body["location"]).replaceAll(" ", "").toLowerCase();
  const host = frontDoor === undefined ? `https://${lastOf(id)}.${region}.inference.ml.azure.com` : `${frontDoor}/${lastOf(id)}`;
  return {
    ...envelope,
    identity: showIdentity(id, identity),
    properties: {
      publicNetworkAccess: "Enabled",
      ...properties,
      traffic: properties["traffic"] ?? {},
      mirrorTraffic: properties["mirrorTraffic"] ?? {},
      properties: { ...properties["properties"], [SERVER_KEY]: uuid(id) },
      scoringUri: `${host}${route}`,
      swaggerUri: `${host}/swagger.json`,
      provisioningState: state,
    },
  };
};

export const onlineEndpoint: Kind = { type: "Microsoft.MachineLearningServices/workspaces/onlineEndpoints", slow: true, serial: true, put, patch, show };
