/** Lives of what an endpoint keeps for life. */
import { expect } from "vitest";
import { principalOf } from "../../rig/azure/identity.ts";
import { SUBSCRIPTION } from "../../rig/azure/plugin/provider.ts";
import { plant } from "../../rig/azure/store.ts";
import { credit, deployment } from "../declarations.ts";
import type { Life } from "../life.ts";
import { story } from "../story.ts";

const blue = deployment();
const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers`;
const scorer = `${GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/scorer`;
const scorerIdentity = { type: "user_assigned", userAssignedIdentities: [{ resourceId: scorer, principalId: principalOf(scorer) }] };
const roleAssignments = {
  registry: { role: "AcrPull", scope: `${GROUP}/Microsoft.ContainerRegistry/registries/models` },
  data: { role: "Storage Blob Data Reader", scope: `${GROUP}/Microsoft.Storage/storageAccounts/store` },
};

export const identity: Readonly<Record<string, Life>> = {
  "(i) another identity is refused by the service, and nothing is lost": async (stack) => {
    await stack.up(credit({ blue }, { blue: 100 }));
    const { calls, code, output } = await stack.up(credit({ blue }, { blue: 100 }, { azure: { identity: scorerIdentity } }));
    expect(code).not.toBe(0);
    expect(story(calls)).toEqual(["PUT credit blue=100 400"]);
    expect(output).toContain('The routing of endpoint "credit" could not be changed.');
    expect(output).toContain("An endpoint keeps its identity for life.");
    const after = await stack.up(credit({ blue }, { blue: 100 }));
    expect(after.code, after.output).toBe(0);
    // What was refused is in the state of the routing: it is put again as it was.
    expect(story(after.calls)).toEqual(["PUT credit blue=100"]);
  },

  "(i) a renamed endpoint is complete before the old one goes": async (stack) => {
    await stack.up(credit({ blue }, { blue: 100 }));
    const { calls, code, output } = await stack.up(credit({ blue }, { blue: 100 }, { name: "credit-2" }));
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["PUT credit-2", "PUT credit-2/blue", "PUT credit-2 blue=100", "DELETE credit"]);
  },

  "(m) a role that Azure has granted itself is refused, and left out": async (stack) => {
    plant(stack.service, { workspaces: { ws: { registryId: roleAssignments.registry.scope } } });
    const refused = await stack.up(credit({ blue }, { blue: 100 }, { azure: { roleAssignments: { registry: roleAssignments.registry } } }));
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain("has granted this already: leave it out of azure.roleAssignments");
    expect(refused.output).not.toContain("pulumi import");
    const { calls, code, output } = await stack.up(credit({ blue }, { blue: 100 }));
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["PUT credit/blue", "PUT credit blue=100"]);
  },

  "(m) a user-assigned identity has its roles before the first deployment": async (stack) => {
    const { calls, code, output } = await stack.up(credit({ blue }, { blue: 100 }, { azure: { identity: scorerIdentity, roleAssignments } }));
    expect(code, output).toBe(0);
    const made = story(calls);
    expect(made.filter((line) => line === "PUT roleAssignments")).toHaveLength(2);
    expect(made.filter((line) => line !== "PUT roleAssignments")).toEqual(["PUT credit", "PUT credit/blue", "PUT credit blue=100"]);
    expect(made.lastIndexOf("PUT roleAssignments")).toBeLessThan(made.indexOf("PUT credit/blue"));
  },

  "(m) roles that came too late mend the deployment that failed for want of them": async (stack) => {
    const failed = await stack.up(credit({ blue }, { blue: 100 }, { azure: { identity: scorerIdentity } }));
    expect(failed.code).not.toBe(0);
    expect(failed.output).toContain("AcrPull, Storage Blob Data Reader are missing");
    expect(failed.output).toContain("azure.roleAssignments");
    const { calls, code, output } = await stack.up(credit({ blue }, { blue: 100 }, { azure: { identity: scorerIdentity, roleAssignments } }));
    expect(code, output).toBe(0);
    expect(story(calls).filter((line) => line !== "PUT roleAssignments")).toEqual(["DELETE credit/blue", "PUT credit/blue", "PUT credit blue=100"]);
  },
};
