/** Constant load, and an update meanwhile. Failures are counted by their status; 0 is a connection that broke. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Answer, Caller } from "../conformance/caller.ts";
import { answering, newDeclared, onnx, row, type Declared } from "./declared.ts";
import { IMAGES } from "./image.ts";

const AT_ONCE = 4;

let declared: Declared;
let caller: Caller;

const endpoint = (kubernetes: object) => ({ wine: { deployments: { blue: onnx("blue", { instanceCount: 2, kubernetes }) }, traffic: { blue: 100 } } });

beforeAll(async () => {
  declared = await newDeclared("no-loss");
  await declared.up(endpoint({}));
  caller = await declared.caller("wine");
  await answering(caller);
});

afterAll(() => declared?.[Symbol.asyncDispose]());

const failures = (answers: readonly Answer[]): Record<string, number> => {
  const counted: Record<string, number> = {};
  for (const { status } of answers) if (status !== 200) counted[status] = (counted[status] ?? 0) + 1;
  return counted;
};

test("a rolling update of the image loses no request", async () => {
  const load = caller.endless(AT_ONCE, row);
  await load.more(50);
  await declared.up(endpoint({ scoringImage: IMAGES.wineNext }));
  await load.more(200);
  await load.stop();
  console.log(`a rolling update of the image: ${load.answers.length} requests, failed: ${JSON.stringify(failures(load.answers))}`);
  expect(failures(load.answers)).toEqual({});
});
