/** What deployments of either kind of endpoint have in common. */
import type { Body } from "../../json.ts";
import type { Asked } from "../kind.ts";
import { endpointOf, lastOf } from "../paths.ts";
import { Refused, refuse } from "../refusal.ts";
import { cite, RULES } from "../rules.ts";
import { deploymentsOf, find, type Failure, type Stored } from "../world.ts";

export const parentOf = ({ place, world }: Asked): Stored => {
  const found = find(world, endpointOf(place.path) ?? "");
  if (found !== undefined) return found;
  throw new Refused(404, "ParentResourceNotFound", `Endpoint '${place.parts["endpoint"]}' was not found.`, "parent");
};

export const checkCount = ({ control, existing, place, world }: Asked): void => {
  const limit = control.deploymentsPerEndpoint;
  if (existing !== undefined || deploymentsOf(world, endpointOf(place.path) ?? "").length < limit) return;
  refuse("deploymentLimit", `Endpoint '${place.parts["endpoint"]}' has ${limit} deployments already.`, "OutOfQuota");
};

export const ownFault = (properties: Body): Failure | undefined => {
  const message: unknown = properties["environmentVariables"]?.["RIG_FAIL_PROVISIONING"];
  return typeof message === "string" ? { code: "ResourceNotReady", message: `${message} ${cite(RULES.provisioning)}`, rule: "provisioning" } : undefined;
};

export const checkRepairable = (existing: Stored): void => {
  if (!existing.everSucceeded && existing.state === "Failed")
    refuse("firstFailed", `Specified deployment [${lastOf(existing.id)}] failed during initial provisioning and is in an unrecoverable state. Delete and re-create.`);
};
