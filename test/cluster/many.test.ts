/** More deployments than one rule of a route has backends for, and more pods than a small node is made for; and many endpoints, in a preview. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Caller } from "../conformance/caller.ts";
import { labelOf, wine } from "../conformance/wine.ts";
import { previewed } from "../engine/events.ts";
import { answering, newDeclared, onnx, row, type Declared } from "./declared.ts";

const names = Array.from({ length: 17 }, (_, i) => `d${String(i + 1).padStart(2, "0")}`);
const { labels } = wine("quickstart");

let declared: Declared;
let caller: Caller;

beforeAll(async () => {
  declared = await newDeclared("many");
  // Two have all the traffic between them.
  await declared.up({ wine: { deployments: Object.fromEntries(names.map((name) => [name, onnx("blue")])), traffic: { d01: 75, d17: 25 } } });
  caller = await declared.caller("wine");
  await answering(caller);
}, 600_000);

afterAll(() => declared?.[Symbol.asyncDispose]());

test("each of 17 deployments answers whoever names it", async () => {
  for (const name of names) {
    await answering(caller, { "azureml-model-deployment": name });
    const answer = await caller.post(row(0), { "azureml-model-deployment": name });
    expect([answer.status, answer.deployment, labelOf(answer.body)]).toEqual([200, name, labels["blue"]?.[0]]);
  }
});

test("who names none reaches those that have traffic, and no other", async () => {
  const answers = await caller.load(400, 4, row);
  expect(new Set(answers.map(({ deployment, status }) => `${status} ${deployment}`))).toEqual(new Set(["200 d01", "200 d17"]));
});

test("50 endpoints are previewed", async () => {
  const endpoints = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`wine-${i + 1}`, { deployments: { blue: onnx("blue") }, traffic: { blue: 100 } }]));
  declared.declare(endpoints);
  const begin = performance.now();
  const { stdout } = await declared.stack.run("preview", "--json");
  console.log(`pulumi preview of 50 endpoints, each object tried by the API server: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  expect(previewed(stdout).filter(({ op, urn }) => op === "create" && urn.includes("::inference-endpoints:index:Endpoint::"))).toHaveLength(50);
});
