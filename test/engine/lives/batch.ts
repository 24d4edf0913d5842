/** Lives of a batch endpoint: who names no deployment always finds one, and nothing of a job is deleted in the wrong order. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { plant } from "../../rig/azure/store.ts";
import { target } from "../declarations.ts";
import { SUBSCRIPTION } from "../../rig/azure/plugin/provider.ts";
import type { Life } from "../life.ts";
import { newStack, type Declaration } from "../stack.ts";
import { bodyOf, story } from "../story.ts";

const model = (changes: object = {}): object => ({
  model: "azureml:wine:1",
  codeConfiguration: { code: "azureml:wine:1", scoringScript: "score.py" },
  ...changes,
  azure: { compute: "azureml:cpu", environment: "azureml:wine:1", ...(changes as { readonly azure?: object }).azure },
});

const night = (deployments: object, deploymentName: string | undefined, more: object = {}): Declaration => ({
  endpoints: { night: { kind: "batch", name: "night", target, deployments, ...(deploymentName === undefined ? {} : { defaults: { deploymentName } }), ...more } },
});

const [blue, green] = [model(), model({ settings: { miniBatchSize: 5 } })];
const cluster = (more: object = {}) => model({ azure: { compute: { create: { name: "small", size: "Standard_DS3_v2", ...more } } } });

export const batch: Readonly<Record<string, Life>> = {
  "the first up has a default: it comes after the deployment it names, and a second up does nothing": async (stack) => {
    const declared = night({ blue }, "blue");
    const { calls, code, output } = await stack.up(declared);
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["PUT night", "PUT night/blue", "PUT night default=blue"]);
    const refreshed = await stack.run("refresh", "--yes", "--stack", "life");
    expect(refreshed.code, refreshed.output).toBe(0);
    expect(story((await stack.up(declared)).calls)).toEqual([]);
  },

  "the default moves to green and blue goes in one up: PUT before DELETE": async (stack) => {
    await stack.up(night({ blue, green }, "blue"));
    const moved = await stack.up(night({ green }, "green", { description: "Scores at night" }));
    expect(moved.code, moved.output).toBe(0);
    expect(story(moved.calls)).toEqual(["PUT night default=green", "DELETE night/blue"]);
    const none = await stack.up(night({ green }, undefined));
    expect(none.code, none.output).toBe(0);
    expect(story(none.calls)).toEqual(["PUT night default=none"]);
  },

  "settings change in place, other resources replace the deployment": async (stack) => {
    await stack.up(night({ blue, green }, "green"));
    const changed = await stack.up(night({ blue: model({ settings: { miniBatchSize: 50 } }), green }, "green"));
    expect(changed.code, changed.output).toBe(0);
    expect(story(changed.calls)).toEqual(["PUT night/blue"]);
    const replaced = await stack.up(night({ blue: model({ resources: { instanceCount: 4 } }), green }, "green"));
    expect(replaced.code, replaced.output).toBe(0);
    expect(story(replaced.calls)).toEqual(["DELETE night/blue", "PUT night/blue", "PUT night default=green"]);
  },

  "a first provisioning that failed is mended by the next up": async (stack) => {
    plant(stack.service, { fail: [{ operation: "PUT deployments/blue", code: "ResourceNotReady", message: "no such image", times: 1 }] });
    const failed = await stack.up(night({ blue }, "blue"));
    expect(failed.code).not.toBe(0);
    expect(story(failed.calls)).toEqual(["PUT night", "PUT night/blue"]);
    expect(failed.output).toContain('Deployment "blue" of endpoint "night" could not be made. Azure said: no such image');
    const { calls, code, output } = await stack.up(night({ blue: model({ description: "mended" }) }, "blue"));
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["DELETE night/blue", "PUT night/blue", "PUT night default=blue"]);
  },

  "a cluster comes before its deployments and goes after them; with another name it is another": async (stack) => {
    const first = await stack.up(night({ blue: cluster(), green: cluster() }, "blue"));
    expect(first.code, first.output).toBe(0);
    expect(story(first.calls)).toEqual(["PUT computes/small", "PUT night", "PUT night/blue", "PUT night/green", "PUT night default=blue"]);
    expect(bodyOf(first.calls, "PUT computes/small")?.["properties"]).toMatchObject({ properties: { scaleSettings: { minNodeCount: 0, maxNodeCount: 4 } } });
    const wider = await stack.up(night({ blue: cluster({ maxInstances: 9 }), green: cluster({ maxInstances: 9 }) }, "blue"));
    expect(story(wider.calls)).toEqual(["PUT computes/small"]);
    const other = cluster({ name: "large", size: "Standard_DS4_v2" });
    const moved = await stack.up(night({ blue: other, green: other }, "blue"));
    expect(moved.code, moved.output).toBe(0);
    expect(story(moved.calls)).toEqual(["PUT computes/large", "PUT night/blue", "PUT night/green", "DELETE computes/small"]);
  },

  "a pipeline component is deployed beside a model": async (stack) => {
    const steps = { type: "pipeline", component: "azureml:steps:1", azure: { compute: "azureml:cpu" } };
    const { calls, code, output } = await stack.up(night({ blue, steps }, "steps"));
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["PUT night", "PUT night/blue", "PUT night/steps", "PUT night default=steps"]);
    const again = await stack.up(night({ blue, steps: { ...steps, component: "azureml:steps:2" } }, "steps"));
    expect(again.code, again.output).toBe(0);
    expect(story(again.calls)).toEqual(["PUT night/steps"]);
  },

  "steps become components, another byte of code other versions, and nothing stays of those before": async (stack) => {
    const [folder, storage] = [join(stack.folder, "project", "steps"), { accountName: "store", containerName: "models" }];
    mkdirSync(folder, { recursive: true });
    const write = (text: string): void => writeFileSync(join(folder, "score.py"), text);
    const environment = { image: "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04" };
    const job = {
      inputs: { raw: { type: "uri_folder" } },
      outputs: { scores: { type: "uri_file" } },
      jobs: {
        prepare: { type: "command", command: ["python3", "score.py", "${{inputs.raw}}", "${{outputs.kept}}"], code: "./steps", environment, inputs: { raw: "${{parent.inputs.raw}}" }, outputs: { kept: { type: "uri_folder" } } },
        score: { type: "parallel", model: { path: "./steps/score.py" }, codeConfiguration: { code: "./steps", scoringScript: "score.py" }, environment, inputs: { files: "${{parent.jobs.prepare.outputs.kept}}" }, outputs: { scores: "${{parent.outputs.scores}}" } },
      },
    };
    const declared = night({ steps: { type: "pipeline", job, azure: { compute: "azureml:cpu" } } }, "steps", { target: { ...target, storage } });
    const short = (lines: readonly string[]): string[] => lines.filter((line) => !line.endsWith(".py")).map((line) => line.replace(/\/[0-9a-f]{12}(-[0-9a-f]{6})?$/, ""));
    const sorted = (lines: readonly string[], until: RegExp): readonly [string[], string[]] => {
      const at = lines.findIndex((line) => until.test(line));
      return [lines.slice(0, at).toSorted(), lines.slice(at)];
    };
    write("1");
    const first = await stack.up(declared);
    expect(first.code, first.output).toBe(0);
    const [before, after] = sorted(short(story(first.calls)), /components\/night__steps$/);
    expect(before.filter((line) => line !== "PUT night")).toEqual(expect.arrayContaining(["PUT codes/night", "PUT codes/night", "PUT components/night__steps__prepare", "PUT components/night__steps__score", "PUT environments/night--steps--prepare", "PUT environments/night--steps--score", "PUT models/night"]));
    expect(after.filter((line) => line !== "PUT night")).toEqual(["PUT components/night__steps", "PUT night/steps", "PUT night default=steps"]);
    expect(story((await stack.up(declared)).calls)).toEqual([]);
    write("2");
    const again = await stack.up(declared);
    expect(again.code, again.output).toBe(0);
    const lines = short(story(again.calls));
    expect(lines.filter((line) => line.startsWith("PUT")).at(-1)).toBe("PUT night/steps");
    expect(lines.slice(lines.indexOf("PUT night/steps") + 1).toSorted()).toEqual(["DELETE codes/night", "DELETE codes/night", "DELETE components/night__steps", "DELETE components/night__steps__prepare", "DELETE components/night__steps__score", "DELETE models/night"]);
    const gone = await stack.run("destroy", "--yes", "--stack", "life");
    expect(gone.code, gone.output).toBe(0);
    const versions = ["DELETE codes/night", "DELETE codes/night", "DELETE components/night__steps", "DELETE components/night__steps__prepare", "DELETE components/night__steps__score"];
    const others = ["DELETE environments/night--steps--prepare", "DELETE environments/night--steps--score", "DELETE models/night", "DELETE night"];
    expect(short(story(gone.calls)).toSorted()).toEqual([...versions, ...others]);
  },

  "two deployments go in one up, one after the other, though the one between them stays": async (stack) => {
    await stack.up(night({ blue, green, red: blue }, "green"));
    const { calls, code, output } = await stack.up(night({ green }, "green"));
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["PUT night default=green", "DELETE night/red", "DELETE night/blue"]);
  },

  "in another workspace it is made again with its deployments, and has its default again": async (stack) => {
    await stack.up(night({ blue }, "blue"));
    const { calls, code, output, told } = await stack.up(night({ blue }, "blue", { target: { ...target, workspaceName: "ws-2" } }));
    expect(code, output).toBe(0);
    expect(told).toContain('Endpoint "night": workspaceName changed: the endpoint is deleted with all that it has, and made again there');
    expect(story(calls).filter((line) => line !== "DELETE routing")).toEqual(["DELETE night/blue", "DELETE night", "PUT night", "PUT night/blue", "PUT night default=blue"]);
  },

  "a deployment of another stack joins, becomes the default, and is the one to say so": async (stack) => {
    await using other = await newStack({ shared: stack.service });
    await stack.up(night({ blue }, "blue"));
    const by = { subscriptionId: SUBSCRIPTION, ...target };
    const joined = await other.up({ deployments: { green: { kind: "batch", endpoint: "night", target: by, ...green } } });
    expect(joined.code, joined.output).toBe(0);
    expect(story(joined.calls)).toEqual(["PUT night/green"]);
    const moved = await stack.up(night({ blue, green: "external" }, "green"));
    expect(moved.code, moved.output).toBe(0);
    expect(story(moved.calls)).toEqual(["PUT night default=green"]);
  },

  "destroy deletes the endpoint, and with it all; the cluster after it": async (stack) => {
    await stack.up(night({ blue: cluster(), green }, "blue"));
    const { calls, code, output } = await stack.run("destroy", "--yes", "--stack", "life");
    expect(code, output).toBe(0);
    expect(story(calls)).toEqual(["DELETE night", "DELETE computes/small"]);
  },
};
