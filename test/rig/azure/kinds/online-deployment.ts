/** Deployments of online endpoints. */
import { isObject, type Body } from "../../json.ts";
import type { Accepted, Asked, Kind } from "../kind.ts";
import { checkAddOnly, checkLocation, checkName } from "../names.ts";
import { endpointOf, lastOf } from "../paths.ts";
import { refuse } from "../refusal.ts";
import { cite, RULES } from "../rules.ts";
import { find, type Failure, type Stored } from "../world.ts";
import { checkLimits } from "./deployment-limits.ts";
import { checkCount, checkRepairable, ownFault, parentOf } from "./deployments.ts";
import { checkQuota } from "./quota.ts";
import { checkReferences } from "./references.ts";
import { missingRoles } from "./roles.ts";
import { hasShare, sharesOf } from "./traffic.ts";

const put = (asked: Asked): Accepted => {
  const { body, control, existing, place } = asked;
  const properties: Body = isObject(body["properties"]) ? body["properties"] : {};
  const endpoint = parentOf(asked);
  const kubernetes = properties["endpointComputeType"] === "Kubernetes";
  checkName("Deployment", place.parts["deployment"] ?? "");
  checkLocation(body["location"], control.workspaces[place.parts["workspace"] ?? ""]?.location);
  checkCount(asked);
  checkLimits(asked, properties, kubernetes);
  checkQuota(asked, properties);
  checkReferences(asked, properties);
  if (existing === undefined) {
    checkKind(endpoint, kubernetes);
    return { body, failure: firstFailure(asked, endpoint) };
  }
  const kept = checkUpdate(existing, properties);
  const note = kept["instanceType"] === properties["instanceType"] ? undefined : ("instanceType" as const);
  return { body: { ...body, properties: kept }, failure: ownFault(properties), note };
};

const checkKind = (endpoint: Stored, kubernetes: boolean): void => {
  if (kubernetes === (endpoint.body["properties"]["compute"] !== undefined)) return;
  refuse("computeKind", `The endpointComputeType of a deployment must be ${kubernetes ? "Managed, because its endpoint has no compute" : "Kubernetes, because its endpoint has a compute"}.`);
};

/** What the first provisioning will stumble over. */
const firstFailure = (asked: Asked, endpoint: Stored): Failure | undefined => {
  const roles = missingRoles(asked, endpoint);
  if (roles.length === 0) return ownFault(asked.body["properties"]);
  const message = `Endpoint identity does not have permission: ${roles.join(", ")} ${roles.length === 1 ? "is" : "are"} missing. ${cite(RULES.roles)}`;
  return { code: "BadArgument", message, rule: "roles" };
};

const checkUpdate = (existing: Stored, properties: Body): Body => {
  const before: Body = existing.body["properties"];
  checkRepairable(existing);
  if (before["endpointComputeType"] !== properties["endpointComputeType"]) refuse("computeType", "The endpointComputeType of a deployment cannot be changed.");
  if ((before["egressPublicNetworkAccess"] ?? "Enabled") !== (properties["egressPublicNetworkAccess"] ?? "Enabled"))
    refuse("egress", "The egressPublicNetworkAccess of a deployment cannot be changed.");
  checkAddOnly(before["properties"], properties["properties"]);
  return { ...properties, instanceType: before["instanceType"] };
};

/** The scale operation, which an autoscaler uses. */
const patch = ({ body }: Asked, existing: Stored): Accepted => {
  const more = Object.keys(body).filter((key) => key !== "tags" && key !== "sku");
  if (more.length > 0) refuse("deploymentPatch", `PATCH takes tags and sku only, got ${more.join(", ")}.`);
  return { body: { ...existing.body, tags: body["tags"] ?? existing.body["tags"], sku: { ...existing.body["sku"], ...body["sku"] } } };
};

const remove = ({ world }: Asked, existing: Stored): void => {
  const endpoint = find(world, endpointOf(existing.id) ?? "");
  const name = lastOf(existing.id);
  if (endpoint === undefined || !hasShare(sharesOf(endpoint.body["properties"], "traffic"), name)) return;
  refuse("liveDelete", `Cannot delete deployment '${name}': it has live traffic. Set its traffic to 0 percent first.`);
};

const show = ({ state }: Stored, body: Body): Body => {
  const { properties, ...envelope } = body;
  return { ...envelope, properties: { instanceType: "Standard_F4s_v2", egressPublicNetworkAccess: "Enabled", ...properties, provisioningState: state } };
};

export const onlineDeployment: Kind = {
  type: "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
  slow: true,
  serial: true,
  put,
  patch,
  remove,
  show,
};
