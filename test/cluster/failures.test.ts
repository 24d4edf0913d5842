/** What can only go wrong on a cluster: the deployment fails with the reason, in bounded time, and traffic stays where it was. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { fileURLToPath } from "node:url";
import type { Caller } from "../conformance/caller.ts";
import { IMAGES } from "./image.ts";
import { answering, newDeclared, onnx, row, type Declared, type Endpoints } from "./declared.ts";

/** What `up` does besides waiting for the pods. */
const AROUND_SECONDS = 60;
const scripts = fileURLToPath(new URL("../scoring/fixtures/scripts", import.meta.url));

let declared: Declared;
let caller: Caller;

const withGreen = (green: object, traffic: object = { blue: 50, green: 50 }): Endpoints => ({ wine: { deployments: { blue: onnx("blue"), green }, traffic } });

beforeAll(async () => {
  declared = await newDeclared("failures");
  await declared.up({ wine: { deployments: { blue: onnx("blue") }, traffic: { blue: 100 } } });
  caller = await declared.caller("wine");
  await answering(caller);
});

afterAll(() => declared?.[Symbol.asyncDispose]());

test.each([
  { what: "an image that cannot be pulled", waitSeconds: 20, green: onnx("green", { kubernetes: { scoringImage: "127.0.0.1:1/nobody/has-it:1" } }), reason: /ErrImagePull|ImagePullBackOff/ },
  {
    what: "a script whose init() raises, with its last traceback",
    waitSeconds: 30,
    green: {
      ...onnx("green", { kubernetes: { scoringImage: IMAGES.wine } }),
      codeConfiguration: { code: scripts, scoringScript: "bad_init.py" },
    },
    reason: /bad_init\.py[\s\S]*(Error|Exception)/,
  },
  // It is asked for again, for half a minute.
  { what: "a model whose address does not answer", waitSeconds: 60, green: { ...onnx("green"), model: { path: "https://127.0.0.1:1/wine.onnx" } }, reason: /https:\/\/127\.0\.0\.1:1\/wine\.onnx/ },
])("$what", async ({ green, reason, waitSeconds }) => {
  await using load = caller.endless(2, row);
  await load.more(20);
  const begin = performance.now();
  const { output } = await declared.up(withGreen(green), { refused: true, waitSeconds });
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
});
