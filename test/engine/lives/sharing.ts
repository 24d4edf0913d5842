/** Lives of an endpoint that two programs share. */
import { expect } from "vitest";
import { SUBSCRIPTION } from "../../rig/azure/plugin/provider.ts";
import { credit, deployment, target } from "../declarations.ts";
import type { Life } from "../life.ts";
import { newStack, type Declaration } from "../stack.ts";
import { story } from "../story.ts";

const joined = (...names: readonly string[]): Declaration => ({
  deployments: Object.fromEntries(names.map((name) => [name, { ...deployment(), endpoint: "credit", target: { ...target, subscriptionId: SUBSCRIPTION } }])),
});

const owner = (traffic: object): Declaration => credit({ blue: deployment(), green: "external" }, traffic);

export const sharing: Readonly<Record<string, Life>> = {
  "(r) the endpoint in one stack, a deployment in another": async (stack) => {
    await using other = await newStack({ shared: stack.service });
    const first = await stack.up(owner({ blue: 100 }));
    expect(first.code, first.output).toBe(0);
    const made = await other.up(joined("green"));
    expect(made.code, made.output).toBe(0);
    expect(story(made.calls)).toEqual(["PUT credit/green"]);
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

  "(r) two of its program's deployments go in one up, one after the other, though the one between them stays": async (stack) => {
    await using other = await newStack({ shared: stack.service });
    await stack.up(owner({ blue: 100 }));
    await other.up(joined("green", "spare", "third"));
    const { calls, code, output } = await other.up(joined("spare"));
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["DELETE credit/third", "DELETE credit/green"]);
  },

  "(r) what its program removes while the owner gives it a share is the owner's to drain": async (stack) => {
    await using other = await newStack({ shared: stack.service });
    await stack.up(owner({ blue: 100 }));
    await other.up(joined("green", "spare"));
    await stack.up(owner({ blue: 90, green: 10 }));
    const refused = await other.up(joined("spare"));
    expect(refused.code).not.toBe(0);
    expect(story(refused.calls)).toEqual(["DELETE credit/green 400"]);
    expect(refused.output).toContain("It has traffic, so it cannot be deleted, and nothing was lost. The program that owns the endpoint gives traffic.green 0");
  },
};
