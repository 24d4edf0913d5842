/** Identities, roles and callers that Azure would refuse, and identities that lack what a deployment needs. */
import type { On } from "../../model/endpoint.ts";
import { nearMiss, show, type Problem, type Verdict } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { isAzureSecret } from "../../model/variables.ts";
import { BUILT_IN, isRole, roleGuid } from "./role-names.ts";
import { certain, certainOfEach, judged } from "../../model/refused.ts";

type Endpoint<V> = On<V, AzureMlTarget<V>>;

export const rolesVerdict = <V>(endpoint: Endpoint<V>): Verdict =>
  judged(
    () => ({ problems: storeProblems(endpoint) }),
    () => ({ problems: assignmentProblems(endpoint) }),
    () => ({ problems: callerProblems(endpoint) }),
    () => ({ warnings: endpoint.azure.compute === undefined ? [...identityWarnings(endpoint), ...secretWarnings(endpoint)] : [] }),
  );

/** Has Azure grant the endpoint's identity the secrets of the workspace's connections. */
const ENFORCE = "enforce_access_to_default_secret_stores";

/** A late value may do so. */
const enforces = <V>({ azure }: Endpoint<V>): boolean => {
  const written: unknown = azure.properties[ENFORCE];
  return written !== undefined && written !== "disabled";
};

const storeProblems = <V>(endpoint: Endpoint<V>): Problem[] =>
  endpoint.azure.identity.type === "user_assigned" && enforces(endpoint) ? [{ path: `azure.properties.${ENFORCE}`, message: "Azure takes this property with a system-assigned identity alone" }] : [];

const assignmentProblems = <V>({ azure }: Endpoint<V>): Problem[] => {
  const { compute, roleAssignments } = azure;
  if (Object.keys(roleAssignments).length === 0) return [];
  if (compute !== undefined)
    return [{ path: "azure.roleAssignments", message: "on Kubernetes compute the containers run under the compute's identity: grant roles to that, and leave these out" }];
  return certain(
    () => certainOfEach(roleAssignments, ({ role }, key) => roleProblem(`azure.roleAssignments.${key}.role`, role)),
    () => principalProblems(azure.identity),
  );
};

const principalProblems = (identity: Endpoint<unknown>["azure"]["identity"]): Problem[] =>
  identity.type === "system_assigned"
    ? []
    : certainOfEach(identity.userAssignedIdentities, ({ principalId }, i) =>
        principalId === undefined
          ? [{ path: `azure.identity.userAssignedIdentities.${i}.principalId`, message: "roles are assigned to principals, and nothing is looked up: give the identity's principalId, an output of the UserAssignedIdentity" }]
          : [],
      );

const roleProblem = (path: string, role: unknown): Problem[] => {
  if (isRole(role)) return [];
  const meant = nearMiss(String(role), Object.keys(BUILT_IN));
  const help = meant === undefined ? "" : `; did you mean ${show(meant)}?`;
  return [{ path, message: `no built-in role of that name is known here: write its GUID, or the id of the role; got ${show(role)}${help}`, value: role }];
};

const callerProblems = <V>(endpoint: Endpoint<V>): Problem[] =>
  certain(
    () => modeProblems(endpoint),
    () => roleOfNobody(endpoint.azure),
    () => (endpoint.azure.callerRole === undefined ? [] : roleProblem("azure.callerRole", endpoint.azure.callerRole)),
  );

const modeProblems = <V>({ authMode, azure }: Endpoint<V>): Problem[] =>
  Object.keys(azure.callers).length > 0 && authMode !== "aad_token"
    ? [{ path: "azure.callers", message: `Azure asks for a caller's role with authMode "aad_token" alone; with ${show(authMode)} whoever has the key or token calls` }]
    : [];

const roleOfNobody = ({ callerRole, callers }: Endpoint<unknown>["azure"]): Problem[] =>
  Object.keys(callers).length === 0 && callerRole !== undefined ? [{ path: "azure.callerRole", message: "it is the role of azure.callers, and there are none" }] : [];

const READERS = ["Storage Blob Data Reader", "Storage Blob Data Contributor", "Storage Blob Data Owner"];

/** Whether the identity gets one of these roles here. A late role may be any. */
const gets = <V>({ azure }: Endpoint<V>, names: readonly string[]): boolean =>
  Object.values(azure.roleAssignments).some(({ role }) => roleGuid(role) === undefined || names.some((name) => BUILT_IN[name] === roleGuid(role)));

const identityWarnings = <V>(endpoint: Endpoint<V>): Problem[] => {
  if (endpoint.azure.identity.type === "system_assigned") return [];
  const missing = [["AcrPull"], READERS].filter((names) => !gets(endpoint, names)).map(([name]) => name);
  if (missing.length === 0) return [];
  const message = `Azure grants a user-assigned identity nothing: it needs ${missing.join(" and ")} before the first deployment, by azure.roleAssignments or elsewhere`;
  return [{ path: "azure.identity", message }];
};

const VAULT = "Key Vault Secrets User";
const CONNECTIONS = "Azure Machine Learning Workspace Connection Secrets Reader";

/** A secret that cannot be read fails the deployment, and Azure grants the system-assigned identity the workspace's connections alone, and only if asked. */
const secretWarnings = <V>(endpoint: Endpoint<V>): Problem[] => {
  const system = endpoint.azure.identity.type === "system_assigned";
  const granted = system && enforces(endpoint);
  const ways = system ? `, azure.properties.${ENFORCE}: "enabled"` : "";
  return Object.entries(endpoint.deployments).flatMap(([name, { environmentVariables, secretVariables }]) =>
    Object.entries({ ...environmentVariables, ...secretVariables }).flatMap(([key, value]): Problem[] => {
      if (!isAzureSecret(value) && !(key in secretVariables)) return [];
      const path = `deployments.${name}.environmentVariables.${key}`;
      if (key in secretVariables || String(value).startsWith("${{keyvault:"))
        return gets(endpoint, [VAULT]) ? [] : [{ path, message: `the endpoint's identity needs ${VAULT} on the vault before the deployment, by azure.roleAssignments or elsewhere` }];
      return granted || gets(endpoint, [CONNECTIONS]) ? [] : [{ path, message: `the endpoint's identity needs ${CONNECTIONS} on the workspace before the deployment: azure.roleAssignments${ways}, or a grant elsewhere` }];
    }),
  );
};
