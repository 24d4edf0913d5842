/** ONNX models without code: inputs checked by name, shape and type, outputs as nested lists. Numbers of the iris model are scikit-learn's. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { fixtures, launch, post, ready } from "./harness.ts";
import type { TestFront } from "./harness.ts";

const model = (name: string): string => join(fixtures, "onnx", name);
const ends: (() => void)[] = [];
const fronts: Record<string, TestFront> = {};
beforeAll(async () => {
  const names = ["iris", "iris-zipmap", "types", "shapes", "gather", "others"];
  await Promise.all(names.map(async (name) => (fronts[name] = await ready({ modelDir: model(name), workerCount: name === "iris" ? 2 : 1 }, {}, (end) => ends.push(end)))));
});
afterAll(() => ends.forEach((end) => end()));

async function ask(name: string, body: unknown): Promise<{ status: number; body: unknown; headers: Record<string, string> }> {
  const reply = await fronts[name]?.send("/score", post(typeof body === "string" ? body : JSON.stringify(body)));
  if (reply === undefined) throw new Error(`no front for ${name}`);
  return { ...reply, body: JSON.parse(reply.body) as unknown };
}

describe("answers", () => {
  const rows = [[5.1, 3.5, 1.4, 0.2], [6.7, 3, 5.2, 2.3]];

  test.each([{ data: rows }, { X: rows }])("the only input as data, or by its name", async (body) => {
    const reply = await ask("iris", body);
    expect(reply.status).toBe(200);
    const { label, probabilities } = reply.body as { label: number[]; probabilities: number[][] };
    expect(label).toEqual([0, 2]);
    expect(probabilities.map((row) => row.length)).toEqual([3, 3]);
    for (const row of probabilities) expect(row.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 5);
    expect(reply.headers).toMatchObject({ "Content-Type": "application/json", "x-ms-run-function-failed": "False" });
    expect(reply.headers["x-ms-run-fn-exec-ms"]).toMatch(/^\d+\.\d{3}$/);
  });

  test("of a classifier with zipmap, what is a tensor", async () => {
    expect((await ask("iris-zipmap", { data: rows })).body).toEqual({ output_label: [0, 2] });
  });

  test("every type comes back as it went in", async () => {
    const values = {
      f32: [0.1, "NaN", "-Infinity", -0.5],
      f64: [0.1, 1e300, "Infinity"],
      i64: [1, -9007199254740991, "9223372036854775807", "-9223372036854775808"],
      i32: [2147483647, -2147483648],
      u8: [0, 255],
      flag: [true, false],
      text: ["", "grüße 😀"],
    };
    const expected = Object.fromEntries(Object.entries(values).map(([name, value]) => [`${name}_out`, value]));
    expected["f32_out"] = [0.10000000149011612, "NaN", "-Infinity", -0.5];
    expect(await ask("types", values)).toMatchObject({ status: 200, body: expected });
  });

  test("dimensions: several, none, empty", async () => {
    expect((await ask("shapes", { cube: [[[1, 2, 3], [4, 5, 6]]], factor: 2 })).body).toEqual({ product: [[[2, 4, 6], [8, 10, 12]]] });
    expect((await ask("types", { f32: [], f64: [], i64: [], i32: [], u8: [], flag: [], text: [] })).body).toMatchObject({ f32_out: [], text_out: [] });
  });

  test("many at once, each its own", async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, at) => ask("shapes", { cube: [[[at], [1]]], factor: 3 })));
    expect(answers.map((each) => each.body)).toEqual(answers.map((_, at) => ({ product: [[[at * 3], [3]]] })));
  });
});

describe("refusals are 400 and name the input", () => {
  const expected = 'expected a JSON object with "X" (float32 [*, 4]).';
  test.each<[string, unknown, string]>([
    ["iris", "", `The body is empty; ${expected}`],
    ["iris", "[[1,2,3,4]]", `The body is not a JSON object; ${expected}`],
    ["iris", {}, `"X" is missing; ${expected}`],
    ["iris", { x: [[1, 2, 3, 4]] }, `"X" is missing; "x" is no input of the model; ${expected}`],
    ["iris", { data: [1, 2, 3, 4] }, 'Input "X" has shape [4]; expected [*, 4].'],
    ["iris", { data: [[1, 2, 3]] }, 'Input "X" has shape [1, 3]; expected [*, 4].'],
    ["iris", { data: [] }, 'Input "X" has shape [0]; expected [*, 4].'],
    ["iris", { data: 1 }, 'Input "X" has shape []; expected [*, 4].'],
    ["iris", { data: [[1, 2, 3, 4], [1, 2, 3]] }, 'Input "X" has a list of 3 at [1]; expected a list of 4 like the first.'],
    ["iris", { data: [[1, 2, "3", 4]] }, 'Input "X" has "3" at [0, 2]; expected a number, "NaN", "Infinity" or "-Infinity".'],
    ["iris", { data: [[1, 2, null, 4]] }, 'Input "X" has null at [0, 2]; expected a number, "NaN", "Infinity" or "-Infinity".'],
    ["shapes", { cube: [[[1]]], factor: 1 }, 'Input "cube" has shape [1, 1, 1]; expected [batch, 2, width].'],
    ["gather", { table: [1], at: [1.5] }, 'Input "at" has 1.5 at [0]; expected a whole number, as text where it is beyond 2^53.'],
    ["gather", { table: [1], at: ["9223372036854775808"] }, 'Input "at" has "9223372036854775808" at [0]; expected a whole number, as text where it is beyond 2^53.'],
  ])("%s %j", async (name, body, text) => {
    expect(await ask(name, body)).toMatchObject({ status: 400, body: { message: text } });
  });

  test("lists that claim more than they hold are not made room for", async () => {
    const row = `[${"0,".repeat(40_000)}0]`;
    const reply = await ask("shapes", `{"cube": [[${row}, 0]${", 0".repeat(400_000)}], "factor": 1}`);
    expect(reply).toMatchObject({ status: 400, body: { message: 'Input "cube" has 0 at [0, 1]; expected a list of 40001 like the first.' } });
    const wide = await ask("iris", `{"data": [[1, 2, 3, 4]${", 0".repeat(400_000)}]}`);
    expect(wide.body).toEqual({ message: 'Input "X" has 0 at [1]; expected a list of 4 like the first.' });
  });

  test("a type that JSON cannot carry", async () => {
    const values = { i8: [], i16: [], u16: [], u32: [], u64: [], half: [] };
    expect((await ask("others", values)).body).toEqual({ message: 'Output "half_out" is of type float16, which JSON cannot carry; ask for it as binary data of /v2.' });
  });

  test("not JSON, not UTF-8, a query", async () => {
    expect(((await ask("iris", "{nope")).body as { message: string }).message).toMatch(/^The body is not JSON \(.*\); expected/);
    const bytes = await fronts["iris"]?.send("/score", post(Buffer.from([0x22, 0xff, 0x22])));
    expect([bytes?.status, bytes?.body]).toEqual([400, expect.stringContaining("The body is not UTF-8")]);
    expect((await fronts["iris"]?.send("/score?data=1"))?.status).toBe(400);
  });

  test("a failure while it runs is 500, in the log, and the next request is answered", async () => {
    const reply = await ask("gather", { table: [1], at: [5] });
    expect(reply).toMatchObject({ status: 500, headers: { "x-ms-run-function-failed": "True" } });
    await fronts["gather"]?.logged(/the model failed: .*/);
    expect(await ask("gather", { table: [7], at: [0] })).toMatchObject({ status: 200, body: { row: [7] } });
  });
});

test("swagger says what the model says", async () => {
  const reply = await fronts["iris"]?.send("/swagger.json?version=3");
  const { schemas } = (JSON.parse(reply?.body ?? "") as { components: { schemas: Record<string, unknown> } }).components;
  const row = { type: "array", items: { type: "array", items: { type: "number", format: "float" }, minItems: 4, maxItems: 4 } };
  expect(schemas["ServiceInput"]).toEqual({ type: "object", properties: { X: row }, required: ["X"] });
  expect(schemas["ServiceOutput"]).toMatchObject({ properties: { label: { type: "array", items: { type: "integer", format: "int64" } } } });
});

describe("a folder that cannot be served", () => {
  const folder = (): string => {
    const path = mkdtempSync(join(tmpdir(), "onnx-"));
    onTestFinished(() => rmSync(path, { recursive: true }));
    return path;
  };
  const refusal = async (modelDir: string): Promise<string> => {
    const front = launch({ modelDir });
    const failed = await front.message("failed");
    expect((await front.exit).code).toBe(3);
    return failed.type === "failed" ? failed.reason : "";
  };

  test.each<[string, RegExp]>([
    ["bfloat16", /model\.onnx: one of its inputs or outputs is of type bfloat16, which a request cannot carry$/],
    ["int4", /model\.onnx: "x" is of type int4, which a request cannot carry$/],
    ["future", /model\.onnx: .*Opset 999 is under development/],
  ])("%s", async (name, reason) => expect(await refusal(model(name))).toMatch(reason));

  test("none, several, half a file, no folder", async () => {
    const path = folder();
    expect(await refusal(path)).toContain("holds neither MLmodel nor an .onnx file");
    expect(await refusal(join(path, "absent"))).toContain("does not exist");
    mkdirSync(join(path, "1", "model"), { recursive: true });
    const file = join(path, "1", "model", "a.onnx");
    writeFileSync(file, readFileSync(join(model("iris"), "model.onnx")).subarray(0, 300));
    expect(await refusal(path)).toMatch(/a\.onnx: .*Protobuf parsing failed/);
    cpSync(file, join(path, "b.onnx"));
    expect(await refusal(path)).toContain("holds 2 .onnx files, and one is expected");
  });
});
