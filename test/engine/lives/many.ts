/** Lives of many. */
import { expect } from "vitest";
import { credit, deployment, target } from "../declarations.ts";
import { changes, toldOf } from "../events.ts";
import type { Life } from "../life.ts";
import { story } from "../story.ts";

const blue = deployment();

export const many: Readonly<Record<string, Life>> = {
  "(l) two endpoints of one program change apart from each other": async (stack) => {
    const both = (share: number) => ({
      endpoints: {
        ...credit({ blue, green: blue }, { blue: 100 - share, green: share }).endpoints,
        fraud: { kind: "online", name: "fraud", target, authMode: "key", deployments: { blue }, traffic: { blue: 100 } },
      },
    });
    const first = await stack.up(both(0));
    expect(first.code, first.output).toBe(0);
    for (const endpoint of ["credit", "fraud"]) expect(changes(first.told, endpoint)).toEqual([expect.stringContaining("deployments: blue added")]);
    const of = (endpoint: string) => story(first.calls).filter((line) => line.includes(` ${endpoint}`));
    expect(of("credit")).toEqual(["PUT credit", "PUT credit/blue", "PUT credit/green", "PUT credit blue=100 green=0"]);
    expect(of("fraud")).toEqual(["PUT fraud", "PUT fraud/blue", "PUT fraud blue=100"]);
    const { calls, code, output } = await stack.up(both(10));
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["PUT credit blue=90 green=10"]);
  },

  "(l) an endpoint that depends on another one keeps nobody waiting with what it has to say": async (stack) => {
    const both = (share: number) => ({
      endpoints: {
        ...credit({ blue, green: blue }, { blue: 100 - share, green: share }).endpoints,
        fraud: { kind: "online", name: "fraud", target, authMode: "key", deployments: { blue }, traffic: { blue: 100 }, follows: true },
      },
    });
    for (const share of [0, 10]) {
      const { code, output, told } = await stack.up(both(share));
      expect(code, output).toBe(0);
      expect(toldOf(told, "fraud").length).toBeGreaterThan(0);
    }
  },

  "(q) twenty deployments come one after another": async (stack) => {
    const names = Array.from({ length: 20 }, (_, i) => `d${String(i).padStart(2, "0")}x`);
    const deployments = Object.fromEntries(names.map((name) => [name, blue]));
    const { calls, code, output } = await stack.up(credit(deployments, Object.fromEntries(names.map((name) => [name, 5]))));
    expect(code, output).toBe(0);
    const last = `PUT credit ${names.map((name) => `${name}=5`).join(" ")}`;
    expect(story(calls)).toEqual(["PUT credit", ...names.map((name) => `PUT credit/${name}`), last]);
  },
};

