/** What a service is started with. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseBatchOptions } from "../../lib/scoring/batch/options.ts";
import { readServiceFile } from "../../lib/scoring/batch/service-file.ts";
import { inputPlace, outputPlace } from "../../lib/scoring/batch/uri.ts";
import { batchServeArguments } from "../../lib/scoring/contract/batch.ts";
import { CLI } from "../built.ts";
import { scratch, scripted } from "./service.ts";

describe("flags", () => {
  test("those of a supervisor are read as they are written", () => {
    const rest = { host: "::1", port: 0, pathPrefix: "/endpoints/it", keys: "k", tokens: "t", logFormat: "json" as const };
    expect(parseBatchOptions(batchServeArguments({ service: "s.json", jobs: "/jobs", ...rest }))).toEqual({ jobs: { service: "s.json", folder: "/jobs" }, ...rest });
    expect(parseBatchOptions(batchServeArguments({ cluster: "c.json", ...rest }))).toEqual({ jobs: { cluster: "c.json" }, ...rest });
    expect(parseBatchOptions(["--service", "s", "--jobs", "j"])).toEqual({ jobs: { service: "s", folder: "j" }, host: "127.0.0.1", port: 5001, pathPrefix: "", logFormat: "text" });
  });

  test.each([
    [[], "--service is missing"],
    [["--service", "s"], "--jobs is missing"],
    [["--service", "s", "--jobs", "j", "--port", "70000"], "--port: expected 0 to 65535"],
    [["--service", "s", "--jobs", "j", "--port", "x"], "--port: expected a port"],
    [["--service", "s", "--jobs", "j", "--path-prefix", "x/"], "--path-prefix: expected a path"],
    [["--service", "s", "--jobs", "j", "--log-format", "xml"], "--log-format: expected text or json"],
    [["--service", "s", "--jobs", "j", "--jobs", "k"], "--jobs is given twice"],
    [["--service", "s", "--jobs"], "--jobs needs a value"],
    [["--cluster", "c", "--jobs", "j"], "--cluster stands instead of --service and --jobs"],
    [["--servce", "s"], "unknown flag --servce; expected --service, --jobs"],
  ])("%j", (argv, message) => expect(() => parseBatchOptions(argv)).toThrow(message));

  test("the command tells them, and exits with 1 on wrong ones", () => {
    const run = (...args: readonly string[]): { status: number | null; stdout: string; stderr: string } =>
      spawnSync(process.execPath, [CLI, "serve-batch", ...args], { encoding: "utf8" });
    expect(run("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("--service <file>") });
    expect(run("--jobs", "j")).toMatchObject({ status: 1, stderr: expect.stringContaining("--service is missing") });
  });
});

test("a service file that is wrong is told by place, and no value is quoted", () => {
  const path = join(scratch(), "service.json");
  const told = (value: unknown): string => {
    writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
    try {
      readServiceFile(path);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  const good = scripted("lines.py");
  expect(told({ endpoint: "it", deployments: { it: good } })).toBe("");
  expect(told("{")).toContain("it is not JSON");
  expect(told({ endpoint: "it", deployments: { it: { ...good, driver: { environmentVariables: { SECRET: 5, OTHER: "hush" } } } } })).toMatch(/deployments\.it\.driver\.environmentVariables\.SECRET/);
  expect(told({ endpoint: "it", deployments: { it: { ...good, driver: { environmentVariables: { SECRET: 5, OTHER: "hush" } } } } })).not.toContain("hush");
  expect(() => readServiceFile(join(path, "none"))).toThrow("cannot be read");
});

describe("addresses", () => {
  test.each([
    ["file:///data/in", { kind: "local", path: "/data/in" }],
    ["file:///data/in/", { kind: "local", path: "/data/in" }],
    ["file:///a%20b", { kind: "local", path: "/a b" }],
    ["file:///", { kind: "local", path: "/" }],
    ["s3://bucket/in", { kind: "remote", uri: "s3://bucket/in", scheme: "s3" }],
    ["HTTPS://x/y.csv", { kind: "remote", uri: "HTTPS://x/y.csv", scheme: "https" }],
    ["http://127.0.0.1:80/y.csv", { kind: "remote", uri: "http://127.0.0.1:80/y.csv", scheme: "http" }],
  ])("%s", (uri, place) => expect(inputPlace(uri)).toEqual(place));

  test.each([
    ["http://example.com/y.csv", "addresses of http: cannot be used here"],
    ["azureml://datastores/d/paths/p", "is an address of Azure Machine Learning"],
    ["azureml:data:1", "is an address of Azure Machine Learning"],
    ["/subscriptions/x", "is an address of Azure Machine Learning"],
    ["pvc://claim/path", "is a volume claim of a cluster, which localhost does not have"],
    ["data/in", "is no address: expected file:, https:, s3:, az: or gs:, such as file:///data/in"],
    ["file://host/share", "is no file address"],
    ["ftp://x", "addresses of ftp: cannot be used here"],
  ])("%s", (uri, message) => expect(() => inputPlace(uri)).toThrow(message));

  test("an output is no web page", () => expect(() => outputPlace("https://x/y")).toThrow("addresses of https: cannot be used here: expected file:, s3:, az: or gs:"));
});
