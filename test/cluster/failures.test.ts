/** What can only go wrong on a cluster: `up` fails with the reason, in bounded time, and traffic stays where it was. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { fileURLToPath } from "node:url";
import type { Caller } from "../conformance/caller.ts";
import { podsOf } from "./cluster.ts";
import { answering, ATTACHED, newDeclared, onnx, row, type Declared, type Endpoints } from "./declared.ts";
import { IMAGES } from "./image.ts";
import { newWeb, type Web } from "./web.ts";

const NAMESPACE = "failures";
/** What `up` does besides waiting. */
const AROUND_SECONDS = 60;
const scripts = fileURLToPath(new URL("../scoring/fixtures/scripts", import.meta.url));

let declared: Declared;
let caller: Caller;
let web: Web;

const blue = { blue: onnx("blue") };
const wine = (deployments: object, traffic: object = { blue: 100 }): Endpoints => ({ wine: { deployments, traffic } });
const withGreen = (green: object, traffic: object = { blue: 50, green: 50 }): Endpoints => wine({ ...blue, green }, traffic);
const script = (name: string, more: object = {}): object => ({ ...onnx("green", { kubernetes: { scoringImage: IMAGES.wine } }), codeConfiguration: { code: scripts, scoringScript: name }, ...more });
/** A model that is not where it is said to be. What http brings has a hash. */
const missing = (name: string): object => ({ ...onnx(name), model: { path: web.address("gone.onnx"), sha256: "0".repeat(64) } });

beforeAll(async () => {
  web = await newWeb({});
  declared = await newDeclared(NAMESPACE);
  await declared.up(wine(blue));
  caller = await declared.caller("wine");
  await answering(caller);
});

afterAll(async () => {
  await declared?.[Symbol.asyncDispose]();
  await web?.[Symbol.asyncDispose]();
});

interface Failing {
  readonly what: string;
  readonly waitSeconds: number;
  readonly endpoints: () => Endpoints;
  readonly reason: RegExp;
}

test.each<Failing>([
  {
    what: "an image that cannot be pulled",
    waitSeconds: 20,
    endpoints: () => withGreen(onnx("green", { kubernetes: { scoringImage: "127.0.0.1:1/nobody/has-it:1" } })),
    reason: /ErrImagePull|ImagePullBackOff/,
  },
  { what: "a script whose init() raises, with its last traceback", waitSeconds: 30, endpoints: () => withGreen(script("bad_init.py")), reason: /bad_init\.py[\s\S]*(Error|Exception)/ },
  {
    what: "a pod that runs and never gets ready",
    waitSeconds: 20,
    endpoints: () => withGreen(script("slow_init.py", { environmentVariables: { GATE: "/nobody/opens/it" } })),
    reason: /wine--green[\s\S]*containers with unready status: \[scoring\]/,
  },
  // It is asked for again, for half a minute.
  {
    what: "a model whose address does not answer",
    waitSeconds: 60,
    endpoints: () => withGreen({ ...onnx("green"), model: { path: "https://127.0.0.1:1/wine.onnx" } }),
    reason: /https:\/\/127\.0\.0\.1:1\/wine\.onnx/,
  },
  { what: "a model whose address answers 404", waitSeconds: 30, endpoints: () => withGreen(missing("green")), reason: /the model cannot be fetched: http:\S+\/gone\.onnx: FileNotFoundError/ },
  { what: "an update of who has the traffic", waitSeconds: 30, endpoints: () => wine({ blue: missing("blue") }), reason: /the model cannot be fetched: http:\S+\/gone\.onnx: FileNotFoundError/ },
  {
    what: "a listener that takes no routes of the namespace, for another endpoint",
    waitSeconds: 20,
    endpoints: () => ({ ...wine(blue), shut: { deployments: blue, traffic: { blue: 100 }, target: { gateway: { ...ATTACHED, listener: "closed" } } } }),
    reason: /HTTPRoute failures\/shut\S* could not be made: its Accepted is False, NotAllowedByListeners: [\s\S]*The listener does not take routes of this namespace: /,
  },
])("$what", async ({ endpoints, reason, waitSeconds }) => {
  await using load = caller.endless(2, row);
  await load.more(20);
  const begin = performance.now();
  const { output } = await declared.up(endpoints(), { refused: true, waitSeconds });
  const seconds = (performance.now() - begin) / 1000;
  await load.more(100);
  await load.stop();
  expect(output).toMatch(reason);
  expect(seconds).toBeLessThan(waitSeconds + AROUND_SECONDS);
  expect(new Set(load.answers.map(({ deployment, status }) => `${status} ${deployment}`))).toEqual(new Set(["200 blue"]));
});

test("the same program, mended, goes up", async () => {
  await declared.up(withGreen(onnx("green"), { blue: 0, green: 100 }));
  await answering(caller, { "azureml-model-deployment": "green" });
  expect(await caller.post(row(0))).toMatchObject({ status: 200, deployment: "green" });
  expect((await podsOf(NAMESPACE, "wine", "blue")).length).toBe(1);
});
