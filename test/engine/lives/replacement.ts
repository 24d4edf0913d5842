/** Lives of what Azure cannot change in place: nothing live may be lost, and the message must say what to do. */
import { expect } from "vitest";
import { SUBSCRIPTION } from "../../rig/azure/plugin/provider.ts";
import type { CallLine } from "../../rig/azure/log.ts";
import { plant } from "../../rig/azure/store.ts";
import { credit, deployment, target } from "../declarations.ts";
import { changes } from "../events.ts";
import type { Life } from "../life.ts";
import { story } from "../story.ts";

const blue = deployment();
const green = deployment();
const bigger = deployment({ azure: { instanceType: "Standard_F4s_v2" } });

/** The name at Azure of the deployment that was put. */
const deployed = (calls: readonly CallLine[]): string => story(calls).find((line) => line.startsWith("PUT credit/"))?.slice("PUT credit/".length) ?? "";

export const replacement: Readonly<Record<string, Life>> = {
  "(e) another instanceType of a live deployment is refused, and nothing is lost": async (stack) => {
    await stack.up(credit({ blue, green }, { blue: 100 }));
    const { calls, code, output, preview } = await stack.up(credit({ blue: bigger, green }, { blue: 100 }));
    expect(preview.code).not.toBe(0);
    expect(preview.output).toMatch(/deployment \\?"blue\\?" has 100 % of the traffic, and Azure would have to delete it/);
    // Whoever skips the preview hears it from the service.
    expect(code).not.toBe(0);
    expect(story(calls)).toEqual(["DELETE credit/blue 400"]);
    expect(output).toContain('Deployment "blue" of endpoint "credit" could not be deleted.');
    expect(output).toContain("give traffic.blue 0");
    const after = await stack.up(credit({ blue, green }, { blue: 100 }));
    expect(after.code, after.output).toBe(0);
    expect(story(after.calls)).toEqual([]);
  },

  "(e) at 0 % it is replaced": async (stack) => {
    await stack.up(credit({ blue, green }, { green: 100, blue: 0 }));
    const { calls, code, output, told } = await stack.up(credit({ blue: bigger, green }, { green: 100, blue: 0 }));
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["DELETE credit/blue", "PUT credit/blue", "PUT credit blue=0 green=100"]);
    expect(changes(told)).toEqual(["deployments: blue replaced"]);
  },

  "(e) at 0 %, for what Azure then refuses, it is gone, and that is said": async (stack) => {
    await stack.up(credit({ blue, green }, { green: 100, blue: 0 }));
    plant(stack.service, { refuse: [{ request: "PUT deployments/blue", status: 400, code: "BadRequest", message: "The size is not offered here." }] });
    const { calls, code, output } = await stack.up(credit({ blue: bigger, green }, { green: 100, blue: 0 }));
    expect(code).not.toBe(0);
    expect(story(calls)).toEqual(["DELETE credit/blue", "PUT credit/blue 400"]);
    expect(output).toContain("It does not run now; if it was to replace one of its name, that one has been deleted.");
    plant(stack.service, { refuse: [] });
    const after = await stack.up(credit({ blue, green }, { green: 100, blue: 0 }));
    expect(after.code, after.output).toBe(0);
    expect(story(after.calls).slice(0, 1)).toEqual(["PUT credit/blue"]);
  },

  "(e) egress that is written as it is by default replaces all the same, and the preview says to leave it out": async (stack) => {
    await stack.up(credit({ blue }, { blue: 100 }));
    const { calls, code, preview } = await stack.up(credit({ blue: deployment({ egressPublicNetworkAccess: "enabled" }) }, { blue: 100 }));
    expect(preview.output).toMatch(/leave egressPublicNetworkAccess out: it is enabled/);
    expect(code).not.toBe(0);
    expect(story(calls)).toEqual(["DELETE credit/blue 400"]);
  },

  "(e) other compute is refused before anything goes, at 0 % too": async (stack) => {
    const idle = credit({ blue }, {});
    const moved = credit({ blue }, {}, { target: { ...target, subscriptionId: SUBSCRIPTION }, azure: { compute: "azureml:aks" } });
    await stack.up(idle);
    const { calls, code, output, preview } = await stack.up(moved);
    expect(preview.code).not.toBe(0);
    expect(preview.output).toMatch(/azure\.compute is another than the endpoint was made with/);
    expect(code).not.toBe(0);
    expect(story(calls)).toEqual(["PUT credit/blue 400"]);
    expect(output).toContain("An endpoint keeps its compute for life.");
    const after = await stack.up(idle);
    expect(after.code, after.output).toBe(0);
    expect(story(after.calls)).toEqual([]);
  },

  "(f) side by side there is no moment without a live deployment": async (stack) => {
    const beside = (instanceType: string): object => deployment({ azure: { instanceType, replacement: "sideBySide" } });
    const first = await stack.up(credit({ blue: beside("Standard_DS3_v2") }, { blue: 100 }));
    expect(first.code, first.output).toBe(0);
    const { calls, code, output, told } = await stack.up(credit({ blue: beside("Standard_F4s_v2") }, { blue: 100 }));
    expect(code, output).toBe(0);
    const [before, after] = [deployed(first.calls), deployed(calls)];
    expect(changes(told)).toEqual([`deployments: ${before} replaced by ${after}`]);
    expect(story(first.calls)).toEqual(["PUT credit", `PUT credit/${before}`, `PUT credit ${before}=100`]);
    expect(after).not.toBe(before);
    expect(story(calls)).toEqual([`PUT credit/${after}`, `PUT credit ${after}=100`, `DELETE credit/${before}`]);
  },

  "(f) side by side, two of three are replaced in one up, and their old ones go one after the other": async (stack) => {
    const beside = (instanceType: string): object => deployment({ azure: { instanceType, replacement: "sideBySide" } });
    const of = (instanceType: string) => credit({ blue: beside(instanceType), green, red: beside(instanceType) }, { blue: 50, red: 50 });
    await stack.up(of("Standard_DS3_v2"));
    const { calls, code, output } = await stack.up(of("Standard_F4s_v2"));
    expect(code, output).toBe(0);
    expect(story(calls).map((line) => line.replaceAll(/-[0-9a-f]{6}/g, ""))).toEqual(["PUT credit/blue", "PUT credit/red", "PUT credit blue=50 red=50", "DELETE credit/red", "DELETE credit/blue"]);
  },

  "(g) a first provisioning that failed is mended by the next up": async (stack) => {
    plant(stack.service, { fail: [{ operation: "PUT deployments/blue", code: "ImageBuildFailure", message: "no package wine", times: 1 }] });
    const failed = await stack.up(credit({ blue }, { blue: 100 }));
    expect(failed.code).not.toBe(0);
    expect(story(failed.calls)).toEqual(["PUT credit", "PUT credit/blue"]);
    expect(failed.output).toContain('Deployment "blue" of endpoint "credit" could not be made. Azure said: no package wine');
    expect(failed.output).toContain("az ml online-deployment get-logs --endpoint-name credit --name blue");
    const { calls, code, output } = await stack.up(credit({ blue: deployment({ description: "mended" }) }, { blue: 100 }));
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["DELETE credit/blue", "PUT credit/blue", "PUT credit blue=100"]);
  },
};


