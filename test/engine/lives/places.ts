/** Lives of an endpoint that is to be somewhere else, which Azure cannot do: nothing live may be lost. */
import { expect } from "vitest";
import type { CallLine } from "../../rig/azure/log.ts";
import { exists, read } from "../../rig/azure/somebody.ts";
import { credit, deployment, idOf, target } from "../declarations.ts";
import { toldOf } from "../events.ts";
import type { Life } from "../life.ts";
import type { Declaration } from "../stack.ts";
import { story } from "../story.ts";

const blue = deployment();
const at = (place: object, traffic: object, more: object = {}): Declaration => credit({ blue }, traffic, { target: { ...target, ...place }, ...more });

/** The engine deletes the record of the routing before a deployment or after it. */
const ofEndpoint = (calls: readonly CallLine[]): string[] => story(calls).filter((line) => line !== "DELETE routing");

const workspace = ({ workspaceName = target.workspaceName }: Partial<typeof target>): string => workspaceName.replace("secret:", "");

/** Another place refuses a live endpoint in the preview, and in an update before anything of it goes. */
const stays =
  (place: object, said: string, here: Partial<typeof target> = {}): Life =>
  async (stack) => {
    const first = await stack.up(at(here, { blue: 100 }));
    expect(first.code, first.output).toBe(0);
    const { calls, code, output, preview } = await stack.up(at(place, { blue: 100 }));
    expect(preview.code).not.toBe(0);
    expect(preview.output).toMatch(new RegExp(`Endpoint \\\\?"credit\\\\?": target\\.${said} is another .* traffic: \\{\\} and run pulumi up first`));
    // Whoever skips the preview hears it from the service.
    expect(code).not.toBe(0);
    expect(ofEndpoint(calls)).toEqual(["DELETE credit/blue 400"]);
    expect(output).toContain("It has traffic, so it cannot be replaced under its name, and nothing was lost.");
    const after = await stack.up(at(here, { blue: 100 }));
    expect(after.code, after.output).toBe(0);
    expect(read(stack.service, idOf("credit").replace("/ws/", `/${workspace(here)}/`))["properties"]).toMatchObject({ traffic: { blue: 100 } });
  };

export const places: Readonly<Record<string, Life>> = {
  "another resource group of a live endpoint is refused, and nothing is lost": stays({ resourceGroupName: "rg-2" }, "resourceGroupName"),

  "so is another workspace, whose name is a secret": stays({ workspaceName: "secret:ws-2" }, "workspaceName", { workspaceName: "secret:ws-1" }),

  "without traffic it is deleted with all that it has, and made again in the other workspace": async (stack) => {
    await stack.up(at({}, {}));
    const { calls, code, output, told } = await stack.up(at({ workspaceName: "ws-2" }, {}));
    expect(code, output).toBe(0);
    expect(toldOf(told, "credit")).toContain("workspaceName changed: the endpoint is deleted with all that it has, and made again there");
    expect(ofEndpoint(calls)).toEqual(["DELETE credit/blue", "DELETE credit", "PUT credit", "PUT credit/blue", "PUT credit no traffic"]);
    expect(exists(stack.service, idOf("credit"))).toBe(false);
    expect(exists(stack.service, idOf("credit").replace("/ws/", "/ws-2/"))).toBe(true);
  },

  "under another name the second one is complete in the other workspace before the first one goes": async (stack) => {
    await stack.up(at({}, { blue: 100 }));
    const { calls, code, output } = await stack.up(at({ workspaceName: "ws-2" }, { blue: 100 }, { name: "credit-2" }));
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["PUT credit-2", "PUT credit-2/blue", "PUT credit-2 blue=100", "DELETE credit"]);
  },
};
