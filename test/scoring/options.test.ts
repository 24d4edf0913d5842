/** Flags and environment become settings, or a list of all that is wrong. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { serveArguments } from "../../lib/scoring/contract.ts";
import type { ServeOptions } from "../../lib/scoring/contract.ts";
import { OptionsError, parseOptions } from "../../lib/scoring/online/options.ts";

const problems = (argv: string[], env: NodeJS.ProcessEnv = {}): readonly string[] => {
  try {
    parseOptions(argv, env, "/work");
    return [];
  } catch (error) {
    if (error instanceof OptionsError) return error.problems;
    throw error;
  }
};

test("every option comes back from its flags", () => {
  const options: Required<ServeOptions> = {
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
  };
  expect(parseOptions(serveArguments(options), {}, "/work")).toMatchObject(options);
});

test("defaults, and the environment of Azure's images behind the flags", () => {
  const defaults = parseOptions([], {}, "/work");
  expect(defaults).toEqual({
    host: "127.0.0.1",
    port: 5001,
    workerCount: 1,
    python: "python3",
    statuses: "raw",
    pathPrefix: "",
    maxBodyBytes: 104_857_600,
    appRoot: "/work",
    workerTimeoutMs: 300_000,
    versionHeader: true,
  });
  const env = {
    AML_APP_ROOT: "/var/azureml-app",
    AZUREML_ENTRY_SCRIPT: "score.py",
    AZUREML_MODEL_DIR: "/models",
    WORKER_COUNT: "2",
    WORKER_TIMEOUT: "20",
    SERVER_VERSION_LOG_RESPONSE_ENABLED: "false",
  };
  const settings = parseOptions(["--worker_count=4"], env, "/work");
  expect(settings).toMatchObject({ appRoot: "/var/azureml-app", entryScript: "score.py", modelDir: "/models", workerCount: 4 });
  expect(settings).toMatchObject({ workerTimeoutMs: 20_000, versionHeader: false });
});

test("all problems at once, each in one line", () => {
  const argv = ["--port", "70000", "--worker-count", "--statuses", "odd", "--entry_script", "score.js", "--path-prefix", "x", "--host", ""];
  expect(problems([...argv, "--keys"], { WORKER_TIMEOUT: "soon" })).toEqual([
    "unknown flag --worker-count; did you mean --worker_count?",
    "--keys: a value is missing",
    "--host: expected a text that is not empty",
    "--port: expected a whole number from 0 to 65535; got 70000",
    '--entry_script: expected a Python script, *.py; got "score.js"',
    '--statuses: expected raw or managed; got "odd"',
    '--path-prefix: expected a path such as /endpoints/credit; got "x"',
    'WORKER_TIMEOUT: expected a whole number from 1 to 2147483; got "soon"',
  ]);
});

test.each([
  [["--health_port", "5000"], "unknown flag --health_port"],
  [["score.py"], 'unexpected argument "score.py"'],
  [["--port", "1", "--port", "2"], "--port: given twice"],
  [["--worker_count", "0"], "--worker_count: expected a whole number from 1 to 1024; got 0"],
  [["--max-in-flight", "1.5"], '--max-in-flight: expected a whole number from 1; got "1.5"'],
  [["--request-timeout-ms", ""], '--request-timeout-ms: expected a whole number from 1 to 2147483647; got ""'],
])("%j", (argv, problem) => expect(problems(argv)).toContain(problem));

test("the command: help is 0, wrong flags are 1 with the lines on stderr", () => {
  const serve = fileURLToPath(new URL("../../lib/cli/serve.ts", import.meta.url));
  const run = (...argv: string[]): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, ["--input-type=module", "-e", `import { serve } from ${JSON.stringify(serve)}; await serve(process.argv.slice(1));`, "--", ...argv]);
  expect(run("--help")).toMatchObject({ status: 0 });
  const refused = run("--port", "x");
  expect([refused.status, String(refused.stderr)]).toEqual([1, '--port: expected a whole number from 0 to 65535; got "x"\n']);
});
