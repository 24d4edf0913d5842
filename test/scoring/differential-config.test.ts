/** Flags, environment and config file, and what is said of the service, compared with the genuine server. */
import type { Cases } from "./azmlinfsrv.ts";
import { TELLS, compare } from "./compared.ts";
import type { Setting } from "./compared.ts";
import { post } from "./harness.ts";

const asked: Cases = { health: ["/"], swagger: ["/swagger.json"], "swagger 3": ["/swagger.json?version=3"], score: ["/score", post("x")] };
const SLOW = `import time

def init():
    pass

def run(data):
    time.sleep(float(data))
    return "slept"
`;
const PRELOADED = `import os

loaded, inits = os.getpid(), []

def init():
    inits.append(os.getpid())

def run(data):
    return [inits == [loaded], loaded == os.getpid(), loaded == os.getppid()]
`;
const slow: Cases = { "0.5 s": ["/score", post("0.5")] };
const json = JSON.stringify;
const file = (content: object | string, more: Partial<Setting> = {}): Setting => ({
  files: { "config.json": typeof content === "string" ? content : json(content), ...more.files },
  cases: asked,
  ...(more.env === undefined ? {} : { env: more.env }),
  ...(more.options === undefined ? {} : { options: more.options }),
});

const VERSIONS = ["", "?version=2", "?version=2.0", "?version=3", "?version=3.0", "?version=3.1"];
const ODD = ["?version=1", "?version=9", "?version=", "?version=abc", "?version=3.10", "?version=02", "?version=%32", "?version=%202", "?version=+2", "?VERSION=3"];
const MORE = ["?version=3.1&version=2", "?version=2&version=9", "?x=1", "?version", "?a&version=3"];
const versions = (queries: readonly string[]): Cases => Object.fromEntries(queries.map((query) => [`swagger.json${query}`, [`/swagger.json${query}`]]));
const documents: Cases = { ...versions(VERSIONS), HEAD: ["/swagger.json", { method: "HEAD" }] };

const ODDITIES = '{"z": 1, "200": {"a\\u00e9\\/b": "\u00fc\u2028"},\n\t"10": [1.0, 1.50, 1e5, 1E-7, 12345678901234567890, -0, -0.0, 1e16, 0.0001, 1e400, true, null, "\\ud83d"] , "e": {}, "l": [ ]}\n';

compare({
  "nothing set": { cases: { ...documents, ...versions([...ODD, ...MORE]), ...asked } },
  "each worker loads the script": { files: { "score.py": PRELOADED }, options: { workerCount: 2 }, cases: { first: ["/score", post("1")], second: ["/score", post("2")] } },
  preloaded: { files: { "score.py": PRELOADED }, env: { WORKER_PRELOAD: "TRUE" }, options: { workerCount: 2 }, cases: { first: ["/score", post("1")], second: ["/score", post("2")], ...asked } },
  "a file beside the app": file({ SERVICE_NAME: "file \u00e9", SERVICE_VERSION: "7", SERVICE_PATH_PREFIX: "/a/b/", WORKSPACE_NAME: "w", FOO: 1 }),
  "environment before file; a key that is none": file({ SERVICE_NAME: "file", SERVICE_VERSION: "7" }, {
    env: { SERVICE_NAME: "env", SERVICE_PATH_PREFIX: "c", AML_APP_INSIGHTS_ENABLED: "true", AML_APP_INSIGHTS_KEY: "nope", AZUREML_MODEL_DIR: "./env" },
  }),
  "flag before environment and app; files of the user": {
    files: {
      "flag.json": json({ SERVICE_NAME: "flag" }),
      "env.json": json({ SERVICE_NAME: "env" }),
      "config.json": json({ SERVICE_NAME: "app" }),
      "swagger.json": ODDITIES,
      "swagger2.json": '{"two": 2}',
      "swagger3.1.json": '"text"',
    },
    env: { AZUREML_CONFIG_FILE: "env.json" },
    options: { configFile: "flag.json" },
    cases: documents,
  },
  "environment before app; the user's second version": {
    files: { "env.json": json({ SERVICE_VERSION: "env" }), "config.json": json({ SERVICE_NAME: "app" }), "swagger2.json": '{"two": 2}', "swagger3.json": "[]" },
    env: { AZUREML_CONFIG_FILE: "env.json" },
    cases: documents,
  },
  "a named file that is not there; what only the environment can say": file(
    {
      SERVICE_NAME: null,
      SERVICE_VERSION: "app",
      service_name: "small",
      WORKER_COUNT: 2,
      WORKER_TIMEOUT: 9,
      SERVER_PORT: 1,
      HEALTH_PORT: 1,
      AML_CORS_ORIGINS: "*",
      SERVER_VERSION_LOG_RESPONSE_ENABLED: "false",
      AML_APP_INSIGHTS_ENABLED: true,
      AZUREML_MODEL_DIR: "m",
    },
    { options: { configFile: "nope.json" } },
  ),
  "beside the script": { files: { "d/score.py": SLOW, "d/config.json": json({ SERVICE_NAME: "beside" }) }, options: { entryScript: "d/score.py" }, cases: documents },
  "the app's before the script's; flags": {
    files: { "d/score.py": TELLS, "config.json": json({ SERVICE_NAME: "app" }), "d/config.json": json({ SERVICE_NAME: "beside" }) },
    env: { AZUREML_MODEL_DIR: "./env", WORKER_COUNT: "1", SERVER_PORT: "1", SERVER_VERSION_LOG_RESPONSE_ENABLED: "TRUE" },
    options: { entryScript: "d/score.py", modelDir: "./my/dir/", workerCount: 2, appInsightsKey: "12345678-1234-1234-1234-12345678901A" },
    cases: asked,
  },
  "an empty file": file("", { env: { SERVICE_NAME: "", SERVICE_VERSION: "", SERVICE_PATH_PREFIX: "/" } }),
  "a timeout in the file": { files: { "config.json": json({ SCORING_TIMEOUT_MS: 100 }), "score.py": SLOW }, cases: slow },
  "the script in the file; a timeout as text": {
    files: { "c.json": json({ AZUREML_ENTRY_SCRIPT: "s.py", SCORING_TIMEOUT_MS: " 100.0 " }), "s.py": SLOW },
    script: false,
    options: { configFile: "c.json" },
    cases: slow,
  },
  "main.py; no timeout": {
    files: { "c.json": json({ SCORING_TIMEOUT_MS: 100 }), "main.py": SLOW },
    script: false,
    env: { SCORING_TIMEOUT_MS: "0" },
    options: { configFile: "c.json" },
    cases: slow,
  },
});
