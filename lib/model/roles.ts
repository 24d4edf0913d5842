/** Who may do what in Azure: the endpoint's identity elsewhere, and callers at the endpoint. */
import { late, oneOf, record, strict } from "./fields.ts";
import { show } from "./refusal.ts";

/** A role of the endpoint's identity: of the system-assigned one, or of each that is user-assigned. */
export interface RoleAssignmentArgs<V> {
  /** Name of a built-in role, such as `AcrPull` or `Storage Blob Data Reader`, or the id of any role: `/…/roleDefinitions/<GUID>`, or its GUID. An Output must be the id. */
  readonly role: V;
  /** Id of what it is granted on: a registry, a storage account, a container of it, a vault, a resource group. */
  readonly scope: V;
}

/** Somebody who may call an endpoint with `authMode: "aad_token"`. */
export interface CallerArgs<V> {
  /** Object id of the user, group, service principal or managed identity in Microsoft Entra. */
  readonly principalId: V;
  /** A managed identity is a service principal. @default "ServicePrincipal" */
  readonly principalType?: "ServicePrincipal" | "User" | "Group";
}

/** Keys are parts of logical names. */
const unfit = (key: string): string | undefined => (/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(key) ? undefined : `expected a name of letters, digits, "-" and "_", not ${show(key)}`);

const assignment = <V>() =>
  strict({ role: late<V>("a role's name or id"), scope: late<V>("the id of what the role is granted on") }, "a role assignment: { role, scope }");

const caller = <V>() =>
  strict({ principalId: late<V>("a principal's object id"), principalType: oneOf("ServicePrincipal", "User", "Group").default("ServicePrincipal") }, "a caller: { principalId }");

/** @internal */
export const roleAssignments = <V>() =>
  record(assignment<V>(), "an object of role assignments by name", unfit);

/** @internal */
export const callers = <V>() =>
  record(caller<V>(), "an object of callers by name", unfit);
