import { describe, expect, it } from "vitest";
import { plain } from "../../../lib/cli/plain-plan.ts";
import { BUILT_IN } from "../../../lib/compile/azure/role-names.ts";
import { Guid, Ref } from "../../../lib/model/late.ts";
import { azureTarget, deployment, problemsOf } from "../../model/declare.ts";
import { planOf, refusals, resource, warnings } from "./compile.ts";

const roleAssignments = { registry: { role: "AcrPull", scope: "/registry" }, data: { role: "Storage Blob Data Reader", scope: "/storage" } };
const mine = (...identities: readonly object[]) => ({ type: "user_assigned", userAssignedIdentities: identities });
const identity = mine({ resourceId: "/identity", principalId: "p-1" });
const callers = { shop: { principalId: "p-2" }, people: { principalId: "p-3", principalType: "Group" } };
const DEFINITIONS = "/providers/Microsoft.Authorization/roleDefinitions";

const text = (value: unknown): unknown => plain(value, ".", ({ id, output, upTo }) => `${id}.${output}${upTo === undefined ? "" : ` up to ${upTo}`}`);

describe("roles of the endpoint's identity", () => {
  it("are the system-assigned identity's as soon as there is one", () => {
    const plan = planOf({ name: "wine", azure: { roleAssignments } });
    expect(plan.resources.map(({ id }) => id)).toEqual(["endpoint", "role:registry", "role:data", "deployment:blue", "deployment:green", "routing"]);
    const { deployment: owner, inputs, logicalName, options, role, type } = resource(plan, "role:registry");
    expect({ logicalName, options, owner, role, type }).toEqual({ logicalName: "wine--role-registry", options: {}, owner: undefined, role: "roleAssignment", type: "azure-native:authorization:RoleAssignment" });
    expect(inputs).toMatchObject({ principalId: new Ref("endpoint", "identity.principalId"), principalType: "ServicePrincipal", roleDefinitionId: `${DEFINITIONS}/7f951dda-4ed3-4680-a7ca-43fe172d538d`, scope: "/registry" });
  });

  it("come before every deployment, because a deployment that fails for want of one stays failed", () => {
    const plan = planOf({ azure: { roleAssignments } });
    expect(resource(plan, "deployment:blue").options.dependsOn).toEqual(["endpoint", "role:registry", "role:data"]);
    expect(resource(plan, "deployment:green").options.dependsOn).toEqual(["endpoint", "role:registry", "role:data", "deployment:blue"]);
  });

  it("are those of every user-assigned identity, and need no endpoint", () => {
    const plan = planOf({ name: "wine", azure: { identity: mine({ resourceId: "/a", principalId: "p-1" }, { resourceId: "/b", principalId: "p-2" }), roleAssignments: { registry: roleAssignments.registry } } });
    const [first, second] = ["role:registry", "role:registry.2"].map((id) => resource(plan, id));
    expect([first?.inputs["principalId"], second?.inputs["principalId"]]).toEqual(["p-1", "p-2"]);
    expect(second?.logicalName).toBe("wine--role-registry.2");
    expect(JSON.stringify(first?.inputs)).not.toContain('"endpoint"');
  });

  it("take the id of a role, or its GUID", () => {
    const role = (written: string) => resource(planOf({ azure: { roleAssignments: { a: { role: written, scope: "/s" } } } }), "role:a").inputs["roleDefinitionId"];
    const id = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d";
    expect(role(id)).toBe(id);
    expect(role("b24988ac-6180-42a0-ab88-20f7382dd24c")).toBe(`${DEFINITIONS}/b24988ac-6180-42a0-ab88-20f7382dd24c`);
  });

  it("are named by a GUID of principal, role and scope, so that another of them is another assignment", () => {
    const name = (changes: object = {}, who = "p-1") => {
      const azure = { identity: mine({ resourceId: "/identity", principalId: who }), roleAssignments: { a: { role: "AcrPull", scope: "/s", ...changes } } };
      return text(resource(planOf({ azure }), "role:a").inputs["roleAssignmentName"]);
    };
    expect(name()).toBe(name());
    expect(name()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set([name(), name({ scope: "/t" }), name({ role: "Reader" }), name({}, "p-2")]).size).toBe(4);
  });

  it("have logical names of their own, whatever endpoints and keys are called", () => {
    const two = mine({ resourceId: "/a", principalId: "p-1" }, { resourceId: "/b", principalId: "p-2" });
    const role = roleAssignments.registry;
    const names = (name: string, azure: object) => planOf({ name, authMode: "aad_token", azure }).resources.filter(({ type }) => type.endsWith(":RoleAssignment")).map(({ logicalName }) => logicalName);
    const all = [...names("wine", { identity: two, roleAssignments: { a: role, "a-2": role, "caller-x": role }, callers: { x: callers.shop } }), ...names("wine-role", { callers: { x: callers.shop } })];
    expect(all).toHaveLength(8);
    expect(new Set(all).size).toBe(8);
  });

  it("have ids that are GUIDs, each once", () => {
    const ids = Object.values(BUILT_IN);
    expect(ids.every((id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("callers of an endpoint with tokens of Entra", () => {
  const plan = planOf({ name: "wine", authMode: "aad_token", azure: { callers } });

  it("get a role that is made with the one action, in the workspace's resource group", () => {
    expect(text(resource(plan, "callerRole").inputs)).toEqual({
      assignableScopes: ["endpoint.id up to /providers/"],
      description: "May call an online endpoint with a token of Microsoft Entra, and nothing else.",
      permissions: [{ actions: ["Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action"] }],
      roleDefinitionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      roleName: expect.stringMatching(/^Caller of the endpoint wine in rg\/ws \([0-9a-f]{8}\)$/),
      roleType: "CustomRole",
      scope: "endpoint.id up to /providers/",
    });
  });

  it("get it under a name that another subscription's endpoint of the same names has not, because a tenant has a role's name once", () => {
    const named = (subscription: string): unknown => {
      const { roleName } = resource(plan, "callerRole").inputs;
      return plain(roleName, ".", () => `/subscriptions/${subscription}/resourceGroups/rg`);
    };
    expect(named("one")).toBe(named("one"));
    expect(named("one")).not.toBe(named("other"));
  });

  it("get it on the endpoint, each by name", () => {
    const { inputs, logicalName } = resource(plan, "caller:people");
    expect(logicalName).toBe("wine--caller-people");
    expect(inputs).toMatchObject({ principalId: "p-3", principalType: "Group", roleDefinitionId: new Ref("callerRole", "id"), scope: new Ref("endpoint", "id") });
    expect(inputs["roleAssignmentName"]).toBeInstanceOf(Guid);
    expect(resource(plan, "caller:shop").inputs).toMatchObject({ principalType: "ServicePrincipal" });
  });

  it("get the role that is given instead, and hold up no deployment", () => {
    const given = planOf({ authMode: "aad_token", azure: { callers, callerRole: "AzureML Data Scientist" } });
    expect(given.resources.map(({ id }) => id)).not.toContain("callerRole");
    expect(resource(given, "caller:shop").inputs["roleDefinitionId"]).toBe(`${DEFINITIONS}/f6c7c914-8db3-469d-8ca1-694a8f32e121`);
    expect(resource(given, "deployment:blue").options.dependsOn).toEqual(["endpoint"]);
  });

  it("are none unless they are named", () => {
    expect(planOf({ authMode: "aad_token" }).resources.some(({ role }) => role === "callerRole" || role === "caller")).toBe(false);
  });
});

describe("Azure refuses", () => {
  const cases: readonly (readonly [what: string, changes: object, path: string, message: RegExp])[] = [
    ["a role that nobody knows, naming the one that was meant", { azure: { roleAssignments: { a: { role: "Acr Pull", scope: "/s" } } } }, "azure.roleAssignments.a.role", /write its GUID, or the id of the role; got "Acr Pull"; did you mean "AcrPull"\?/],
    ["roles of an identity whose principal is not given", { azure: { identity: mine({ resourceId: "/a", principalId: "p" }, { resourceId: "/b" }), roleAssignments } }, "azure.identity.userAssignedIdentities.1.principalId", /nothing is looked up: give the identity's principalId/],
    ["roles on Kubernetes compute", { azure: { compute: "azureml:aks", roleAssignments }, target: { ...azureTarget, subscriptionId: "s" } }, "azure.roleAssignments", /run under the compute's identity/],
    ["callers of an endpoint with keys", { azure: { callers } }, "azure.callers", /authMode "aad_token" alone; with "key" whoever has the key/],
    ["a role of no callers", { authMode: "aad_token", azure: { callerRole: "Reader" } }, "azure.callerRole", /there are none/],
    ["a callers' role that nobody knows", { authMode: "aad_token", azure: { callers, callerRole: "Scorer" } }, "azure.callerRole", /no built-in role of that name/],
  ];

  it.each(cases)("%s", (_, changes, path, message) => {
    expect(refusals(changes)[path]).toMatch(message);
  });

  it("no role whose name is late, nor any that is known", () => {
    const late = Promise.resolve("x") as unknown as string;
    expect(refusals({ azure: { identity, roleAssignments: { ...roleAssignments, late: { role: late, scope: late } } } })).toEqual({});
    expect(refusals({ authMode: "aad_token", azure: { callers } })).toEqual({});
  });
});

describe("names of roles and callers", () => {
  it("are parts of logical names, and refused where they cannot be", () => {
    expect(problemsOf({ azure: { roleAssignments: { "a.2": roleAssignments.data } } })["azure.roleAssignments.a.2"]).toMatch(/letters, digits, "-" and "_", not "a\.2"/);
    expect(problemsOf({ azure: { callers: { "": callers.shop } } })["azure.callers."]).toMatch(/not ""/);
  });
});

describe("Azure warns of", () => {
  const secret = (value: string) => ({ deployments: { blue: { ...deployment, instanceCount: 3, environmentVariables: { DB: value } } } });
  const vault = "${{keyvault:https://v.vault.azure.net/secrets/db/1}}";
  const connection = "${{azureml://connections/db/credentials/key}}";
  const said = (changes: object, path: string) => warnings({ deployments: { blue: { ...deployment, instanceCount: 3 } }, ...changes })[path];

  it("the roles that a user-assigned identity lacks, and of those alone", () => {
    expect(said({ azure: { identity } }, "azure.identity")).toMatch(/needs AcrPull and Storage Blob Data Reader before the first deployment/);
    expect(said({ azure: { identity, roleAssignments: { data: { role: "Storage Blob Data Contributor", scope: "/s" } } } }, "azure.identity")).toMatch(/needs AcrPull before/);
    expect(said({ azure: { identity, roleAssignments } }, "azure.identity")).toBeUndefined();
    expect(said({}, "azure.identity")).toBeUndefined();
  });

  it("secrets of a vault that the identity may not read", () => {
    const path = "deployments.blue.environmentVariables.DB";
    expect(said(secret(vault), path)).toMatch(/needs Key Vault Secrets User on the vault/);
    expect(said({ ...secret(vault), azure: { roleAssignments: { vault: { role: "Key Vault Secrets User", scope: "/v" } } } }, path)).toBeUndefined();
  });

  it("connections that the identity may not read, unless Azure grants them", () => {
    const path = "deployments.blue.environmentVariables.DB";
    const role = "Azure Machine Learning Workspace Connection Secrets Reader";
    expect(said(secret(connection), path)).toMatch(/Connection Secrets Reader on the workspace .*enforce_access_to_default_secret_stores: "enabled"/);
    expect(said({ ...secret(connection), azure: { properties: { enforce_access_to_default_secret_stores: "enabled" } } }, path)).toBeUndefined();
    expect(said({ ...secret(connection), azure: { properties: { enforce_access_to_default_secret_stores: "disabled" } } }, path)).toMatch(/Connection Secrets Reader/);
    expect(said({ ...secret(connection), azure: { roleAssignments: { c: { role, scope: "/w" } } } }, path)).toBeUndefined();
    expect(said({ ...secret(connection), azure: { identity } }, path)).not.toMatch(/enforce_access/);
    expect(said(secret("plain"), path)).toBeUndefined();
  });

  it("nothing of it on Kubernetes compute, which has an identity of its own", () => {
    const cluster = { azure: { compute: "azureml:aks", identity }, target: { ...azureTarget, subscriptionId: "s" } };
    expect(said({ ...secret(vault), ...cluster }, "azure.identity")).toBeUndefined();
    expect(said({ ...secret(vault), ...cluster }, "deployments.blue.environmentVariables.DB")).toBeUndefined();
  });
});
