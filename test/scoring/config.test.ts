/** The config file: where it is looked for, what it can say, and what is refused. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError, readConfig } from "../../lib/scoring/online/config.ts";
import { parseOptions } from "../../lib/scoring/online/options.ts";
import { folder } from "./folders.ts";
import { ready } from "./harness.ts";

const refusal = (run: () => unknown): string => {
  try {
    run();
    return "";
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
};
const reads = (content: string): ReturnType<typeof readConfig> => {
  const appRoot = folder({ "config.json": content });
  return readConfig({ named: undefined, cwd: "/", appRoot, entryScript: undefined });
};

test("the named file, then the app root's, then the one beside the script", () => {
  const appRoot = folder({ "named.json": '{"SERVICE_NAME": "named"}', "config.json": '{"SERVICE_NAME": "app"}', "d/config.json": '{"SERVICE_NAME": "beside"}', "e/score.py": "" });
  const found = (named: string | undefined, entryScript: string | undefined, root = appRoot): unknown => readConfig({ named, cwd: appRoot, appRoot: root, entryScript }).values["SERVICE_NAME"];
  expect(found("named.json", "d/score.py")).toBe("named");
  expect(found(undefined, "d/score.py")).toBe("app");
  expect(found(undefined, "score.py", join(appRoot, "d"))).toBe("beside");
  expect(found(undefined, "../d/score.py", join(appRoot, "e"))).toBe("beside");
  expect(found(undefined, undefined, join(appRoot, "e"))).toBeUndefined();
  const missing = readConfig({ named: "nope.json", cwd: appRoot, appRoot, entryScript: undefined });
  expect(missing.values["SERVICE_NAME"]).toBe("app");
  expect(missing.warnings).toEqual([`The config file ${appRoot}/nope.json does not exist; ${appRoot}/config.json is used.`]);
});

test("values become texts; null and an empty file say nothing", () => {
  expect(reads('{"SCORING_TIMEOUT_MS": 5.0, "SERVICE_NAME": "é", "SERVICE_VERSION": null, "APP_INSIGHTS_LOG_RESPONSE_ENABLED": false, "AZUREML_DEBUG_PORT": 5678}').values).toEqual({
    SCORING_TIMEOUT_MS: "5",
    SERVICE_NAME: "é",
    APP_INSIGHTS_LOG_RESPONSE_ENABLED: "false",
    AZUREML_DEBUG_PORT: "5678",
  });
  expect(reads("")).toMatchObject({ values: {}, warnings: [] });
});

test("keys that only the environment can say, and unknown ones, are named", () => {
  expect(reads('{"WORKER_COUNT": 4, "FOO": 1}')).toMatchObject({
    values: {},
    warnings: ["Found extra keys in the config file that are not supported by the server.\nExtra keys = ['WORKER_COUNT', 'FOO']"],
  });
});

test("every wrong value has the original's banner", () => {
  expect(refusal(() => reads('{"SCORING_TIMEOUT_MS": "soon", "SERVICE_NAME": 5, "APP_INSIGHTS_LOG_RESPONSE_ENABLED": "perhaps"}'))).toBe(
    [
      "",
      "===============Configuration Error=================",
      'SCORING_TIMEOUT_MS: expected a whole number from 0 to 2147483647; got "soon" (environment variable: SCORING_TIMEOUT_MS)',
      "===================================================",
      "===============Configuration Error=================",
      "SERVICE_NAME: expected a text; got 5 (environment variable: SERVICE_NAME)",
      "===================================================",
      "===============Configuration Error=================",
      'APP_INSIGHTS_LOG_RESPONSE_ENABLED: expected true or false; got "perhaps" (environment variable: APP_INSIGHTS_LOG_RESPONSE_ENABLED)',
      "===================================================",
    ].join("\n"),
  );
});

test.each([["{not"], ["[1]"], ["\ufeff{}"], [" "], ["3"]])("%j is no config file", (content) => {
  expect(refusal(() => reads(content))).toMatch(/^Invalid config file!: .*config\.json: /);
});

test("a folder is no config file", () => {
  const appRoot = folder();
  mkdirSync(join(appRoot, "config.json"));
  expect(refusal(() => readConfig({ named: undefined, cwd: "/", appRoot, entryScript: undefined }))).toContain("EISDIR");
});

test.each(["soon", "-1", "1.5", "1e3", "0x10"])("SCORING_TIMEOUT_MS=%s in the environment", (value) => {
  expect(refusal(() => parseOptions(["--model_dir", "m"], { SCORING_TIMEOUT_MS: value }, "/work"))).toContain(`got ${JSON.stringify(value)} (environment variable: SCORING_TIMEOUT_MS)`);
});

test("the environment comes before the file, for workers too", () => {
  const appRoot = folder({ "config.json": '{"SERVICE_NAME": "file", "SERVICE_VERSION": "2", "SCORING_TIMEOUT_MS": 5, "WORKSPACE_NAME": "w"}' });
  const env = { AML_APP_ROOT: appRoot, SERVICE_NAME: "env", SCORING_TIMEOUT_MS: "7" };
  const { service, environment, configFile } = parseOptions(["--model_dir", "m"], env, "/work");
  expect([service, configFile]).toEqual([{ name: "env", version: "2", pathPrefix: "" }, `${appRoot}/config.json`]);
  expect(environment).toMatchObject({ SERVICE_VERSION: "2", SCORING_TIMEOUT_MS: "7", WORKSPACE_NAME: "w" });
  expect(environment).not.toHaveProperty("SERVICE_NAME");
});

test("a script finds the file's values in its environment", async () => {
  const script = 'import os\ndef init(): pass\ndef run(data): return [os.environ.get(name) for name in data.split()]\n';
  const appRoot = folder({ "score.py": script, "config.json": '{"WORKSPACE_NAME": "w", "SCORING_TIMEOUT_MS": 4000}' });
  const front = await ready({ entryScript: "score.py", workerCount: 2 }, { AML_APP_ROOT: appRoot });
  const reply = await front.send("/score", { method: "POST", body: "WORKSPACE_NAME SCORING_TIMEOUT_MS WORKER_COUNT AML_APP_INSIGHTS_ENABLED", headers: { "Content-Type": "text/plain" } });
  expect(JSON.parse(reply.body)).toEqual(["w", "4000", "2", "false"]);
});
