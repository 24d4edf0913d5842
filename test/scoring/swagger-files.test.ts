/** A user's own swagger files, where the genuine server cannot be asked: every kind of model, the prefix, and what is refused. */
import { expect, test } from "vitest";
import { ConfigError } from "../../lib/scoring/online/config.ts";
import { retyped } from "../../lib/scoring/online/retyped-json.ts";
import { readDocuments } from "../../lib/scoring/online/swagger-files.ts";
import { folder } from "./folders.ts";
import { fixtures, launch, ready } from "./harness.ts";

const ANY = { input: {}, output: {} };

test("without a schema, files are all there is", () => {
  expect(readDocuments(folder(), {})("2", undefined)).toBeUndefined();
  const documents = readDocuments(folder({ "swagger3.json": '{"a":1}' }), {});
  expect(documents("3.0", undefined)).toEqual({ document: '{"a": 1}' });
  expect(documents("2", undefined)).toEqual({ refusal: "Swagger version [2] is not supported for the scoring script. Supported swagger versions: [3]." });
  expect(documents("9", undefined)).toEqual({ refusal: "Swagger version [9] is not valid. Supported versions: [3]." });
});

test("a file adds a version that the schema cannot express", () => {
  const documents = readDocuments(folder({ "swagger2.json": '{"two":2}' }), {});
  expect(documents("2", { ...ANY, versions: [3, 3.1] })).toEqual({ document: '{"two": 2}' });
  expect(documents("x", { ...ANY, versions: [3, 3.1] })).toEqual({ refusal: "Swagger version [x] is not valid. Supported versions: [2, 3, 3.1]." });
  expect(documents("3", { ...ANY, versions: [3.1] })).toMatchObject({ refusal: expect.stringContaining("[2, 3.1]") as string });
});

test("the prefix stands before the paths, as SERVICE_PATH_PREFIX does", async () => {
  const paths = async (env: NodeJS.ProcessEnv): Promise<string[]> => {
    const front = await ready({ modelDir: `${fixtures}onnx/iris`, pathPrefix: "/endpoints/iris" }, { AML_APP_ROOT: folder(), ...env });
    return Object.keys((JSON.parse((await front.send("/endpoints/iris/swagger.json")).body) as { paths: object }).paths);
  };
  expect(await paths({})).toEqual(["/endpoints/iris/", "/endpoints/iris/score", "/endpoints/iris/swagger.json"]);
  expect(await paths({ SERVICE_PATH_PREFIX: "outer" })).toEqual(["/outer/", "/outer/score", "/outer/swagger.json"]);
});

test("models without a script have files, too", async () => {
  const front = await ready({ modelDir: `${fixtures}onnx/iris` }, { AML_APP_ROOT: folder({ "swagger.json": '{"mine": true}' }) });
  expect(await front.send("/swagger.json")).toMatchObject({ status: 200, body: '{"mine": true}' });
  expect(front.log()).toContain("Loaded user's swagger file for version [2] from ");
});

test.each([["swagger.json", "{not"], ["swagger3.json", ""], ["swagger2.json", "\ufeff{}"], ["swagger3.1.json", "NaN"]])("%s with %j is refused", (name, content) => {
  expect(() => readDocuments(folder({ [name]: content }), {})).toThrow(ConfigError);
});

test("a file that is no JSON ends the server with 3, before it listens", async () => {
  const front = launch({ modelDir: `${fixtures}onnx/iris` }, { AML_APP_ROOT: folder({ "swagger.json": "{not" }) });
  expect((await front.exit).code).toBe(3);
  expect(front.log()).toMatch(/The swagger file \/.*\/swagger\.json cannot be served: Expected property name/);
  expect(front.messages.map(({ type }) => type)).toEqual(["failed"]);
});

test.each([
  ['{"b":1,"10":[1,2],"a":{}}', '{"b": 1, "10": [1, 2], "a": {}}'],
  ['"\\u00E9\\/\\n\u2028"', '"\\u00e9/\\n\\u2028"'],
  ["[1.0,1.50,-0,-0.0,1e5,1e16,1e-5,123456789012345678901234567890]", "[1.0, 1.5, 0, -0.0, 100000.0, 1e+16, 1e-05, 123456789012345678901234567890]"],
  ['{"a:b,c": "{[1,2]}: \\"x\\""}', '{"a:b,c": "{[1,2]}: \\"x\\""}'],
])("%s as Python writes it", (json, python) => expect(retyped(json)).toBe(python));
