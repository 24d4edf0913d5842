/** The Open Inference Protocol, version 2, of an ONNX model: metadata, JSON, and the binary tensor extension. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer, Call } from "../../lib/scoring/online/call.ts";
import type { Pool } from "../../lib/scoring/online/pool.ts";
import { v2Routes } from "../../lib/scoring/online/v2.ts";
import { dial } from "./behind.ts";
import { fixtures, post, ready } from "./harness.ts";
import type { TestFront } from "./harness.ts";

const ends: (() => void)[] = [];
const fronts: Record<string, TestFront> = {};
beforeAll(async () => {
  const names = ["iris", "types", "others", "shapes", "gather"];
  await Promise.all(names.map(async (name) => (fronts[name] = await ready({ modelDir: join(fixtures, "onnx", name), modelName: name }, {}, (end) => ends.push(end)))));
});
afterAll(() => ends.forEach((end) => end()));

const front = (name: string): TestFront => fronts[name] as TestFront;
const get = async (name: string, path: string, method = "GET"): Promise<{ status: number; body: unknown }> => {
  const { status, body } = await front(name).send(path, { method });
  return { status, body: body === "" ? "" : JSON.parse(body) };
};
const infer = async (name: string, body: unknown, path = `/v2/models/${name}/infer`): Promise<{ status: number; body: any; headers: Record<string, string> }> => {
  const reply = await front(name).send(path, post(typeof body === "string" ? body : JSON.stringify(body)));
  return { ...reply, body: JSON.parse(reply.body) };
};

/** With binary data on both sides; `json` is made of what stands before it. */
async function binary(name: string, request: object, data: Buffer, header?: string): Promise<{ status: number; json: any; data: Buffer; headers: Headers }> {
  const json = Buffer.from(JSON.stringify(request));
  const response = await fetch(`http://127.0.0.1:${front(name).port}/v2/models/${name}/infer`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream", "Inference-Header-Content-Length": header ?? String(json.length) },
    body: Buffer.concat([json, data]),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const length = Number(response.headers.get("inference-header-content-length") ?? bytes.length);
  return { status: response.status, json: JSON.parse(bytes.toString("utf8", 0, length)), data: bytes.subarray(length), headers: response.headers };
}

const X = { name: "X", shape: [2, 4], datatype: "FP32", data: [5.1, 3.5, 1.4, 0.2, 6.7, 3, 5.2, 2.3] };
const metadata = {
  name: "iris",
  versions: ["1"],
  platform: "onnxruntime_onnx",
  inputs: [{ name: "X", datatype: "FP32", shape: [-1, 4] }],
  outputs: [{ name: "label", datatype: "INT64", shape: [-1] }, { name: "probabilities", datatype: "FP32", shape: [-1, 3] }],
};

describe("what the server says of itself", () => {
  test.each<[string, unknown]>([
    ["/v2", { name: "inference-endpoints", version: "1", extensions: ["binary_tensor_data"] }],
    ["/v2/health/live", { live: true }],
    ["/v2/health/ready", { ready: true }],
    ["/v2/models/iris", metadata],
    ["/v2/models/iris/versions/1", metadata],
    ["/v2/models/iris/ready", { name: "iris", ready: true }],
    ["/v2/models/iris/versions/1/ready", { name: "iris", ready: true }],
  ])("%s", async (path, body) => {
    expect(await get("iris", path)).toEqual({ status: 200, body });
    expect(await get("iris", path, "HEAD")).toEqual({ status: 200, body: "" });
    expect(await get("iris", path, "DELETE")).toEqual({ status: 405, body: { error: "Only GET is allowed here." } });
  });

  test.each<[string, string]>([
    ["/v2/models/other", 'There is no model "other" here; expected "iris".'],
    ["/v2/models/other/infer", 'There is no model "other" here; expected "iris".'],
    ["/v2/models/iris/versions/2", 'There is no version "2" of model "iris" here; expected "1".'],
    ["/v2/models/iris/explain", "There is no such route; see /v2."],
    ["/v2/", "There is no such route; see /v2."],
    ["/v2/repository/models/iris/load", "There is no such route; see /v2."],
  ])("no %s, whatever the method", async (path, error) => {
    for (const method of ["GET", "POST"]) expect(await get("iris", path, method)).toEqual({ status: 404, body: { error } });
  });

  test("inference is a POST", async () => expect(await get("iris", "/v2/models/iris/infer")).toEqual({ status: 405, body: { error: "Inference is a POST." } }));

  test("every type by the protocol's name", async () => {
    const { body } = await get("types", "/v2/models/types");
    const names = (body as { inputs: { name: string; datatype: string }[] }).inputs.map(({ name, datatype }) => [name, datatype]);
    expect(Object.fromEntries(names)).toEqual({ f32: "FP32", f64: "FP64", i64: "INT64", i32: "INT32", u8: "UINT8", flag: "BOOL", text: "BYTES" });
  });

  test("the model's name is the deployment's where no flag says it, behind the prefix and the key's door", async () => {
    const front = await ready({ modelDir: join(fixtures, "onnx", "iris"), deployment: "blue", pathPrefix: "/endpoints/ml" });
    expect((await front.send("/endpoints/ml/v2/models/blue/ready")).status).toBe(200);
    expect((await front.send("/endpoints/ml/v2/models/model")).status).toBe(404);
    const reply = await front.send("/endpoints/ml/v2/models/blue/infer", post(JSON.stringify({ inputs: [X] })));
    expect([reply.status, JSON.parse(reply.body).model_name]).toEqual([200, "blue"]);
    expect((await front.send("/v2/health/live")).status).toBe(404);
  });

  test("not ready is 503", () => {
    const pool = { alive: false, description: undefined, state: () => ({ started: false }) } as unknown as Pool;
    const asked = (path: string): unknown => {
      let told: unknown;
      const found = v2Routes("credit")("GET", path);
      if (typeof found === "function") found({ answer: ({ status, body }: Answer) => (told = [status, JSON.parse(String(body))]) } as unknown as Call, pool);
      return told;
    };
    expect(["/v2/health/ready", "/v2/models/credit/ready", "/v2/models/credit", "/v2/health/live"].map(asked)).toEqual([
      [503, { ready: false }],
      [503, { name: "credit", ready: false }],
      [503, { error: 'Model "credit" is not ready.' }],
      [200, { live: true }],
    ]);
  });
});

describe("inference as JSON", () => {
  test("flat or nested data, the id comes back", async () => {
    const flat = await infer("iris", { id: "id-1", inputs: [X] });
    expect(flat.status).toBe(200);
    expect(flat.headers).toMatchObject({ "Content-Type": "application/json", "x-ms-run-function-failed": "False" });
    expect(flat.body).toMatchObject({ model_name: "iris", model_version: "1", id: "id-1", outputs: [{ name: "label", datatype: "INT64", shape: [2], data: [0, 2] }, { name: "probabilities", shape: [2, 3] }] });
    const nested = await infer("iris", { inputs: [{ ...X, data: [X.data.slice(0, 4), X.data.slice(4)] }] }, "/v2/models/iris/versions/1/infer");
    expect(nested.body).not.toHaveProperty("id");
    expect(nested.body.outputs).toEqual(flat.body.outputs);
  });

  test("outputs that are asked for, in that order", async () => {
    const { body } = await infer("iris", { inputs: [X], outputs: [{ name: "probabilities" }, { name: "label" }], parameters: { priority: 1 } });
    expect(body.outputs.map(({ name }: { name: string }) => name)).toEqual(["probabilities", "label"]);
    expect((await infer("iris", { inputs: [X], outputs: [{ name: "label" }] })).body.outputs).toEqual([{ name: "label", datatype: "INT64", shape: [2], data: [0, 2] }]);
    expect((await infer("iris", { inputs: [X], outputs: [] })).body.outputs).toHaveLength(2);
  });

  test("every type; whole numbers have all their digits", async () => {
    const given = { f32: [0.5, "NaN"], f64: [1e300, "-Infinity"], i64: ["9223372036854775807", -1], i32: [-2147483648, 1], u8: [0, 255], flag: [true, false], text: ["", "grüße 😀"] };
    const types: Record<string, string> = { f32: "FP32", f64: "FP64", i64: "INT64", i32: "INT32", u8: "UINT8", flag: "BOOL", text: "BYTES" };
    const inputs = Object.entries(given).map(([name, data]) => ({ name, datatype: types[name], shape: [2], data }));
    const reply = await front("types").send("/v2/models/types/infer", post(JSON.stringify({ inputs })));
    expect(reply.body).toContain('"data":[9223372036854775807,-1]');
    const outputs = JSON.parse(reply.body).outputs as { name: string; datatype: string; data: unknown[] }[];
    for (const { name, datatype, data } of outputs.filter((output) => output.name !== "i64_out")) {
      const input = name.replace("_out", "") as keyof typeof given;
      expect([name, datatype, data]).toEqual([name, types[input], given[input]]);
    }
  });

  test("several dimensions, none, empty", async () => {
    const cube = { name: "cube", datatype: "FP32", shape: [1, 2, 3], data: [1, 2, 3, 4, 5, 6] };
    const factor = { name: "factor", datatype: "FP32", shape: [], data: [2] };
    expect((await infer("shapes", { inputs: [factor, cube] })).body.outputs).toEqual([{ name: "product", datatype: "FP32", shape: [1, 2, 3], data: [2, 4, 6, 8, 10, 12] }]);
    expect((await infer("shapes", { inputs: [{ ...factor, data: 3 }, { ...cube, shape: [0, 2, 1], data: [] }] })).body.outputs[0]).toMatchObject({ shape: [0, 2, 1], data: [] });
  });
});

describe("a route has one meaning, however it is written", () => {
  const raw = async (target: string, body: string): Promise<string> => {
    const line = dial(front("iris").port);
    line.socket.write(`POST ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    await line.closed;
    return line.text();
  };
  const inference = JSON.stringify({ inputs: [X] });

  test.each(["http://x/v2/models/iris/infer", "//v2/models/iris/infer", "/%76%32/models/iris/infer", "/v2/models/iris/%69nfer", "/v2/models/iris/infer?x=1"])("%s", async (target) => {
    expect(await raw(target, inference)).toMatch(/^HTTP\/1.1 200 [^]*"model_name":"iris"/);
  });

  test.each(["/score?x=/v2/infer", "http://x/score?x=/infer", "/%73core"])("%s", async (target) => {
    expect(await raw(target, JSON.stringify({ data: [X.data.slice(0, 4)] }))).toMatch(/^HTTP\/1.1 200 [^]*\{"label"/);
  });

  test("with a length of the JSON that stands in a header", async () => {
    const line = dial(front("iris").port);
    const request = { inputs: [{ name: "X", shape: [1, 4], datatype: "FP32", parameters: { binary_data_size: 16 } }] };
    const json = JSON.stringify(request);
    line.socket.write(`POST /v2/models/iris/%69nfer HTTP/1.1\r\nHost: x\r\nConnection: close\r\nInference-Header-Content-Length: ${json.length}\r\nContent-Length: ${json.length + 16}\r\n\r\n`);
    line.socket.write(Buffer.concat([Buffer.from(json), Buffer.from(new Float32Array([5.1, 3.5, 1.4, 0.2]).buffer)]));
    await line.closed;
    expect(line.text()).toMatch(/^HTTP\/1.1 200 /);
  });

  test("an id over 100 characters is refused there too", async () => {
    for (const path of ["/v2/models/iris/infer", "/v2/models/iris"]) {
      const reply = await front("iris").send(path, { ...post(inference), headers: { "x-request-id": "a".repeat(101) } });
      expect([reply.status, reply.body]).toEqual([431, '{"message": "x-request-id must not exceed 100 characters"}']);
    }
  });
});

describe("inference with binary data", () => {
  const floats = (values: readonly number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);
  const input = (name: string, datatype: string, shape: number[], size: number): object => ({ name, datatype, shape, parameters: { binary_data_size: size } });
  const texts = (...values: string[]): Buffer =>
    Buffer.concat(values.flatMap((value) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(value));
      return [length, Buffer.from(value)];
    }));
  const TYPES: readonly (readonly [string, string, string, Buffer])[] = [
    ["types", "f32", "FP32", floats([1.5, -2, 0.1])],
    ["types", "f64", "FP64", Buffer.from(Float64Array.from([1e300, 0.1, -0]).buffer)],
    ["types", "i64", "INT64", Buffer.from(BigInt64Array.from([2n ** 63n - 1n, -(2n ** 63n), 0n]).buffer)],
    ["types", "i32", "INT32", Buffer.from(Int32Array.from([1, -1, 2 ** 31 - 1]).buffer)],
    ["types", "u8", "UINT8", Buffer.from([0, 1, 255])],
    ["types", "flag", "BOOL", Buffer.from([1, 0, 1])],
    ["types", "text", "BYTES", texts("", "grüße 😀", "a".repeat(300))],
    ["others", "i8", "INT8", Buffer.from(Int8Array.from([-128, 0, 127]).buffer)],
    ["others", "i16", "INT16", Buffer.from(Int16Array.from([-32768, 0, 32767]).buffer)],
    ["others", "u16", "UINT16", Buffer.from(Uint16Array.from([0, 1, 65535]).buffer)],
    ["others", "u32", "UINT32", Buffer.from(Uint32Array.from([0, 1, 2 ** 32 - 1]).buffer)],
    ["others", "u64", "UINT64", Buffer.from(BigUint64Array.from([0n, 1n, 2n ** 64n - 1n]).buffer)],
    ["others", "half", "FP16", Buffer.from(Uint16Array.from([0x3c00, 0xc000, 0x7bff]).buffer)],
  ];

  test.each(["types", "others"])("every type comes back as it went in: %s", async (model) => {
    const here = TYPES.filter(([name]) => name === model);
    // Twice, with ids of different lengths: the data begins at another address.
    for (const id of ["a", "ab", "abc"]) {
      const request = { id, inputs: here.map(([, name, type, bytes]) => input(name, type, [3], bytes.length)), parameters: { binary_data_output: true } };
      const reply = await binary(model, request, Buffer.concat(here.map(([, , , bytes]) => bytes)));
      expect([reply.status, reply.headers.get("content-type"), reply.json.id]).toEqual([200, "application/octet-stream", id]);
      expect(reply.json.outputs).toEqual(here.map(([, name, type, bytes]) => ({ name: `${name}_out`, datatype: type, shape: [3], parameters: { binary_data_size: bytes.length } })));
      expect(reply.data).toEqual(Buffer.concat(here.map(([, , , bytes]) => bytes)));
    }
  });

  test("binary in and JSON out, JSON in and binary out, one of each", async () => {
    const request = { inputs: [input("X", "FP32", [2, 4], 32)] };
    expect((await binary("iris", request, floats(X.data))).json.outputs[0]).toEqual({ name: "label", datatype: "INT64", shape: [2], data: [0, 2] });
    const one = await binary("iris", { inputs: [X], outputs: [{ name: "label" }, { name: "probabilities", parameters: { binary_data: true } }] }, Buffer.alloc(0));
    expect(one.json.outputs).toEqual([{ name: "label", datatype: "INT64", shape: [2], data: [0, 2] }, { name: "probabilities", datatype: "FP32", shape: [2, 3], parameters: { binary_data_size: 24 } }]);
    const other = await binary("iris", { inputs: [X], parameters: { binary_data_output: true }, outputs: [{ name: "label", parameters: { binary_data: false } }] }, Buffer.alloc(0));
    expect([other.json.outputs[0].data, other.data.length]).toEqual([[0, 2], 0]);
  });

  test("megabytes", async () => {
    const rows = 100_000;
    const data = floats(Array.from({ length: rows * 4 }, (_, at) => (at % 70) / 10));
    const reply = await binary("iris", { inputs: [input("X", "FP32", [rows, 4], data.length)], parameters: { binary_data_output: true } }, data);
    expect(reply.json.outputs.map((output: any) => output.parameters.binary_data_size)).toEqual([rows * 8, rows * 12]);
    const first = await binary("iris", { inputs: [input("X", "FP32", [10, 4], 160)], parameters: { binary_data_output: true } }, data.subarray(0, 160));
    expect(reply.data.subarray(0, 80)).toEqual(first.data.subarray(0, 80));
  });

  const refused: readonly (readonly [string, string, object, Buffer, string | undefined, string])[] = [
    ["too few bytes", "iris", { inputs: [input("X", "FP32", [1, 4], 16)] }, Buffer.alloc(15), undefined, 'Input "X" says 16 bytes of binary data; there are 15.'],
    ["too many", "iris", { inputs: [input("X", "FP32", [1, 4], 16)] }, Buffer.alloc(17), undefined, "There are 17 bytes of binary data; the inputs say 16."],
    ["another size", "iris", { inputs: [input("X", "FP32", [2, 4], 16)] }, Buffer.alloc(16), undefined, 'Input "X" has 16 bytes of binary data; expected 32 for shape [2, 4].'],
    ["a header that is no number", "iris", { inputs: [X] }, Buffer.alloc(0), "x", 'Inference-Header-Content-Length is "x"; expected the length of the JSON before the binary data, at most 96 bytes.'],
    ["a header that is too large", "iris", { inputs: [X] }, Buffer.alloc(0), "97", 'Inference-Header-Content-Length is "97"; expected the length of the JSON before the binary data, at most 96 bytes.'],
    ["data twice", "iris", { inputs: [{ ...X, ...input("X", "FP32", [2, 4], 32) }] }, Buffer.alloc(32), undefined, 'Input "X" has both data and binary_data_size; expected one of them.'],
  ];
  test.each(refused)("%s", async (_what, name, request, data, header, error) => {
    const reply = await binary(name, request, data, header);
    expect([reply.status, reply.json]).toEqual([400, { error }]);
  });

  test("a byte that is no truth value, texts that end too soon or are not UTF-8", async () => {
    const empty = TYPES.filter(([model]) => model === "types").map(([, name, type]) => input(name, type, [0], 0));
    const ask = async (name: string, type: string, shape: number[], data: Buffer): Promise<unknown> =>
      (await binary("types", { inputs: empty.map((each: any) => (each.name === name ? input(name, type, shape, data.length) : each)) }, data)).json;
    expect(await ask("flag", "BOOL", [2], Buffer.from([0, 2]))).toEqual({ error: 'Input "flag" has a byte that is neither 0 nor 1.' });
    expect(await ask("text", "BYTES", [2], texts("a"))).toEqual({ error: 'Input "text" has binary data for 1 elements; expected exactly 2.' });
    expect(await ask("text", "BYTES", [1], texts("a", "b"))).toEqual({ error: 'Input "text" has binary data for 1 elements; expected exactly 1.' });
    expect(await ask("text", "BYTES", [1], texts("abc").subarray(0, 5))).toEqual({ error: 'Input "text" has binary data for 0 elements; expected exactly 1.' });
    expect(await ask("text", "BYTES", [1], Buffer.from([1, 0, 0, 0, 0xff]))).toEqual({ error: 'Input "text" has an element, number 0, that is not UTF-8.' });
  });

  test("binary data needs its header", async () => {
    const { status, body } = await infer("iris", { inputs: [input("X", "FP32", [1, 4], 16)] });
    expect([status, body]).toEqual([400, { error: 'Input "X" has binary_data_size; that needs the header Inference-Header-Content-Length.' }]);
    const raw = await front("iris").send("/v2/models/iris/infer", post(Buffer.concat([Buffer.from('{"inputs":[]}'), Buffer.from([0xff, 0xfe])])));
    expect(raw).toMatchObject({ status: 400, body: expect.stringContaining("needs the header Inference-Header-Content-Length") });
  });
});

describe("refusals are 400 and name what is wrong", () => {
  const expected = 'expected "X" (FP32 [*, 4]).';
  test.each<[string, unknown, string | RegExp]>([
    ["iris", "nope", /^The inference request is not JSON \(.*\); binary data behind the JSON needs/],
    ["iris", "[]", /^The inference request does not fit: it: Invalid input: expected object/],
    ["iris", { inputs: [] }, /inputs: Too small/],
    ["iris", { inputs: [{ ...X, shape: [2, -4] }] }, /inputs\.0\.shape\.1: Too small/],
    ["iris", { inputs: [{ ...X, shape: [2, 1.5] }] }, /inputs\.0\.shape\.1: Invalid input: expected int/],
    ["iris", { inputs: [X], id: 7 }, /id: Invalid input: expected string/],
    ["iris", { inputs: [{ ...X, name: "Y" }] }, `"X" is missing; "Y" is no input of the model; ${expected}`],
    ["iris", { inputs: [X, X] }, `"X" is given twice; ${expected}`],
    ["iris", { inputs: [{ ...X, datatype: "FP64" }] }, 'Input "X" is of datatype FP64; expected FP32.'],
    ["iris", { inputs: [{ ...X, shape: [8] }] }, 'Input "X" has shape [8]; expected [*, 4].'],
    ["iris", { inputs: [{ ...X, shape: [3, 4] }] }, 'Input "X" has a list of 8 at []; expected a list of 12.'],
    ["iris", { inputs: [{ ...X, shape: [1_000_000_000_000, 4] }] }, 'Input "X" has a list of 8 at []; expected a list of 4000000000000.'],
    ["iris", { inputs: [{ ...X, data: [[1, 2, 3, 4], [1, 2, 3]] }] }, 'Input "X" has a list of 3 at [1]; expected a list of 4 like the first.'],
    ["iris", { inputs: [{ ...X, data: [...X.data.slice(0, 7), null] }] }, 'Input "X" has null at [7]; expected a number, "NaN", "Infinity" or "-Infinity".'],
    ["iris", { inputs: [{ ...X, data: "text" }] }, 'Input "X" has "text" at []; expected a list of 8.'],
    ["iris", { inputs: [{ ...X, data: undefined }] }, 'Input "X" has neither data nor binary_data_size; expected one of them.'],
    ["iris", { inputs: [X], outputs: [{ name: "other" }] }, '"other" is no output of the model; expected "label", "probabilities".'],
    ["iris", { inputs: [X], outputs: [{ name: "label", parameters: { classification: 3 } }] }, 'This server does not know the parameter classification of "label".'],
    ["iris", { inputs: [{ ...X, parameters: { shared_memory_region: "a" } }] }, 'This server does not know the parameter shared_memory_region of "X".'],
  ])("%s %j", async (name, body, error) => {
    const reply = await infer(name, body);
    expect([reply.status, reply.headers["x-ms-run-function-failed"]]).toEqual([400, "False"]);
    if (typeof error === "string") expect(reply.body).toEqual({ error });
    else expect(reply.body.error).toMatch(error);
  });

  test("FP16 has no JSON, either way", async () => {
    const types: Record<string, string> = { i8: "INT8", i16: "INT16", u16: "UINT16", u32: "UINT32", u64: "UINT64", half: "FP16" };
    const inputs = Object.entries(types).map(([name, datatype]) => ({ name, datatype, shape: [1], data: [1] }));
    expect((await infer("others", { inputs, outputs: [{ name: "i8_out" }] })).body).toEqual({ error: 'Input "half" is of type float16, which JSON cannot carry; send it as binary data of /v2.' });
    expect((await infer("others", { inputs })).body.error).toContain('is of type float16');
    const binaryHalf = inputs.map((each) => (each.name === "half" ? { name: "half", datatype: "FP16", shape: [1], parameters: { binary_data_size: 2 } } : each));
    const reply = await binary("others", { inputs: binaryHalf }, Buffer.from([0, 0x3c]));
    expect([reply.status, reply.json]).toEqual([400, { error: 'Output "half_out" is of datatype FP16, which JSON cannot carry; ask for it with "binary_data": true.' }]);
  });

  test("a failure while it runs is 500", async () => {
    const inputs = [{ name: "table", datatype: "FP32", shape: [1], data: [1] }, { name: "at", datatype: "INT64", shape: [1], data: [5] }];
    const reply = await infer("gather", { inputs });
    expect([reply.status, reply.body, reply.headers["x-ms-run-function-failed"]]).toEqual([500, { error: "An unexpected error occurred in scoring script. Check the logs for more info." }, "True"]);
    await front("gather").logged(/W \[\d+\] azmlinfsrv - the model failed: /);
  });

  test("managed statuses map them like every answer of a container", async () => {
    const front = await ready({ modelDir: join(fixtures, "onnx", "iris"), statuses: "managed" });
    const reply = await front.send("/v2/models/model/infer", post("{}"));
    expect([reply.status, reply.headers["ms-azureml-model-error-statuscode"]]).toEqual([424, "400"]);
  });
});
