/** Role assignments: of the endpoint's identity, before any deployment, because Azure cannot repair one that failed for want of a role; and of callers. */
import type { On } from "../../model/endpoint.ts";
import { Guid, Hash, join, Ref, type Value } from "../../model/late.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { SHELL } from "./ids.ts";
import { roleId } from "./role-names.ts";

type Endpoint<V> = On<V, AzureMlTarget<V>>;

const SCORE = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action";
const CALLER_ROLE = "callerRole";

interface Assignment<V> {
  readonly id: string;
  readonly role: "roleAssignment" | "caller";
  /** Where it is written. */
  readonly path: string;
  readonly logicalName: string;
  readonly principalId: Value<V>;
  readonly principalType: string;
  readonly roleDefinitionId: Value<V>;
  readonly scope: Value<V>;
}

/** The roles of the endpoint's identity. No name of an endpoint has two dashes, and no key a dot: so no two logical names are one. */
export const compileRoles = <V>(endpoint: Endpoint<V>): PlannedResource[] =>
  Object.entries(endpoint.azure.roleAssignments).flatMap(([key, { role, scope }]) =>
    principals(endpoint).map((principalId, i) => {
      const name = i === 0 ? key : `${key}.${i + 1}`;
      // Without its type, Azure does not find a principal that was just made.
      return assignment({ id: `role:${name}`, role: "roleAssignment", path: `azure.roleAssignments.${key}`, logicalName: `${endpoint.name}--role-${name}`, principalId, principalType: "ServicePrincipal", roleDefinitionId: roleId(role), scope });
    }),
  );

const principals = <V>({ azure: { identity } }: Endpoint<V>): Value<V>[] =>
  identity.type === "system_assigned" ? [new Ref(SHELL, "identity.principalId")] : identity.userAssignedIdentities.flatMap(({ principalId }) => (principalId === undefined ? [] : [principalId]));

/** One of a principal, a role and a scope: another of any of them is another assignment, for Azure changes none. */
const assignment = <V>({ id, logicalName, path, principalId, principalType, role, roleDefinitionId, scope }: Assignment<V>): PlannedResource => ({
  id,
  role,
  type: "azure-native:authorization:RoleAssignment",
  logicalName,
  inputs: { principalId, principalType, roleAssignmentName: new Guid<V>([principalId, roleDefinitionId, scope]), roleDefinitionId, scope },
  options: {},
  claim: { path, what: "a grant of this role to this principal on this scope", parts: ["role", principalId, roleDefinitionId, scope], instead: "leave it out here" },
});

/** What named callers need to call: a role with that one action, and an assignment on the endpoint each. */
export const compileCallers = <V>(endpoint: Endpoint<V>): PlannedResource[] => {
  const { callerRole, callers } = endpoint.azure;
  const names = Object.keys(callers);
  const made = names.length > 0 && callerRole === undefined ? [definition(endpoint)] : [];
  const roleDefinitionId: Value<V> = callerRole === undefined ? new Ref(CALLER_ROLE, "id") : roleId(callerRole);
  const assigned = Object.entries(callers).map(([key, { principalId, principalType }]) =>
    assignment<V>({ id: `caller:${key}`, role: "caller", path: `azure.callers.${key}`, logicalName: `${endpoint.name}--caller-${key}`, principalId, principalType, roleDefinitionId, scope: new Ref(SHELL, "id") }),
  );
  return [...made, ...assigned];
};

/** No built-in role has this action alone: the one that has it may delete the endpoint too. */
const definition = <V>({ name, target }: Endpoint<V>): PlannedResource => {
  const group = new Ref(SHELL, "id", "/providers/");
  return {
    id: CALLER_ROLE,
    role: CALLER_ROLE,
    type: "azure-native:authorization:RoleDefinition",
    logicalName: `${name}-caller-role`,
    inputs: {
      assignableScopes: [group],
      description: "May call an online endpoint with a token of Microsoft Entra, and nothing else.",
      permissions: [{ actions: [SCORE] }],
      roleDefinitionId: new Guid<V>([new Ref(SHELL, "id"), SCORE]),
      // Names of roles are unique in a tenant, where another subscription may have a workspace of the same name.
      roleName: join<V>`Caller of the endpoint ${name} in ${target.resourceGroupName}/${target.workspaceName} (${new Hash<V>([new Ref(SHELL, "id")], 8)})`,
      roleType: "CustomRole",
      scope: group,
    },
    options: {},
  };
};
