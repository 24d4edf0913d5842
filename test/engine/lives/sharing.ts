/** Lives of an endpoint that two programs share. */
import { expect } from "vitest";
import { SUBSCRIPTION } from "../../rig/azure/plugin/provider.ts";
import { credit, deployment, target } from "../declarations.ts";
import type { Life } from "../life.ts";
import { newStack, type Declaration } from "../stack.ts";
import { story } from "../story.ts";

const owner = (traffic: object): Declaration => credit({ blue: deployment(), green: "external" }, traffic);

export const sharing: Readonly<Record<string, Life>> = {
  "(r) the endpoint in one stack, a deployment in another": async (stack) => {
    await using other = await newStack({ shared: stack.service });
    const green: Declaration = { deployments: { green: { ...deployment(), endpoint: "credit", target: { ...target, subscriptionId: SUBSCRIPTION } } } };
    const first = await stack.up(owner({ blue: 100 }));
    expect(first.code, first.output).toBe(0);
    const joined = await other.up(green);
    expect(joined.code, joined.output).toBe(0);
    expect(story(joined.calls)).toEqual(["PUT credit/green"]);
    const shared = await stack.up(owner({ blue: 90, green: 10 }));
    expect(shared.code, shared.output).toBe(0);
    expect(story(shared.calls)).toEqual(["PUT credit blue=90 green=10"]);
    const refused = await other.run("destroy", "--yes", "--stack", "life");
    expect(refused.code).not.toBe(0);
    expect(story(refused.calls)).toEqual(["DELETE credit/green 400"]);
    const drained = await stack.up(owner({ blue: 100 }));
    expect(drained.code, drained.output).toBe(0);
    const left = await other.run("destroy", "--yes", "--stack", "life");
    expect(left.code, left.output).toBe(0);
    expect(story(left.calls)).toEqual(["DELETE credit/green"]);
  },
};
