/** Lives that something stops: the program, somebody at the keyboard, or the machine. */
import { expect } from "vitest";
import { plant } from "../../rig/azure/store.ts";
import { credit, deployment } from "../declarations.ts";
import type { Life } from "../life.ts";
import type { Stack } from "../stack.ts";
import { callsSince, story } from "../story.ts";

const blue = deployment();
const green = deployment();
const both = credit({ blue, green }, { blue: 90, green: 10 });

/** The service has taken the request for the nth time; its operation is still running. */
const asked = async ({ service }: Stack, what: string, nth = 1): Promise<void> => {
  while (story(callsSince(service, 0)).filter((line) => line === what).length < nth) await new Promise((resolve) => setTimeout(resolve, 20));
};

export const interruption: Readonly<Record<string, Life>> = {
  "(n) the program dies after its last deployment: the next up routes": async (stack) => {
    const crashed = await stack.up({ ...both, crashAfter: "green" });
    expect(crashed.code).not.toBe(0);
    expect(story(crashed.calls)).toEqual(["PUT credit", "PUT credit/blue", "PUT credit/green"]);
    const { calls, code, output } = await stack.up(both);
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["PUT credit blue=90 green=10"]);
  },

  "(n) SIGINT while a deployment is made: the next up goes on": async (stack) => {
    plant(stack.service, { hold: ["PUT deployments/blue"] });
    const { running, up } = await stack.begin(both);
    await asked(stack, "PUT credit/blue");
    running.signal("SIGINT");
    const stopped = await up;
    plant(stack.service, { hold: [] });
    expect(stopped.code).not.toBe(0);
    expect(stopped.output).toContain("It was interrupted");
    expect(story(stopped.calls)).toEqual(["PUT credit", "PUT credit/blue"]);
    const { calls, code, output } = await stack.up(both);
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["DELETE credit/blue", "PUT credit/blue", "PUT credit/green", "PUT credit blue=90 green=10"]);
  },

  "(n) SIGINT while a live deployment is changed: nothing is lost, and up --refresh goes on": async (stack) => {
    await stack.up(both);
    const changed = credit({ blue: deployment({ description: "new" }), green }, { blue: 90, green: 10 });
    plant(stack.service, { hold: ["PUT deployments/blue"] });
    const { running, up } = await stack.begin(changed);
    await asked(stack, "PUT credit/blue", 2);
    running.signal("SIGINT");
    const stopped = await up;
    plant(stack.service, { hold: [] });
    expect(stopped.output).toContain("It was interrupted. Run pulumi up --refresh");
    const refused = await stack.up(changed);
    expect(refused.code).not.toBe(0);
    expect(story(refused.calls)).toEqual(["DELETE credit/blue 400"]);
    expect(refused.output).toContain("pulumi up --refresh");
    const { calls, code, output } = await stack.run("up", "--refresh", "--yes", "--skip-preview", "--stack", "life");
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["PUT credit/blue"]);
  },

  "(n) SIGKILL while a deployment is made: the next up says which import mends it": async (stack) => {
    plant(stack.service, { hold: ["PUT deployments/blue"] });
    const { running, up } = await stack.begin(both);
    await asked(stack, "PUT credit/blue");
    running.signal("SIGKILL");
    plant(stack.service, { hold: [] });
    await up;
    await stack.run("cancel", "--yes", "--stack", "life");
    const refused = await stack.up(both);
    expect(refused.code).not.toBe(0);
    expect(story(refused.calls)).toEqual([]);
    const line = /pulumi (import .*)$/m.exec(refused.output)?.[1] ?? "";
    expect(line, refused.output).toMatch(/^import azure-native:machinelearningservices:OnlineDeployment credit--blue-deployment '.*\/onlineEndpoints\/credit\/deployments\/blue' --parent '/);
    const imported = await stack.run(...words(line), "--yes", "--stack", "life");
    expect(imported.code, imported.output).toBe(0);
    const { calls, code, output } = await stack.up(both);
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["PUT credit/blue", "PUT credit/green", "PUT credit blue=90 green=10"]);
  },
};



/** As a shell splits it. */
const words = (line: string): string[] => [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
