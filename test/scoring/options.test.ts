/** Flags and environment become settings, or a list of all that is wrong. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { FLAGS, serveArguments } from "../../lib/scoring/contract.ts";
import type { ServeOptions } from "../../lib/scoring/contract.ts";
import { OptionsError, parseOptions } from "../../lib/scoring/online/options.ts";
import { scripts } from "./harness.ts";

const problems = (argv: string[], env: NodeJS.ProcessEnv = {}): readonly string[] => {
  try {
    parseOptions(argv, env, "/work");
    return [];
  } catch (error) {
    if (error instanceof OptionsError) return error.problems;
    throw error;
  }
};

/** Every option but those of another server, which exclude some of these. */
const own: Required<Omit<ServeOptions, "upstreamScoring" | "upstreamReadiness" | "upstreamLiveness" | "upstreamPaths" | "upstreamCommand">> = {
  host: "0.0.0.0",
  port: 0,
  entryScript: "a/score.py",
  modelDir: "./my/dir",
  workerCount: 3,
  python: "/usr/bin/python3",
  deployment: "blue",
  statuses: "managed",
  pathPrefix: "/endpoints/ml/credit",
  keys: "/keys",
  maxInFlight: 4,
  requestTimeoutMs: 5000,
  maxQueueWaitMs: 0,
  maxBodyBytes: 0,
  modelName: "credit_v1.0",
  tokens: "/tokens.json",
  maxBatchSize: 8,
  maxBatchWaitMs: 5,
  maxRequests: 1000,
  maxRequestsJitter: 50,
  metricsPort: 9000,
  logFormat: "json",
  dataCollector: "/collect.json",
  terminationLog: "/log",
  corsOrigins: "http://a.com,*",
  healthPort: 5002,
  configFile: "/nowhere/config.json",
  appInsightsKey: "12345678-1234-1234-1234-123456789012",
};
const upstream = {
  upstreamScoring: "http://127.0.0.1:8080/predict",
  upstreamReadiness: "http://127.0.0.1:8080/ready",
  upstreamLiveness: "http://127.0.0.1:8080/live",
  upstreamPaths: "/v1,/docs/",
  upstreamCommand: '["python3", "app.py", "--port=8080"]',
};

test("every option comes back from its flags", () => {
  const { configFile, ...rest } = own;
  const settings = parseOptions(serveArguments({ configFile, ...rest }), {}, "/work");
  expect(settings).toMatchObject({ ...rest, corsOrigins: ["http://a.com", "*"] });
  expect(settings.warnings.join()).toContain("The config file /nowhere/config.json does not exist");
  expect(parseOptions(serveArguments(upstream), {}, "/work")).toMatchObject({
    ...upstream,
    upstreamPaths: ["/v1", "/docs"],
    upstreamCommand: ["python3", "app.py", "--port=8080"],
    entryScript: undefined,
  });
  expect(Object.keys({ ...own, ...upstream }).sort()).toEqual(FLAGS.map(([option]) => option).sort());
});

test("defaults", () => {
  expect(parseOptions(["--model_dir", "m"], {}, "/work")).toEqual({
    host: "127.0.0.1",
    port: 5001,
    modelDir: "m",
    workerCount: 1,
    python: "python3",
    statuses: "raw",
    pathPrefix: "",
    maxBodyBytes: 104_857_600,
    maxBatchSize: 1,
    maxRequestsJitter: 0,
    logFormat: "text",
    upstreamPaths: [],
    corsOrigins: [],
    healthPort: 5000,
    appRoot: "/work",
    workerTimeoutMs: 300_000,
    versionHeader: true,
    preload: false,
    service: { name: undefined, version: undefined, pathPrefix: "" },
    insights: { enabled: false, key: undefined, lines: [] },
    separateHealth: false,
    environment: { WORKER_COUNT: "1", SERVER_PORT: "5001", HEALTH_PORT: "5001", AML_APP_INSIGHTS_ENABLED: "false" },
    warnings: [],
  });
});

test("the environment of Azure's images stands behind the flags", () => {
  const env = {
    AML_APP_ROOT: "/var/azureml-app",
    AZUREML_ENTRY_SCRIPT: "score.py",
    AZUREML_MODEL_DIR: "/models",
    AML_CORS_ORIGINS: "http://a",
    HEALTH_PORT: "5009",
    SEPERATE_HEALTH_ENDPOINT: "true",
    SERVER_PORT: "7",
    WORKER_COUNT: "2",
    WORKER_TIMEOUT: "20",
    SCORING_TIMEOUT_MS: " 1500.0 ",
    SERVICE_NAME: "",
    SERVER_VERSION_LOG_RESPONSE_ENABLED: "false",
  };
  const settings = parseOptions(["--worker_count=4", "--rest"], env, "/work");
  expect(settings).toMatchObject({ appRoot: "/var/azureml-app", entryScript: "score.py", modelDir: "/models", workerCount: 4, port: 5001 });
  expect(settings).toMatchObject({ workerTimeoutMs: 20_000, versionHeader: false, corsOrigins: ["http://a"], healthPort: 5009, separateHealth: true });
  expect(settings.service.name).toBe("");
  expect(settings.environment).toMatchObject({ SCORING_TIMEOUT_MS: "1500", WORKER_COUNT: "4", HEALTH_PORT: "5009", AML_CORS_ORIGINS: "http://a" });
  expect(parseOptions(["--model_dir", "m"], { SERVER_VERSION_LOG_RESPONSE_ENABLED: "TRUE", WORKER_PRELOAD: "true" }, "/work")).toMatchObject({ versionHeader: true, preload: true });
  expect(parseOptions(["--model_dir", "m"], { SERVER_VERSION_LOG_RESPONSE_ENABLED: "", SEPERATE_HEALTH_ENDPOINT: "TRUE" }, "/work")).toMatchObject({ versionHeader: false, separateHealth: false });
});

test("a script is looked for from here, then from the app root", () => {
  expect(parseOptions(["--entry_script", "plain.py"], { AML_APP_ROOT: "/app" }, scripts).entryScript).toBe(`${scripts}/plain.py`);
  expect(parseOptions(["--entry_script", "plain.py"], { AML_APP_ROOT: scripts }, "/").entryScript).toBe("plain.py");
  expect(parseOptions(["--upstream-scoring", upstream.upstreamScoring], { AZUREML_ENTRY_SCRIPT: "plain.py" }, scripts).entryScript).toBeUndefined();
});

test("service paths: SERVICE_PATH_PREFIX, else our own prefix", () => {
  const argv = ["--model_dir", "m", "--path-prefix", "/p"];
  expect(parseOptions(argv, {}, "/work").service.pathPrefix).toBe("/p");
  expect(parseOptions(argv, { SERVICE_PATH_PREFIX: "" }, "/work").service.pathPrefix).toBe("");
});

test.each([
  [["--appinsights_instrumentation_key", "12345678-1234-1234-1234-12345678901A"], { AML_APP_INSIGHTS_ENABLED: "false" }, true, "Valid"],
  [["--appinsights_instrumentation_key", "12345678123412341234123456789012"], {}, false, "Invalid"],
  [[], { AML_APP_INSIGHTS_KEY: "12345678-1234-1234-1234-123456789012", AML_APP_INSIGHTS_ENABLED: "true" }, true, "Valid"],
  [[], { AML_APP_INSIGHTS_KEY: "12345678-1234-1234-1234-123456789012", AML_APP_INSIGHTS_ENABLED: "True" }, false, undefined],
  [[], { AML_APP_INSIGHTS_KEY: "", AML_APP_INSIGHTS_ENABLED: "true" }, false, "Invalid"],
  [[], { AML_APP_INSIGHTS_ENABLED: "true" }, false, undefined],
])("Application Insights: %j %j", (argv, env, enabled, word) => {
  const { insights, environment } = parseOptions(["--model_dir", "m", ...argv], env, "/work");
  expect(insights.enabled).toBe(enabled);
  expect(environment["AML_APP_INSIGHTS_ENABLED"]).toBe(String(enabled));
  expect(insights.lines[0]?.split(" ")[0]).toBe(word);
});

test("all problems at once, each in one line", () => {
  const argv = ["--port", "70000", "--worker-count", "--statuses", "odd", "--entry_script", "score.rb", "--path-prefix", "x", "--host", ""];
  expect(problems([...argv, "--upstream-command", "python3", "--keys"], { WORKER_TIMEOUT: "soon" })).toEqual([
    "unknown flag --worker-count; did you mean --worker_count?",
    "--keys: a value is missing",
    "--host: expected a text that is not empty",
    "--port: expected a whole number from 0 to 65535; got 70000",
    '--entry_script: expected a script, *.py, *.js or *.ts; got "score.rb"',
    '--statuses: expected raw or managed; got "odd"',
    '--path-prefix: expected a path such as /endpoints/credit; got "x"',
    '--upstream-command: expected a JSON list of texts such as ["python3", "app.py"]; got something else, which is not shown because commands may hold passwords',
    'WORKER_TIMEOUT: expected a whole number from 0 to 2147483; got "soon"',
  ]);
});

test("a problem has the name by which the value was given", () => {
  const env = { WORKER_COUNT: "two", HEALTH_PORT: "x", AML_CORS_ORIGINS: "http://a(", AZUREML_ENTRY_SCRIPT: "score.txt", INFERENCE_ENDPOINTS_MAX_BATCH_SIZE: "0", INFERENCE_ENDPOINTS_LOG_FORMAT: "xml" };
  const names = (argv: string[], given: NodeJS.ProcessEnv): string[] => problems(argv, given).map((line) => line.split(":")[0] ?? "");
  expect(names([], env).sort()).toEqual(["AZUREML_ENTRY_SCRIPT", "HEALTH_PORT", "INFERENCE_ENDPOINTS_LOG_FORMAT", "INFERENCE_ENDPOINTS_MAX_BATCH_SIZE", "WORKER_COUNT"]);
  expect(names(["--model_dir", "m"], { AML_CORS_ORIGINS: "http://a(" })).toEqual(["AML_CORS_ORIGINS"]);
  expect(names(["--worker_count", "0"], env)).toContain("--worker_count");
});

test("WORKER_TIMEOUT=0 is none, as gunicorn has it", () => {
  expect(parseOptions(["--model_dir", "m"], { WORKER_TIMEOUT: "0" }, "/work").workerTimeoutMs).toBe(2_147_483_647);
});

test.each([
  [["--healthport", "5000"], "unknown flag --healthport; did you mean --health_port?"],
  [["score.py"], 'unexpected argument "score.py"'],
  [["--rest", "x"], 'unexpected argument "x"'],
  [["--port", "1", "--port", "2"], "--port: given twice"],
  [["--worker_count", "0"], "--worker_count: expected a whole number from 1 to 1024; got 0"],
  [["--max-in-flight", "1.5"], '--max-in-flight: expected a whole number from 1; got "1.5"'],
  [["--request-timeout-ms", ""], '--request-timeout-ms: expected a whole number from 1 to 2147483647; got ""'],
  [["--upstream-scoring", "https://x"], '--upstream-scoring: expected an address such as http://127.0.0.1:8080/predict; got "https://x"'],
  [["--model-name", "a/b"], '--model-name: expected a name of letters, digits and "._~-"; got "a/b"'],
  [["--log-format", "xml"], '--log-format: expected text or json; got "xml"'],
])("%j", (argv, problem) => expect(problems(argv)).toContain(problem));

const UPSTREAM = ["--upstream-scoring", upstream.upstreamScoring];
test.each([
  [[...UPSTREAM, "--entry_script", "score.py"], "--entry_script: --upstream-scoring names another server, which answers in place of a script; give one of them"],
  [[...UPSTREAM, "--max-batch-size", "2"], "--max-batch-size: requests for another server (--upstream-scoring) are not batched here; batch them there"],
  [[...UPSTREAM, "--max-requests", "2"], "--max-requests: there are no workers to replace before another server (--upstream-scoring)"],
  [["--upstream-readiness", "http://a/b"], "--upstream-readiness: there is no other server without --upstream-scoring, which says where it is"],
  [["--upstream-liveness", "http://a/b"], "--upstream-liveness: there is no other server without --upstream-scoring, which says where it is"],
  [["--upstream-paths", "/v1"], "--upstream-paths: there is no other server without --upstream-scoring, which says where it is"],
  [["--upstream-command", '["a"]'], "--upstream-command: there is no other server without --upstream-scoring, which says where it is"],
  [["--max-batch-wait-ms", "5"], "--max-batch-wait-ms: nothing waits for a batch of one; give --max-batch-size of 2 or more"],
  [["--max-requests-jitter", "5"], "--max-requests-jitter: there is nothing to vary without --max-requests"],
  [["--metrics-port", "5001"], "--metrics-port: 5001 is the server's own port; leave the flag out, and /metrics stands there"],
  [["--health_port", "5001"], "--health_port: 5001 is the server's own port; leave SEPERATE_HEALTH_ENDPOINT out, and health stands there"],
  [["--health_port", "6000", "--metrics-port", "6000"], "--health_port: 6000 is the port of --metrics-port; they need one each"],
  [["--access_control_allow_origins", "http://a("], '--access_control_allow_origins: expected origins such as https://www.contoso.com, *, or regular expressions; got "http://a(": Invalid regular expression'],
])("together: %j", (argv, problem) => expect(problems(["--model_dir", "m", ...argv], { SEPERATE_HEALTH_ENDPOINT: "true" }).join("\n")).toContain(problem));

test("nothing to serve: the original's sentence, and the other ways", () => {
  expect(problems([])).toEqual([expect.stringMatching(/^Either provide an entry_script using --entry_script or provide a path to the configuration file using --config_file.*--model_dir.*--upstream-scoring/)]);
});

test("the command: help is 0, and names every flag; wrong flags are 1 with help on stdout and the lines on stderr", () => {
  const serve = fileURLToPath(new URL("../../lib/cli/serve.ts", import.meta.url));
  const run = (...argv: string[]): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, ["--input-type=module", "-e", `import { serve } from ${JSON.stringify(serve)}; await serve(process.argv.slice(1));`, "--", ...argv]);
  const help = run("--help");
  expect(help.status).toBe(0);
  for (const [, flag] of FLAGS) expect(String(help.stdout)).toMatch(new RegExp(`^  ${flag} <`, "m"));
  const refused = run("--port", "x");
  expect([refused.status, String(refused.stderr)]).toEqual([1, '--port: expected a whole number from 0 to 65535; got "x"\n']);
  expect(String(refused.stdout)).toBe(String(help.stdout));
});

test("what a deployment's variables say of batches and logs, and that flags override it", () => {
  const env = { INFERENCE_ENDPOINTS_MAX_BATCH_SIZE: "8", INFERENCE_ENDPOINTS_MAX_BATCH_WAIT_MS: "2", INFERENCE_ENDPOINTS_LOG_FORMAT: "json" };
  expect(parseOptions(["--entry_script", "score.py"], env, "/work")).toMatchObject({ maxBatchSize: 8, maxBatchWaitMs: 2, logFormat: "json" });
  expect(parseOptions(["--entry_script", "score.py", "--max-batch-size", "4"], env, "/work")).toMatchObject({ maxBatchSize: 4 });
});

test("every path goes to the other server by a single slash", () => {
  const argv = ["--upstream-scoring", "http://127.0.0.1:1/predict", "--upstream-paths"];
  expect(parseOptions([...argv, "/"], {}, "/work").upstreamPaths).toEqual([""]);
  expect(parseOptions([...argv, "/v1/,/docs"], {}, "/work").upstreamPaths).toEqual(["/v1", "/docs"]);
});
