/** Requests to an ONNX model that one run answers together. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { groups } from "../../lib/scoring/online/onnx-batch.ts";
import type { Task } from "../../lib/scoring/online/onnx-task.ts";
import { messageAnswer } from "../../lib/scoring/online/thread-served.ts";
import { fixtures, post, ready } from "./harness.ts";
import type { Reply, TestFront } from "./harness.ts";

/** A batch goes when it is full; the wait is long enough to see that. */
const batching = (name: string, maxBatchSize: number, maxBatchWaitMs = 10_000): Promise<TestFront> => ready({ modelDir: join(fixtures, "onnx", name), maxBatchSize, maxBatchWaitMs });
const score = (front: TestFront, body: unknown): Promise<Reply> => front.send("/score", post(JSON.stringify(body)));
const together = (front: TestFront, bodies: readonly unknown[]): Promise<Reply[]> => Promise.all(bodies.map((body) => score(front, body)));
/** All of one run say the same time. */
const runs = (replies: readonly Reply[]): number => new Set(replies.map(({ headers }) => headers["x-ms-run-fn-exec-ms"])).size;

const flowers = Array.from({ length: 64 }, (_, at) => [4.3 + (at % 9) * 0.4, 2 + (at % 7) * 0.35, 1 + (at % 11) * 0.5, 0.1 + (at % 6) * 0.45]);

describe("a batch", () => {
  test("answers each request with the very numbers that one request with all rows would have", async () => {
    const alone = await ready({ modelDir: join(fixtures, "onnx", "iris") });
    const front = await batching("iris", 16);
    for (let from = 0; from < flowers.length; from += 16) {
      const rows = flowers.slice(from, from + 16);
      const replies = await together(front, rows.map((row) => ({ data: [row] })));
      expect(runs(replies)).toBe(1);
      const answers = replies.map(({ body }) => JSON.parse(body) as { label: number[]; probabilities: number[][] });
      const all = { label: answers.flatMap(({ label }) => label), probabilities: answers.flatMap(({ probabilities }) => probabilities) };
      // Requests reach the worker in an order of their own, so rows may stand elsewhere in the run; what a row gives does not depend on that here.
      expect(all).toEqual(JSON.parse((await score(alone, { data: rows })).body));
      const one = JSON.parse((await score(alone, { data: rows.slice(0, 1) })).body) as typeof all;
      expect(answers[0]?.label).toEqual(one.label);
      // Kernels for many rows round differently in the last bits than those for one.
      one.probabilities[0]?.forEach((value, at) => expect(answers[0]?.probabilities[0]?.[at]).toBeCloseTo(value, 5));
    }
  });

  test("answers with the bytes of a request alone where nothing is rounded", async () => {
    const alone = await ready({ modelDir: join(fixtures, "onnx", "numbers") });
    const front = await batching("numbers", 8);
    const bodies = Array.from({ length: 8 }, (_, at) => ({ text: [String(at / 7)] }));
    const replies = await together(front, bodies);
    expect(runs(replies)).toBe(1);
    expect(replies.map(({ body }) => body)).toEqual((await together(alone, bodies)).map(({ body }) => body));
  });

  test("takes requests of several rows", async () => {
    const front = await batching("iris", 3);
    const [one = [], ...others] = flowers;
    const replies = await together(front, [{ data: [one] }, { data: others.slice(0, 2) }, { data: others.slice(0, 6) }]);
    expect(replies.map(({ body }) => (JSON.parse(body) as { label: number[] }).label.length)).toEqual([1, 2, 6]);
  });

  test("goes when its time is up", async () => {
    const front = await batching("iris", 16, 20);
    expect((await score(front, { data: [flowers[0]] })).status).toBe(200);
  });

  test("mixes /score and /v2", async () => {
    const front = await batching("iris", 2);
    const infer = { inputs: [{ name: "X", datatype: "FP32", shape: [1, 4], data: flowers[0] }], outputs: [{ name: "label" }] };
    const [inferred, scored] = await Promise.all([front.send("/v2/models/model/infer", post(JSON.stringify(infer))), score(front, { data: [flowers[1]] })]);
    expect(runs([inferred, scored])).toBe(1);
    expect(JSON.parse(inferred.body).outputs).toHaveLength(1);
    expect(Object.keys(JSON.parse(scored.body))).toEqual(["label", "probabilities"]);
  });

  test("keeps bad input out", async () => {
    const front = await batching("iris", 3);
    const replies = await together(front, [{ data: [flowers[0]] }, { data: [["x"]] }, { data: [flowers[1]] }]);
    expect(replies.map(({ status }) => status)).toEqual([200, 400, 200]);
  });
});

describe("what may run together", () => {
  const task = (...dims: number[][]): Task => ({
    feeds: Object.fromEntries(dims.map((each, at) => [`input ${at}`, { type: "float32", data: new Float32Array(), dims: each }])),
    fetches: [],
    answer: () => messageAnswer(200, "", false),
    failed: () => messageAnswer(500, "", true),
  });
  const sizes = (maxRows: number, ...tasks: Task[]): number[][] => groups(tasks, maxRows).map((group) => group.map((each) => each.feeds["input 0"]?.dims[0] ?? -1));

  test.each<[string, Task[], number[][]]>([
    ["as many rows as the size says", [task([1, 4]), task([3, 4]), task([1, 4])], [[1, 3], [1]]],
    ["a request that is larger by itself", [task([1, 4]), task([6, 4]), task([1, 4])], [[1], [6], [1]]],
    ["like shapes, between others", [task([1, 4]), task([1, 5]), task([2, 4]), task([1, 5])], [[1, 2], [1, 1]]],
    ["inputs that do not agree on their rows, by themselves", [task([1, 4], [2]), task([1, 4], [1]), task([1, 4], [1])], [[1], [1, 1]]],
    ["no rows at all, by itself", [task([0, 4]), task([1, 4])], [[0], [1]]],
    ["no dimensions, by itself", [task([]), task([])], [[-1], [-1]]],
  ])("%s", (_what, tasks, expected) => expect(sizes(4, ...tasks)).toEqual(expected));
});

describe("each runs alone", () => {
  test("where the run as such fails", async () => {
    const front = await batching("numbers", 3);
    const replies = await together(front, [{ text: ["1.5"] }, { text: ["no number"] }, { text: ["2"] }]);
    expect(replies.map(({ status }) => status)).toEqual([200, 500, 200]);
    expect([replies[0]?.body, replies[2]?.body]).toEqual(['{"number":[1.5]}', '{"number":[2]}']);
    await front.logged("the model failed for 3 requests together, each is run alone");
  });

  test("where the outputs do not have the rows of the inputs", async () => {
    const front = await batching("unique", 2);
    const replies = await together(front, [{ x: [7] }, { x: [7] }]);
    expect(replies.map(({ body }) => body)).toEqual(['{"once":[7]}', '{"once":[7]}']);
    await front.logged('output "once" has 1 rows for 2 rows of input');
  });

  test("where other dimensions differ, or inputs do not agree on their rows", async () => {
    const front = await batching("gather", 2);
    const replies = await together(front, [{ table: [7, 8], at: [1] }, { table: [9], at: [0] }]);
    expect(replies.map(({ body }) => body)).toEqual(['{"row":[8]}', '{"row":[9]}']);
  });

  test("where a first dimension is not free, nothing is ever joined", async () => {
    const front = await batching("shapes", 4);
    expect((await score(front, { cube: [[[1], [2]]], factor: 2 })).body).toBe('{"product":[[[2],[4]]]}');
  });
});
