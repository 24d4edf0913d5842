/** Definitions of roles. */
import { uuid } from "../identity.ts";
import type { Body } from "../../json.ts";
import type { Accepted, Asked, Kind } from "../kind.ts";
import { refuse } from "../refusal.ts";
import type { Stored } from "../world.ts";
import { GUID } from "./role-assignment.ts";

const put = ({ body, place }: Asked): Accepted => {
  const name = place.parts["name"] ?? "";
  if (!GUID.test(name)) refuse("roleName", `The role definition ID '${name}' is not valid. The role definition ID must be a GUID.`, "InvalidRoleDefinitionId");
  return { body };
};

const show = (_stored: Stored, body: Body): Body => ({ properties: { ...body["properties"], createdBy: uuid("deployer"), updatedBy: uuid("deployer") } });

export const roleDefinition: Kind = { type: "Microsoft.Authorization/roleDefinitions", slow: false, serial: false, put, show };
