/**
 * Autoscalers on a real cluster: the number of instances follows the load or the clock and comes back, a second `up` meanwhile leaves it alone, and none
 * of the requests that go through the gateway all the time is lost. Most of it is waiting, for windows of a minute, so that the four run at once.
 */
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { Answer, Caller } from "../conformance/caller.ts";
import { startAutoscaling } from "../rig/kubernetes/autoscaling.ts";
import { PROMETHEUS_URL } from "../rig/kubernetes/prometheus.ts";
import { eventually } from "./cluster.ts";
import { newDeclared, onnx, type Declared, type Endpoints } from "./declared.ts";
import { Instances } from "./instances.ts";
import { failures, shown } from "./losses.ts";

const MOST = 3;
/** From the first request too many, or the last, to the autoscaler's decision: its windows are a minute each. */
const PATIENCE_SECONDS = 240;
const code = fileURLToPath(new URL("paced", import.meta.url));

const external = process.env["RIG"] === "external";
const prometheusUrl = external ? process.env["RIG_PROMETHEUS"] : PROMETHEUS_URL;

beforeAll(async () => {
  if (!external) await startAutoscaling();
});

/** A request that holds a worker so long. */
const taking = (waitMs: number, computeMs = 0) => (): string => JSON.stringify({ waitMs, computeMs });

/** A few requests all the time: not enough for a second instance. */
const LIGHT = [1, taking(200)] as const;

const endpoint = (autoscale: object, kubernetes: object = {}): Endpoints => {
  const { model: _none, ...blue } = onnx("blue", {
    codeConfiguration: { code, scoringScript: "score.ts" },
    autoscale: { minInstances: 1, maxInstances: MOST, ...autoscale },
    // Twice as many may wait for the one worker, for longer than they must.
    requestSettings: { maxConcurrentRequestsPerInstance: 20, maxQueueWaitMs: 10_000 },
    kubernetes: { resources: { requests: { cpu: "100m", memory: "64Mi" } }, ...kubernetes },
  }) as { readonly model: object };
  return { wine: { deployments: { blue }, traffic: { blue: 100 } } };
};

const newSpace = (namespace: string): Promise<Declared> => newDeclared(namespace, { monitoring: { prometheusUrl } });

const begun = async (declared: Declared, autoscale: object): Promise<{ readonly caller: Caller; readonly instances: Instances }> => {
  await declared.up(endpoint(autoscale));
  const caller = await declared.caller("wine");
  await eventually(async () => ((await caller.post(LIGHT[1]()).catch(() => undefined))?.status === 200 ? true : undefined));
  return { caller, instances: new Instances(declared.namespace, "wine", "blue") };
};

/** Another `up`, which writes the Deployment but no pod: neither what it would do nor what it does concerns the number. */
const leavesAlone = async (declared: Declared, instances: Instances, autoscale: object): Promise<void> => {
  const changed = endpoint(autoscale, { rollingUpdate: { maxSurge: 2 } });
  declared.declare(changed);
  const counts = await instances.during(async () => {
    expect(await differences(declared)).toEqual(["spec.strategy.rollingUpdate.maxSurge"]);
    await declared.up(changed);
  });
  expect(counts).toEqual([MOST]);
};

/** What a preview would change of all that there is. */
const differences = async ({ stack }: Declared): Promise<string[]> => {
  const { steps } = JSON.parse((await stack.run("preview", "--json")).stdout) as { readonly steps: readonly { readonly op: string; readonly detailedDiff?: object }[] };
  return steps.filter(({ op }) => op !== "same").flatMap(({ detailedDiff }) => Object.keys(detailedDiff ?? {}));
};

/** More instances while there is more load, and back: all answers of that time. */
const followed = async (namespace: string, rule: object, heavy: readonly [atOnce: number, body: () => string]): Promise<readonly Answer[]> => {
  const autoscale = { rules: [{ cooldownMinutes: 1, ...rule }] };
  await using declared = await newSpace(namespace);
  const { caller, instances } = await begun(declared, autoscale);
  await using light = caller.endless(...LIGHT);
  await using load = caller.endless(...heavy);
  await instances.asked(MOST, PATIENCE_SECONDS);
  await instances.settled(MOST, PATIENCE_SECONDS);
  await leavesAlone(declared, instances, autoscale);
  await load.stop();
  await instances.asked(1, PATIENCE_SECONDS);
  await instances.settled(1, PATIENCE_SECONDS);
  await light.more(50);
  await light.stop();
  const answers = [...load.answers, ...light.answers];
  console.log(`${namespace}, 1 to ${MOST} and back: ${shown(answers)}`);
  return answers;
};

describe.concurrent("the number of instances", { timeout: 600_000 }, () => {
  test("follows the processor, by a HorizontalPodAutoscaler", async ({ expect }) => {
    const answers = await followed("scaling-cpu", { metric: "cpu", target: 50 }, [4, taking(40, 5)]);
    expect(failures(answers)).toEqual({});
  });

  test("follows the requests that are held, by KEDA and Prometheus", async ({ expect }) => {
    const answers = await followed("scaling-in-flight", { metric: "requestsInFlight", target: 2, windowMinutes: 1 }, [13, taking(100)]);
    expect(failures(answers)).toEqual({});
  });

  test("follows the requests that wait, by KEDA and Prometheus", async ({ expect }) => {
    const answers = await followed("scaling-queued", { metric: "requestsQueued", target: 2, windowMinutes: 1 }, [13, taking(100)]);
    expect(failures(answers)).toEqual({});
  });

  test("follows the clock, by KEDA", async ({ expect }) => {
    const { autoscale, ends, starts } = soon();
    await using declared = await newSpace("scaling-clock");
    const { caller, instances } = await begun(declared, autoscale);
    await using load = caller.endless(2, taking(50));
    const rose = await instances.asked(MOST, PATIENCE_SECONDS);
    await instances.settled(MOST, PATIENCE_SECONDS);
    await leavesAlone(declared, instances, autoscale);
    const fell = await instances.asked(1, PATIENCE_SECONDS);
    await instances.settled(1, PATIENCE_SECONDS);
    await load.more(50);
    await load.stop();
    console.log(`scaling-clock, up ${(rose - starts) / 1000} s after the beginning and down ${(fell - ends) / 1000} s after the end: ${shown(load.answers)}`);
    expect([rose >= starts, fell >= ends]).toEqual([true, true]);
    expect(failures(load.answers)).toEqual({});
  });
});

const MINUTE_MS = 60_000;

/** A schedule of two minutes that begins when the first `up` is over. */
const soon = () => {
  const starts = Math.ceil((Date.now() + 0.75 * MINUTE_MS) / MINUTE_MS) * MINUTE_MS;
  const ends = starts + 2 * MINUTE_MS;
  const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 16);
  const day = new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" }).format(starts).toLowerCase();
  return { starts, ends, autoscale: { schedules: { rush: { recurrence: { days: [day], start: clock(starts), end: clock(ends) }, minInstances: MOST } } } };
};
