/** Role assignments. */
import { uuid } from "../identity.ts";
import type { Body } from "../../json.ts";
import type { Accepted, Asked, Kind } from "../kind.ts";
import { placeOf } from "../paths.ts";
import { refuse } from "../refusal.ts";
import { keyOf, type Stored } from "../world.ts";
import { isAzuresOwn } from "./roles.ts";

export const GUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

const put = (asked: Asked): Accepted => {
  const { body, control, existing, place } = asked;
  const properties: Body = body["properties"] ?? {};
  const name = place.parts["name"] ?? "";
  if (!GUID.test(name)) refuse("roleName", `The role assignment ID '${name}' is not valid. The role assignment ID must be a GUID.`, "InvalidRoleAssignmentId");
  if (existing !== undefined && !same(existing.body["properties"], properties))
    refuse("roleChanged", "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.", "RoleAssignmentUpdateNotPermitted");
  checkOnce(asked, properties);
  if (properties["principalType"] !== "ServicePrincipal" && control.newPrincipals.includes(properties["principalId"]))
    refuse("principalType", `Principal ${properties["principalId"]} does not exist in the directory.`, "PrincipalNotFound");
  return { body: { properties } };
};

const same = (left: Body, right: Body): boolean => left["principalId"] === right["principalId"] && roleOf(left) === roleOf(right);

const roleOf = (properties: Body): string => String(properties["roleDefinitionId"]).toLowerCase().split("/").at(-1) ?? "";

const checkOnce = (asked: Asked, properties: Body): void => {
  const { place, world } = asked;
  const scope = place.parts["scope"] ?? "";
  const twin = Object.values(world.resources).find(({ id, body }) => {
    const theirs = placeOf(id);
    return theirs?.kind === "roleAssignment" && keyOf(id) !== keyOf(place.path) && keyOf(theirs.parts["scope"] ?? "") === keyOf(scope) && same(body["properties"], properties);
  });
  if (isAzuresOwn(asked, properties["principalId"], roleOf(properties), scope)) refuse("ownRoles", "The role assignment already exists.", "RoleAssignmentExists", 409);
  if (twin !== undefined) refuse("roleExists", "The role assignment already exists.", "RoleAssignmentExists", 409);
};

const show = ({ id }: Stored, body: Body): Body => ({
  properties: { ...body["properties"], scope: placeOf(id)?.parts["scope"], createdBy: uuid("deployer"), updatedBy: uuid("deployer") },
});

export const roleAssignment: Kind = { type: "Microsoft.Authorization/roleAssignments", slow: false, serial: false, put, show };
