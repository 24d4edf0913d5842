/** `run_batch()`: several requests, one call; and every way in which it may go wrong. */
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { eventually } from "./harness.ts";
import { direct } from "./python-direct.ts";
import type { Answered, Direct } from "./python-direct.ts";

/** A worker whose batches are full with so many, and wait long enough for them. */
const batching = (size: number, entryScript = "batch.py", environment: Record<string, string> = {}): Promise<Direct> =>
  direct({ entryScript, environment: { INFERENCE_ENDPOINTS_MAX_BATCH_SIZE: String(size), INFERENCE_ENDPOINTS_MAX_BATCH_WAIT_MS: "20000", ...environment } });

const all = (worker: Direct, bodies: string[], headers?: string[]): Promise<Answered[]> => Promise.all(bodies.map((body) => worker.ask(body, headers).answer));
const flag = (answer: Answered): string | undefined => answer.headers[answer.headers.indexOf("x-ms-run-function-failed") + 1];

const RAISED = '{"message": "An unexpected error occurred in scoring script. Check the logs for more info."}';
const INTERNAL = '{"message": "An unexpected internal error occurred. Check the logs for more info."}';

test("a worker says whether its script has run_batch()", async () => {
  expect((await direct({ entryScript: "batch.py" })).description.batches).toBe(true);
  expect((await direct({ entryScript: "plain.py" })).description.batches).toBe(false);
});

test("as many as fit are answered together, each with its own result and headers", async () => {
  const worker = await batching(3);
  const answers = await all(worker, ["a", "b", "c"], ["x-a", "h"]);
  expect(answers.map((answer) => answer.body)).toEqual(['"a of 3 h"', '"b of 3 h"', '"c of 3 h"']);
  for (const answer of answers) {
    expect(answer.status).toBe(200);
    expect(flag(answer)).toBe("False");
    expect(answer.headers.join(" ")).toMatch(/x-ms-run-fn-exec-ms \d+\.\d{3}/);
  }
});

test("without a size, or without a second request, it is run()", async () => {
  const plain = await direct({ entryScript: "batch.py" });
  expect((await all(plain, ["a", "b"])).map((answer) => answer.body)).toEqual(['"alone a"', '"alone b"']);
  const worker = await batching(8, "batch.py", { INFERENCE_ENDPOINTS_MAX_BATCH_WAIT_MS: "0" });
  expect((await worker.ask("a").answer).body).toBe('"alone a"');
});

test("what has arrived while the model was busy goes together, without a wait", async () => {
  const worker = await batching(8, "batch.py", { INFERENCE_ENDPOINTS_MAX_BATCH_WAIT_MS: "0" });
  const gate = join(mkdtempSync(join(tmpdir(), "scoring-")), "gate");
  const first = worker.ask(`wait ${gate}`).answer;
  await eventually(() => existsSync(`${gate}.begun`));
  const rest = all(worker, ["a", "b", "c"]);
  writeFileSync(gate, "");
  expect((await first).body).toBe(JSON.stringify(`alone wait ${gate}`));
  expect((await rest).map((answer) => answer.body)).toEqual(['"a of 3 None"', '"b of 3 None"', '"c of 3 None"']);
});

test("a request that is cancelled while it waits is not run, and ends once", async () => {
  const worker = await batching(8, "batch.py", { INFERENCE_ENDPOINTS_MAX_BATCH_WAIT_MS: "0" });
  const gate = join(mkdtempSync(join(tmpdir(), "scoring-")), "gate");
  const first = worker.ask(`wait ${gate}`);
  await eventually(() => existsSync(`${gate}.begun`));
  const [a, b] = [worker.ask("a"), worker.ask("b")];
  b.exchange.cancel();
  writeFileSync(gate, "");
  await first.answer;
  expect(await b.answer).toEqual({ status: 0, headers: [], body: "" });
  expect((await a.answer).body).toBe('"alone a"');
});

describe("results", () => {
  test.each([
    ["an array becomes its numbers", ["array", "x"], [200, 200], ["0.0", "1.0"]],
    ["too few", ["short", "x"], [500, 500], [RAISED, RAISED]],
    ["no list", ["text", "x"], [500, 500], [RAISED, RAISED]],
    ["one that cannot become JSON", ["odd", "x"], [500, 200], [INTERNAL, '"x"']],
    ["one bad row does not spoil its neighbour", ["bad", "x"], [500, 200], [RAISED, '"alone x"']],
  ])("%s", async (_name, bodies, statuses, texts) => {
    const answers = await all(await batching(2), bodies);
    expect(answers.map((answer) => answer.status)).toEqual(statuses);
    expect(answers.map((answer) => answer.body)).toEqual(texts);
  });

  test("SCORING_TIMEOUT_MS counts for the whole batch", async () => {
    const answers = await all(await batching(2, "batch.py", { SCORING_TIMEOUT_MS: "300" }), ["sleep", "x"]);
    expect(answers.map((answer) => answer.body)).toEqual(Array.from({ length: 2 }, () => '{"message": "Scoring timeout after 300 ms"}'));
  });
});

test("items of an @input_schema are the converted arguments; what run() would refuse is refused", async () => {
  const worker = await batching(4, "batch_schema.py");
  const bodies = ['{"data": [[1, 2]]}', '{"data": [[3, 4], [5, 6]], "factor": 10}', "{}", '{"data": [[1, 2]], "factor": "x"}'];
  const answers = await all(worker, bodies);
  expect(answers.map((answer) => [answer.status, answer.body])).toEqual([
    [200, '["ndarray", 6.0]'],
    [200, '["ndarray", 180.0]'],
    [400, `{"message": "A value is not provided for the 'data' parameter."}`],
    [500, RAISED],
  ]);
});
