/** Lives of an endpoint's traffic: no call may take it away, and none may come too early. */
import { expect } from "vitest";
import { somebodyRoutes } from "../../rig/azure/somebody.ts";
import { credit, deployment, idOf } from "../declarations.ts";
import { changes } from "../events.ts";
import type { Life } from "../life.ts";
import { bodyOf, story } from "../story.ts";

const blue = deployment();
const green = deployment();

export const routing: Readonly<Record<string, Life>> = {
  "(a) the first up has traffic: it comes after the deployment it names": async (stack) => {
    const { calls, code, output, told } = await stack.up(credit({ blue }, { blue: 100 }));
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["PUT credit", "PUT credit/blue", "PUT credit blue=100"]);
    expect(changes(told)).toEqual(["deployments: blue added; traffic: blue 0 % → 100 %"]);
    // Whoever reads an update has read the preview.
    expect(output).not.toContain("blue added");
  },

  "(b) refresh, then up: nothing is put, with or without traffic": async (stack) => {
    await stack.up(credit({ blue, green }, { blue: 90, green: 10 }));
    const refreshed = await stack.run("refresh", "--yes", "--stack", "life");
    expect(refreshed.code, refreshed.output).toBe(0);
    const unchanged = await stack.up(credit({ blue, green }, { blue: 90, green: 10 }));
    expect(unchanged.code, unchanged.output).toBe(0);
    expect(story(unchanged.calls)).toEqual([]);
    expect(changes(unchanged.told)).toEqual([]);
    const changed = await stack.up(credit({ blue, green }, { blue: 90, green: 10 }, { description: "Scores", tags: { team: "risk" } }));
    expect(changed.code, changed.output).toBe(0);
    expect(story(changed.calls).filter((line) => line.startsWith("PUT credit") && !line.includes("/"))).toEqual(["PUT credit blue=90 green=10"]);
  },

  "(c) green is added and gets 10 % in one up": async (stack) => {
    await stack.up(credit({ blue }, { blue: 100 }));
    const { calls, code, output, told } = await stack.up(credit({ blue, green }, { blue: 90, green: 10 }));
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["PUT credit/green", "PUT credit blue=90 green=10"]);
    expect(changes(told)).toEqual(["deployments: green added; traffic: blue 100 % → 90 %, green 0 % → 10 %"]);
  },

  "(d) all traffic moves to green and blue goes in one up: PUT before DELETE": async (stack) => {
    await stack.up(credit({ blue, green }, { blue: 90, green: 10 }));
    const { calls, code, output, told } = await stack.up(credit({ green }, { green: 100 }));
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["PUT credit green=100", "DELETE credit/blue"]);
    expect(changes(told)).toEqual(["deployments: blue removed; traffic: blue 90 % → 0 %, green 10 % → 100 %"]);
  },

  "(d) blue and red go in one up, one after the other, though green between them stays": async (stack) => {
    await stack.up(credit({ blue, green, red: blue }, { green: 100 }));
    const { calls, code, output, told } = await stack.up(credit({ green }, { green: 100 }));
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["PUT credit green=100", "DELETE credit/red", "DELETE credit/blue"]);
    expect(changes(told)).toEqual(["deployments: blue removed, red removed"]);
  },

  "traffic: {} drains a live endpoint, and then its deployment can go": async (stack) => {
    await stack.up(credit({ blue, green }, { blue: 100 }));
    const { calls, code, output, told } = await stack.up(credit({ blue, green }, {}));
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["PUT credit no traffic"]);
    expect(changes(told)).toEqual(["traffic: blue 100 % → 0 %"]);
    const gone = await stack.up(credit({ green }, {}));
    expect(gone.code, gone.output).toBe(0);
    expect(story(gone.calls)).toEqual(["PUT credit no traffic", "DELETE credit/blue"]);
  },

  "another publicNetworkAccess reaches the service, with the traffic": async (stack) => {
    await stack.up(credit({ blue }, { blue: 100 }));
    const { calls, code, output } = await stack.up(credit({ blue }, { blue: 100 }, { azure: { publicNetworkAccess: "disabled" } }));
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["PUT credit blue=100"]);
    expect(bodyOf(calls, "PUT credit blue=100")?.["properties"]).toMatchObject({ publicNetworkAccess: "Disabled" });
  },

  "traffic that somebody else has changed is not seen, and another revision puts it back": async (stack) => {
    const declared = (revision?: string) => credit({ blue, green }, { blue: 100 }, { azure: { revision } });
    await stack.up(declared());
    await somebodyRoutes(stack.service, idOf("credit"), { green: 100 });
    const unseen = await stack.up(declared());
    expect(unseen.code, unseen.output).toBe(0);
    expect(story(unseen.calls)).toEqual([]);
    const { calls, code, output } = await stack.up(declared("after the incident"));
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["PUT credit blue=100"]);
  },

  "a secret among the endpoint's fields hides nothing of what changes, and is not told": async (stack) => {
    const hidden = (traffic: object, more: object = {}) => credit({ blue, green, ...more }, traffic, { tags: { owner: "secret:sesame" } });
    const first = await stack.up(hidden({ blue: 100 }));
    expect(first.code, first.output).toBe(0);
    expect(changes(first.told)).toEqual(["deployments: blue added, green added; traffic: blue 0 % → 100 %"]);
    const moved = await stack.up(hidden({ blue: 90, green: 10 }));
    expect(changes(moved.told)).toEqual(["traffic: blue 100 % → 90 %, green 0 % → 10 %"]);
    const refused = await stack.up(hidden({ blue: 90, green: 10 }, { blue: deployment({ azure: { instanceType: "Standard_F4s_v2" } }) }));
    expect(refused.preview.code).not.toBe(0);
    expect(refused.preview.output).toMatch(/deployment \\?"blue\\?" has 90 % of the traffic/);
    for (const { output, told } of [first, moved, refused]) expect([output, ...told].join("\n")).not.toContain("sesame");
  },

  "the scoring URI has the custom container's route after the first up, and after a change of it": async (stack) => {
    const routed = (path: string): object => {
      const route = { path, port: 8080 };
      return { environment: { image: "registry.example.com/own:1", inferenceConfig: { livenessRoute: route, readinessRoute: route, scoringRoute: route } }, instanceCount: 3, azure: { instanceType: "Standard_DS3_v2" } };
    };
    const uris: string[] = [];
    for (const path of ["/predict", "/predict", "/v2/predict"]) {
      const { code, output } = await stack.up(credit({ blue: routed(path) }, { blue: 100 }));
      expect(code, output).toBe(0);
      const told = await stack.run("stack", "output", "--json", "--stack", "life");
      uris.push(...(JSON.parse(told.stdout) as { readonly scoringUris: readonly string[] }).scoringUris);
    }
    expect(uris.map((uri) => new URL(uri).pathname)).toEqual(["/predict", "/predict", "/v2/predict"]);
  },

  "(h) destroy with live traffic deletes the endpoint, and with it all": async (stack) => {
    await stack.up(credit({ blue, green }, { blue: 90, green: 10 }));
    const { calls, code, output } = await stack.run("destroy", "--yes", "--stack", "life");
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["DELETE credit"]);
  },

  "(o) the mirror goes on, moves, and goes off": async (stack) => {
    const shadow = deployment();
    const ups = [
      credit({ blue, green, shadow }, { blue: 100 }),
      credit({ blue, green, shadow }, { blue: 100 }, { mirrorTraffic: { green: 20 } }),
      credit({ blue, green, shadow }, { blue: 100 }, { mirrorTraffic: { shadow: 30 } }),
      credit({ blue, green, shadow }, { blue: 100 }, { mirrorTraffic: { shadow: 0 } }),
    ];
    const put: string[] = [];
    const previewed: string[] = [];
    for (const declared of ups) {
      const { calls, code, output, told } = await stack.up(declared);
      expect(code, output).toBe(0);
      put.push(story(calls).at(-1) ?? "");
      previewed.push(...changes(told));
    }
    expect(previewed.slice(1)).toEqual(["mirror: green 0 % → 20 %", "mirror: green 20 % → 0 %, shadow 0 % → 30 %", "mirror: shadow 30 % → 0 %"]);
    expect(put).toEqual(["PUT credit blue=100", "PUT credit blue=100 green~20", "PUT credit blue=100 shadow~30", "PUT credit blue=100"]);
  },
};
