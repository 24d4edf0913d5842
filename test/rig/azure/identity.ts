/** Managed identities. Each has a principal in the directory, whose id a test can work out. */
import { createHash } from "node:crypto";
import { isObject, type Body } from "../json.ts";

/** The principal of an endpoint's own identity, or of a user-assigned identity, by the id of the resource. */
export const principalOf = (id: string): string => uuid(`principal ${id.toLowerCase()}`);

export const TENANT = "72f988bf-0000-4000-8000-2d7cd011db47";

export const uuid = (seed: string): string => {
  const hex = createHash("sha256").update(seed).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
};

export const userAssigned = (identity: unknown): readonly string[] =>
  isObject(identity) && isObject(identity["userAssignedIdentities"]) ? Object.keys(identity["userAssignedIdentities"]) : [];

export const identityType = (identity: unknown): string => (isObject(identity) ? String(identity["type"] ?? "None").replaceAll(" ", "") : "None");

/** Type and identities, whatever their order and case. */
export const sameIdentity = (left: unknown, right: unknown): boolean => described(left) === described(right);

const described = (identity: unknown): string => [identityType(identity), ...userAssigned(identity).map((id) => id.toLowerCase()).sort()].join("\n");

/** As a read shows it, with its principals. */
export const showIdentity = (id: string, identity: unknown): Body => {
  const type = identityType(identity);
  const own = type.includes("SystemAssigned") ? { principalId: principalOf(id), tenantId: TENANT } : {};
  const users = userAssigned(identity).map((user) => [user, { principalId: principalOf(user), clientId: uuid(`client ${user.toLowerCase()}`) }] as const);
  return { type, ...own, ...(users.length === 0 ? {} : { userAssignedIdentities: Object.fromEntries(users) }) };
};
