/** Constant load, and what happens to an endpoint meanwhile. Failures are counted by their status; 0 is a connection that broke. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer, Caller, Load } from "../conformance/caller.ts";
import type { Fields } from "../rig/kubernetes/client.ts";
import { client, eventually, podsOf } from "./cluster.ts";
import { answering, newDeclared, onnx, row, type Declared } from "./declared.ts";
import { IMAGES } from "./image.ts";
import { processesOf } from "./inside-pods.ts";
import { failures, shown } from "./losses.ts";
import { newRaw, type Raw } from "./raw.ts";

const NAMESPACE = "no-loss";
const AT_ONCE = 4;

let declared: Declared;
let raw: Raw;
let caller: Caller;

const endpoint = (traffic: object, image?: string, more: object = { green: onnx("green", { instanceCount: 2 }) }) => ({
  wine: {
    deployments: { blue: onnx("blue", { instanceCount: 2, ...(image === undefined ? {} : { kubernetes: { scoringImage: image } }) }), ...more },
    traffic,
  },
});

beforeAll(async () => {
  declared = await newDeclared(NAMESPACE);
  await declared.up(endpoint({ blue: 100 }));
  caller = await declared.caller("wine");
  raw = await newRaw(NAMESPACE);
  await Promise.all([answering(caller), answering(raw.caller)]);
});

afterAll(async () => {
  await raw?.[Symbol.asyncDispose]();
  await declared?.[Symbol.asyncDispose]();
});

const count = (counted: Record<string, number>): number => Object.values(counted).reduce((sum, each) => sum + each, 0);

/** Load on one endpoint while something is done, and a little longer. */
const under = async (to: Caller, act: (load: Load) => Promise<void>): Promise<readonly Answer[]> => {
  await using load = to.endless(AT_ONCE, row);
  await load.more(50);
  await act(load);
  await load.more(200);
  await load.stop();
  return load.answers;
};

const told = (what: string, answers: readonly Answer[], [how, beside]: readonly [how?: string, beside?: readonly Answer[]] = []): void => {
  console.log(`${what}: ${shown(answers)}${beside === undefined ? "" : `; ${how}: ${shown(beside)}`}`);
};

describe("under constant load no request is lost", () => {
  test("(a) by 20 changes of the weights", { timeout: 600_000 }, async () => {
    const answers = await under(caller, async (load) => {
      for (let i = 1; i <= 20; i++) {
        const green = (i * 35) % 105;
        await declared.up(endpoint({ blue: 100 - green, green }));
        await load.more(20);
      }
    });
    told("20 changes of the weights", answers);
    expect(failures(answers)).toEqual({});
    expect(new Set(answers.map(({ deployment }) => deployment))).toEqual(new Set(["blue", "green"]));
  });

  test("(b) by a rolling update of the image", async () => {
    const answers = await under(caller, async () => void (await declared.up(endpoint({ blue: 100 }, IMAGES.wineNext))));
    told("a rolling update of the image", answers);
    expect(failures(answers)).toEqual({});
  });

  test("(d) by the eviction of every pod, one after another as the budget allows", async () => {
    const evictAll = async (pods: readonly Fields[]): Promise<void> => {
      for (const { metadata } of pods) await evicted(metadata.name);
    };
    const answers = await under(caller, async () => evictAll(await podsOf(NAMESPACE, "wine", "blue")));
    told("evictions", answers);
    expect(failures(answers)).toEqual({});
  });

  test("(e) by the removal of a deployment after its weight went to 0", async () => {
    await declared.up(endpoint({ blue: 50, green: 50 }));
    const answers = await under(caller, async (load) => {
      await declared.up(endpoint({ blue: 100, green: 0 }));
      await load.more(20);
      await declared.up(endpoint({ blue: 100 }, undefined, {}));
    });
    told("removal of a deployment", answers);
    expect(failures(answers)).toEqual({});
    expect(await podsOf(NAMESPACE, "wine", "green")).toEqual([]);
  });

  test("(f) by a deployment that comes and goes, for those who name another too; and it gets nobody's requests", async () => {
    const aqua = { aqua: onnx("green") };
    await declared.up(endpoint({ blue: 100 }));
    const green = { "azureml-model-deployment": "green" };
    await answering(caller, green);
    await using named = caller.endless(1, row, green);
    const answers = await under(caller, async () => {
      await declared.up(endpoint({ blue: 100 }, undefined, { ...aqua, green: onnx("green", { instanceCount: 2 }) }));
      await named.more(20);
      await declared.up(endpoint({ blue: 100 }));
      await named.more(20);
    });
    await named.stop();
    told("a deployment that comes and goes", answers, ["by name", named.answers]);
    expect([failures(answers), failures(named.answers)]).toEqual([{}, {}]);
    const who = (each: readonly Answer[]) => [...new Set(each.map(({ deployment }) => deployment))];
    expect([who(answers), who(named.answers)]).toEqual([["blue"], ["green"]]);
  });
});

describe("when a front is killed", () => {
  test("(c) what it held is lost, and no more than with raw manifests", async () => {
    const killing = async (to: Caller, prefix: string): Promise<readonly Answer[]> =>
      under(to, async () => {
        const [victim] = await podsOf(NAMESPACE, ...(prefix.split("--") as [string, string]));
        killFront(victim as Fields);
        await restarted(victim as Fields);
      });
    const [ours, theirs] = [await killing(caller, "wine--blue"), await killing(raw.caller, "raw--pods")];
    told("kill -9 of a front", ours, ["by raw manifests", theirs]);
    // Shares, because who fails faster is asked more often.
    const share = (answers: readonly Answer[]): number => count(failures(answers)) / answers.length;
    expect(share(ours)).toBeLessThanOrEqual(Math.max(AT_ONCE / ours.length, share(theirs)));
  });
});

/** Asks as long as the budget says no. */
const evicted = async (name: string): Promise<void> => {
  const path = `/api/v1/namespaces/${NAMESPACE}/pods/${name}`;
  const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace: NAMESPACE } };
  await eventually(async () => {
    const { status } = await client.send("POST", `${path}/eviction`, body);
    // Pods of a rollout that is over may still be on their way out.
    if (status !== 404 && status !== 429 && status >= 300) throw new Error(`eviction of ${name}: ${status}`);
    return status < 300 || status === 404 ? true : undefined;
  });
  await eventually(async () => ((await client.send("GET", path)).status === 404 ? true : undefined));
};

/** The front is Node, below the process that reaps. */
const killFront = (pod: Fields): void => {
  const found = processesOf(pod);
  const front = found.find(({ command: [program = ""] }) => /(^|\/)node$/.test(program));
  if (front === undefined) throw new Error(`no front among ${JSON.stringify(found)}`);
  process.kill(front.pid, "SIGKILL");
};

const restarted = async ({ metadata }: Fields): Promise<void> => {
  for await (const { object, type } of client.watch(`/api/v1/namespaces/${NAMESPACE}/pods?fieldSelector=metadata.name%3D${metadata.name}`)) {
    const [container] = type === "LISTED" ? [] : (object["status"].containerStatuses as Fields[]);
    if (container !== undefined && container["restartCount"] > 0 && container["ready"] === true) return;
  }
};
