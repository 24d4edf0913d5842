/** Which roles a principal has. */
import { identityType, principalOf, userAssigned } from "../identity.ts";
import type { Asked } from "../kind.ts";
import { placeOf } from "../paths.ts";
import type { Stored } from "../world.ts";

/** By the last part of a role definition's id. */
export const ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
export const BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1";
/** Reader, Contributor and Owner. */
const BLOB_READERS = [BLOB_READER, "ba92f5b4-2d11-453d-a403-e96b0029c9fe", "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"];

/** The roles that no user-assigned identity of the endpoint has. A system-assigned identity gets its own from the service. */
export const missingRoles = ({ control, place, world }: Asked, endpoint: Stored): readonly string[] => {
  const users = userAssigned(endpoint.body["identity"]).map(principalOf);
  if (users.length === 0) return [];
  const workspace = control.workspaces[place.parts["workspace"] ?? ""];
  const wanted = [
    ["AcrPull", [ACR_PULL], workspace?.registryId],
    ["Storage Blob Data Reader", BLOB_READERS, workspace?.storageId],
  ] as const;
  const heeded = Object.values(world.resources).filter(({ since }) => world.calls - since > control.lateRoles);
  return wanted.flatMap(([name, roles, scope]) => (users.some((user) => hasRole(heeded, user, roles, scope)) ? [] : [name]));
};

/** Whether Azure made such an assignment when it made the endpoint of this principal; only where a test says what registry and storage the workspace has. */
export const isAzuresOwn = ({ control, world }: Asked, principal: unknown, role: string, scope: string): boolean =>
  Object.values(world.resources).some(({ id, body }) => {
    const place = placeOf(id);
    if (place?.kind !== "onlineEndpoint" || principalOf(id) !== principal || !identityType(body["identity"]).includes("SystemAssigned")) return false;
    const { registryId, storageId } = control.workspaces[place.parts["workspace"] ?? ""] ?? {};
    return (role === ACR_PULL && scope === registryId) || (role === BLOB_READER && scope === storageId);
  });

const hasRole = (resources: readonly Stored[], principal: string, roles: readonly string[], scope: string | undefined): boolean =>
  resources.some(({ id, body }) => {
    const place = placeOf(id);
    if (place?.kind !== "roleAssignment" || body["properties"]["principalId"] !== principal) return false;
    const covers = scope === undefined || `${scope}/`.toLowerCase().startsWith(`${place.parts["scope"] ?? ""}/`.toLowerCase());
    return covers && roles.includes(String(body["properties"]["roleDefinitionId"]).toLowerCase().split("/").at(-1) ?? "");
  });
