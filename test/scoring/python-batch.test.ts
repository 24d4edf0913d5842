/** `run_batch()`: several requests, one call; and every way in which it may go wrong. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { python } from "../python.ts";
import { eventually } from "./harness.ts";
import { direct } from "./python-direct.ts";
import type { Answered, Direct } from "./python-direct.ts";

/** A worker whose batches are full with so many, and wait long enough for them. */
const batching = (size: number, entryScript = "batch.py", environment: Record<string, string> = {}): Promise<Direct> =>
  direct({ entryScript, environment: { INFERENCE_ENDPOINTS_MAX_BATCH_SIZE: String(size), INFERENCE_ENDPOINTS_MAX_BATCH_WAIT_MS: "20000", ...environment } });

const all = (worker: Direct, bodies: string[], headers?: string[]): Promise<Answered[]> => Promise.all(bodies.map((body) => worker.ask(body, headers).answer));
const file = (): string => join(mkdtempSync(join(tmpdir(), "scoring-")), "file");
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
    ["a Series too", ["series", "x"], [200, 200], ["0", "1"]],
    ["a DataFrame would give its columns", ["frame", "x"], [500, 500], [RAISED, RAISED]],
    ["a set has no order", ["set", "x"], [500, 500], [RAISED, RAISED]],
    ["an array without dimensions", ["scalar", "x"], [500, 500], [RAISED, RAISED]],
    ["too many", ["more", "x"], [500, 500], [RAISED, RAISED]],
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

describe("an answer that is no answer", () => {
  test.each([
    ["spoils none of its batch", ["numbers", "x"], [500, 200], [INTERNAL, '"x"']],
    ["nor those that run() answers alone after run_batch() has failed", ["fall", "numbers", "x"], [200, 500, 200], ['"fall"', INTERNAL, '"x"']],
  ])("%s", async (_name, bodies, statuses, texts) => {
    const answers = await all(await batching(bodies.length, "batch_streams.py"), bodies);
    expect(answers.map((answer) => answer.status)).toEqual(statuses);
    expect(answers.map((answer) => answer.body)).toEqual(texts);
  });
});

describe("streams in a batch", () => {
  test("do not keep whole answers waiting", async () => {
    const [worker, gate] = [await batching(3, "batch_streams.py"), file()];
    const asked = [`gate ${gate}`, "x", "y"].map((body) => worker.ask(body));
    expect([(await asked[1]?.answer)?.body, (await asked[2]?.answer)?.body]).toEqual(['"x"', '"y"']);
    writeFileSync(gate, "");
    expect((await asked[0]?.answer)?.body).toBe("begun done");
  });

  test("one whose client has left before its turn makes nothing", async () => {
    const [worker, gate, made] = [await batching(2, "batch_streams.py"), file(), file()];
    const [first, second] = [worker.ask(`gate ${gate}`), worker.ask(`made ${made}`)];
    await first.received("begun");
    second.exchange.cancel();
    writeFileSync(gate, "");
    expect((await first.answer).body).toBe("begun done");
    expect((await second.answer).body).toBe("");
    expect(existsSync(made)).toBe(false);
  });

  test("a request that is cancelled while its batch waits to be full is not in it", () => {
    const script = fileURLToPath(new URL("arrivals_test.py", import.meta.url));
    expect(execFileSync(python, [script], { encoding: "utf8" })).toBe("fine\n");
  });
});

test("requests are gone while their answers are streamed, and while the next are waited for", async () => {
  const [worker, gate] = [await batching(2, "batch_streams.py"), file()];
  const streamed = await all(worker, ["counted", "x"]);
  expect(streamed[0]?.body).toBe("0 alive");
  await all(worker, [`later ${gate}`, "x"]);
  writeFileSync(gate, "");
  await eventually(() => existsSync(`${gate}.count`) && readFileSync(`${gate}.count`, "utf8") !== "");
  expect(readFileSync(`${gate}.count`, "utf8")).toBe("0");
  const single = await direct({ entryScript: "batch_streams.py" });
  expect((await single.ask("counted").answer).body).toBe("0 alive");
});

test("SCORING_TIMEOUT_MS counts for conversions, too", async () => {
  const answers = await all(await batching(2, "batch_slow_schema.py", { SCORING_TIMEOUT_MS: "300" }), ['{"data": "sleep"}', '{"data": "x"}']);
  expect(answers.map((answer) => answer.body)).toEqual(Array.from({ length: 2 }, () => '{"message": "Scoring timeout after 300 ms"}'));
});

test("a body that no JSON reader gets through is answered in a batch as it is alone", async () => {
  const deep = `{"data": ${"[".repeat(200_000)}`;
  const alone = await (await direct({ entryScript: "batch_schema.py" })).ask(deep).answer;
  const [together, other] = await all(await batching(2, "batch_schema.py"), [deep, '{"data": [[1, 2]]}']);
  expect([together?.status, together?.body, together && flag(together)]).toEqual([alone.status, alone.body, flag(alone)]);
  expect(together?.body).toBe(INTERNAL);
  expect(other?.body).toBe('["ndarray", 6.0]');
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
