/** Lives in which the service refuses: the deployment is named, what the service said, and what to do next. */
import { expect } from "vitest";
import { plant } from "../../rig/azure/store.ts";
import { credit, deployment } from "../declarations.ts";
import type { Life } from "../life.ts";

const both = credit({ blue: deployment(), green: deployment() }, { blue: 90, green: 10 });

const cases: readonly (readonly [status: number, code: string, message: string, next: string])[] = [
  [400, "BadRequest", "The scoring script is missing.", "Change what it names, and run pulumi up again."],
  [403, "AuthorizationFailed", "The client 'ci' has no authorization to perform action 'onlineEndpoints/deployments/write'.", "needs a role with the action it names"],
  [409, "Conflict", "Endpoint credit is in Updating provisioning state.", "Wait until it is done, and run pulumi up again"],
  [400, "OutOfQuota", "Not enough quota available for Standard_DS3_v2.", "Ask for less (instanceCount, azure.instanceType Standard_DS3_v2)"],
];

export const refusals: Readonly<Record<string, Life>> = {
  "400, 403, 409 and quota each say what to do next, and the up after them goes on": async (stack) => {
    for (const [status, code, message, next] of cases) {
      plant(stack.service, { refuse: [{ request: "PUT deployments/green", status, code, message }] });
      const refused = await stack.up(both);
      expect(refused.code).not.toBe(0);
      expect(refused.output).toContain(`Deployment "green" of endpoint "credit" could not be made. Azure said: ${message}`);
      expect(refused.output).toContain(next);
    }
    plant(stack.service, { refuse: [] });
    const { code, output } = await stack.up(both);
    expect(code, output).toBe(0);
  },
};
