/** Lives of a deployment whose instances an autoscaler counts. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { autoscalerMoves, read } from "../../rig/azure/somebody.ts";
import { credit, deployment, idOf } from "../declarations.ts";
import { toldOf } from "../events.ts";
import type { Life } from "../life.ts";
import type { Stack } from "../stack.ts";
import { bodyOf, story } from "../story.ts";

const autoscale = { minInstances: 2, maxInstances: 10, rules: [{ metric: "cpu", target: 60 }] };
const scaled = (changes: object = {}) => deployment({ instanceCount: 2, autoscale, ...changes });
const blue = idOf("credit/deployments/blue");

const capacity = ({ service }: Stack): unknown => read(service, blue)["sku"]["capacity"];

export const instances: Readonly<Record<string, Life>> = {
  "(j) the autoscaler moved the capacity: the next up leaves it": async (stack) => {
    const first = await stack.up(credit({ blue: scaled() }, { blue: 100 }));
    expect(first.code, first.output).toBe(0);
    const made = story(first.calls);
    expect(made.slice(0, 2)).toEqual(["PUT credit", "PUT credit/blue"]);
    // Both follow the deployment, and not each other.
    expect(made.slice(2).toSorted()).toEqual(["PUT autoscaleSettings/ws-credit--blue", "PUT credit blue=100"]);
    await autoscalerMoves(stack.service, blue, 7);
    const second = await stack.up(credit({ blue: scaled() }, { blue: 100 }, { description: "Scores" }));
    expect(second.code, second.output).toBe(0);
    expect(story(second.calls)).toEqual(["PUT credit blue=100"]);
    expect(capacity(stack)).toBe(7);
    const refreshed = await stack.run("refresh", "--yes", "--stack", "life");
    expect(refreshed.code, refreshed.output).toBe(0);
    const third = await stack.up(credit({ blue: scaled({ description: "new" }) }, { blue: 100 }, { description: "Scores" }));
    expect(third.code, third.output).toBe(0);
    expect(story(third.calls)).toEqual(["PUT credit/blue"]);
    expect(capacity(stack)).toBe(7);
  },

  "(j) another change puts the number that the state knows, which the preview says, and with --refresh the autoscaler's": async (stack) => {
    const version = (value: string) => credit({ blue: scaled({ environmentVariables: { VERSION: value } }) }, { blue: 100 });
    const first = await stack.up(version("1"));
    expect(first.code, first.output).toBe(0);
    await autoscalerMoves(stack.service, blue, 7);
    const { calls, code, output, told } = await stack.up(version("2"));
    expect(code, output).toBe(0);
    expect(toldOf(told, "credit")).toContain('deployment "blue" is put again with 2 instances, as the state knows them; where its autoscaler has moved them, run pulumi up --refresh');
    expect(story(calls)).toEqual(["PUT credit/blue"]);
    expect(capacity(stack)).toBe(2);
    await autoscalerMoves(stack.service, blue, 8);
    writeFileSync(join(stack.folder, "project", "declaration.json"), JSON.stringify(version("3")));
    const refreshed = await stack.run("up", "--refresh", "--yes", "--skip-preview", "--stack", "life");
    expect(refreshed.code, refreshed.output).toBe(0);
    expect(story(refreshed.calls)).toEqual(["PUT credit/blue"]);
    expect(bodyOf(refreshed.calls, "PUT credit/blue")?.["properties"]).toMatchObject({ environmentVariables: { VERSION: "3" } });
    expect(capacity(stack)).toBe(8);
  },

  "(k) the autoscaler is removed: the deployment has its own count again": async (stack) => {
    await stack.up(credit({ blue: scaled() }, { blue: 100 }));
    await autoscalerMoves(stack.service, blue, 7);
    const { calls, code, output } = await stack.up(credit({ blue: deployment({ instanceCount: 4 }) }, { blue: 100 }));
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["PUT credit/blue", "DELETE autoscaleSettings/ws-credit--blue"]);
    expect(bodyOf(calls, "PUT credit/blue")).toMatchObject({ sku: { capacity: 4, name: "Default" } });
    expect(capacity(stack)).toBe(4);
  },
};
