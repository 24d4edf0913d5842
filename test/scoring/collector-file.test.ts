import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { readCollectorFile } from "../../lib/scoring/online/collect-file.ts";
import { OptionsError } from "../../lib/scoring/online/options.ts";
import { collectorFile, folder } from "./collected.ts";
import { launch } from "./harness.ts";

const problems = (file: string): readonly string[] => {
  try {
    readCollectorFile(file);
  } catch (error) {
    if (error instanceof OptionsError) return error.problems.map((problem) => problem.replaceAll(file, "FILE"));
    throw error;
  }
  return [];
};

const written = (text: string): string => {
  const file = `${folder()}/collector.json`;
  writeFileSync(file, text);
  return file;
};

const given = (value: object): string => written(JSON.stringify({ endpoint: "e", deployment: "d", collections: {}, sink: { folder: "x" }, ...value }));

describe("what is left out", () => {
  it("has its defaults", () => {
    const file = collectorFile({ instance: undefined });
    expect(readCollectorFile(file)).toEqual({
      endpoint: "credit",
      deployment: "blue",
      collections: { request: { enabled: true }, response: { enabled: true } },
      samplingRate: 1,
      rollingRate: "hour",
      requestLogging: { captureHeaders: [] },
      maxPayloadBytes: 1024 * 1024,
      maxWaitingBytes: 32 * 1024 * 1024,
      instance: `${hostname().replaceAll(/[^\w.-]/g, "_")}-${process.pid}`,
      sink: { folder: `${dirname(file)}/data` },
    });
  });

  it("zero and false are values, and names are in lower case", () => {
    const { collections, samplingRate, requestLogging } = readCollectorFile(
      given({ samplingRate: 0, collections: { Model_Inputs: { enabled: false, samplingRate: 0 } }, requestLogging: { captureHeaders: ["X-Tenant"] } }),
    );
    expect([samplingRate, collections, requestLogging]).toEqual([0, { model_inputs: { enabled: false, samplingRate: 0 } }, { captureHeaders: ["x-tenant"] }]);
  });

  it("an address takes headers", () => {
    expect(readCollectorFile(given({ sink: { url: "https://x.example/e", headers: { authorization: "Bearer t" } } })).sink).toEqual({
      url: "https://x.example/e",
      headers: { authorization: "Bearer t" },
    });
  });
});

describe("what is wrong", () => {
  it.each([
    [{ endpoint: undefined }, "endpoint: expected a text; got nothing"],
    [{ endpoint: "../x" }, 'endpoint: expected letters, digits, ".", "_" and "-", a letter or digit first, because it names a folder; got "../x"'],
    [{ modelVersion: "" }, "modelVersion: expected a text that is not empty"],
    [{ source: 1 }, "source: expected a text; got 1"],
    [{ instance: "a/b" }, 'instance: expected letters, digits, ".", "_" and "-", a letter or digit first, because it names a folder; got "a/b"'],
    [{ samplingRate: 1.1 }, "samplingRate: expected a share of 0 to 1; got 1.1"],
    [{ collections: { request: { samplingRate: "1" } } }, 'collections.request.samplingRate: expected a share of 0 to 1; got "1"'],
    [{ collections: { request: { enabled: "True" } } }, 'collections.request.enabled: expected true or false; got "True"'],
    [{ collections: { request: { sampling: 1 } } }, 'collections.request: unknown key "sampling"; known are enabled, samplingRate'],
    [{ collections: { request: true } }, "collections.request: expected an object; got true"],
    [{ collections: [] }, "collections: expected an object of collections by name"],
    [{ collections: { a: {}, b: {}, c: {}, d: {}, e: {}, f: {} } }, "collections: expected at most 5 collections besides request and response"],
    [{ collections: { a: {}, A: {} } }, "collections: expected names that differ in more than upper and lower case"],
    [{ rollingRate: "Hour" }, 'rollingRate: expected year, month, day, hour, minute; got "Hour"'],
    [{ requestLogging: { captureHeaders: ["Authorization"] } }, 'requestLogging.captureHeaders.0: "authorization" is a credential, which is never collected'],
    [{ maxPayloadBytes: 0 }, "maxPayloadBytes: expected a whole number of bytes, 1 or more; got 0"],
    [{ maxWaitingBytes: "1MB" }, 'maxWaitingBytes: expected a whole number of bytes; got "1MB"'],
    [{ sink: "data" }, "sink: expected { folder } or { url, headers }"],
    [{ sink: { folder: "a", url: "http://x" } }, "sink: expected { folder } or { url, headers }"],
    [{ sink: { url: "ftp://x" } }, 'sink.url: expected an http or https address; got "ftp://x"'],
    [{ sink: { folder: "a", mode: 1 } }, 'sink: unknown key "mode"; known are folder'],
    [{ samplingrate: 1 }, 'unknown key "samplingrate"; known are endpoint, deployment, source, modelVersion, collections, samplingRate, rollingRate, requestLogging, maxPayloadBytes, maxWaitingBytes, instance, sink'],
  ])("%j", (value, problem) => {
    expect(problems(given(value))).toEqual([`--data-collector: FILE: ${problem}`]);
  });

  it("collections are named as folders", () => {
    expect(problems(given({ collections: { "a/b": {} } }))).toHaveLength(1);
  });

  it("a file that is none, or no JSON", () => {
    expect(problems(written("{"))).toEqual(["--data-collector: FILE is not JSON"]);
    expect(problems(folder())).toEqual(["--data-collector: FILE cannot be read: EISDIR"]);
  });

  it("ends the front with 1, everything at once", async () => {
    const front = launch({ entryScript: "score.py", dataCollector: given({ samplingRate: 2, rollingRate: "week" }) });
    expect((await front.exit).code).toBe(1);
    expect(front.log()).toMatch(/samplingRate: .*\n.*rollingRate: /);
  });
});
