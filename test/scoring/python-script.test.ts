/** Python scripts at the edges: how they are found, what they import, what they do to their process, what they log. */
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { python } from "../python.ts";
import { launch, post, ready, scripts } from "./harness.ts";
import type { TestFront } from "./harness.ts";
import { direct } from "./python-direct.ts";

const RAISED = '{"message": "An unexpected error occurred in scoring script. Check the logs for more info."}';

const folder = (): string => mkdtempSync(join(tmpdir(), "scoring-"));

/** An app root whose scripts log nothing. */
function quiet(): string {
  const path = folder();
  copyFileSync(join(scripts, "quiet/logging.json"), join(path, "logging.json"));
  return path;
}

/** An interpreter without any package. */
const bare = (): string => {
  const venv = join(folder(), "venv");
  execFileSync("python3", ["-m", "venv", "--without-pip", venv]);
  return join(venv, "bin/python");
};

const score = async (front: TestFront, body: string): Promise<unknown> => JSON.parse((await front.send("/score", post(body))).body) as unknown;

describe("how a script is found", () => {
  test("main, with AZUREML_SOURCE_DIRECTORY on the path", async () => {
    const appRoot = quiet();
    cpSync(join(scripts, "app"), appRoot, { recursive: true, filter: (file) => !file.endsWith("logging.json") });
    const worker = await direct({ appRoot, environment: { AZUREML_SOURCE_DIRECTORY: "more" } });
    expect((await worker.ask("x").answer).body).toBe('["main", "more"]');
  });

  test("with AZUREML_EXTRA_PYTHON_LIB_PATH, whose packages come after those beside the server", async () => {
    const appRoot = folder();
    const files = { "packages/extra.py": "NAME = 'extra'\n", "packages/joblib.py": "NAME = 'extra'\n", "score.py": "import extra, joblib\n\ndef init(): pass\n\ndef run(data): return [extra.NAME, hasattr(joblib, 'NAME')]\n" };
    mkdirSync(join(appRoot, "packages"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(appRoot, name), text);
    const env = { AML_APP_ROOT: appRoot, AZUREML_EXTRA_PYTHON_LIB_PATH: "packages" };
    expect(await score(await ready({ entryScript: "score.py" }, env), "x")).toEqual(["extra", false]);
    const missing = await ready({ entryScript: "plain.py" }, { AZUREML_EXTRA_PYTHON_LIB_PATH: "myenv/lib" });
    await missing.logged(/ W \[\d+\] azmlinfsrv - AZUREML_EXTRA_PYTHON_LIB_PATH: there is no folder .*scripts\/myenv\/lib\n/);
  });

  test("no main", async () => {
    const appRoot = quiet();
    await expect(direct({ appRoot })).rejects.toMatchObject({ reason: expect.stringContaining(`There is no main.py in ${appRoot}. Name the script with --entry_script.`) });
  });

  test("a driver's init(), and the run() that it drives", async () => {
    const front = await ready({ entryScript: "driver.py" }, { AML_APP_ROOT: join(scripts, "driven") });
    expect(await score(front, "x")).toEqual([true, "x"]);
    await front.logged(/Found driver script at .*driver\.py and the score script at .*driven_score\.py/);
  });

  test.each([
    ["both_decorators.py", "run() cannot be decorated with both @rawhttp and @input_schema"],
    ["only_headers.py", 'run() needs to accept an argument other than "request_headers".'],
    ["no_argument.py", "run() needs to accept an argument for input data."],
  ])("%s", async (entryScript, reason) => {
    await expect(direct({ entryScript })).rejects.toMatchObject({ reason: expect.stringContaining(reason) });
  });
});

describe("what a script imports", () => {
  test("one that needs no package runs without any, and none is imported for it", async () => {
    expect(await score(await ready({ entryScript: "lean.py" }), "x")).toEqual([]);
    expect(await score(await ready({ entryScript: "lean.py", python: bare() }), "x")).toEqual([]);
  });

  test("@rawhttp without flask says what to install", async () => {
    const failed = await launch({ entryScript: "needs_flask.py", python: bare() }).message("failed");
    expect(failed).toMatchObject({ missingModule: "flask", reason: expect.stringContaining("pip install flask") });
  });

  test("Microsoft's names are there without Microsoft's package", async () => {
    const [app, site] = [folder(), execFileSync(python, ["-c", "import flask, os; print(os.path.dirname(os.path.dirname(flask.__file__)))"], { encoding: "utf8" }).trim()];
    // Flask and what it needs, but no azureml_inference_server_http.
    const names = ["flask", "werkzeug", "jinja2", "markupsafe", "click", "itsdangerous", "blinker"];
    mkdirSync(join(app, "azureml/other"), { recursive: true });
    writeFileSync(join(app, "azureml/other/__init__.py"), "NAME = 'other'\n");
    writeFileSync(
      join(app, "names.py"),
      `import importlib.util, sys
class Only:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in ${JSON.stringify(names)}:
            return importlib.machinery.PathFinder.find_spec(name, [${JSON.stringify(site)}])
sys.meta_path.insert(1, Only)
import azureml_inference_server_http
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml_inference_server_http.api.aml_request import AMLRequest as same
from azureml_inference_server_http.api.aml_response import AMLResponse
from azureml.other import NAME
def init(): pass
@rawhttp
def run(request):
    seen = [isinstance(request, AMLRequest), AMLRequest is same, azureml_inference_server_http.__version__, NAME]
    return AMLResponse(seen, 200, json_str=True)
`,
    );
    const front = await ready({ entryScript: "names.py", python: bare() }, { AML_APP_ROOT: app });
    expect(await score(front, "x")).toEqual([true, true, "1.5.1", "other"]);
  });
});

describe("what a script does to its process", () => {
  test.each([
    ["fork", 1],
    ["fork exit", 3],
    ["fork raise", 1],
  ])("%s: only the worker answers", async (command, code) => {
    const worker = await direct({ entryScript: "life.py" });
    expect((await worker.ask(command).answer).body).toBe(`["parent", ${code}]`);
    expect((await worker.ask("on").answer).body).toBe('"on"');
  });

  test("a handler of its own for SIGALRM does not switch off SCORING_TIMEOUT_MS", async () => {
    const worker = await direct({ entryScript: "life.py", environment: { SCORING_TIMEOUT_MS: "300" } });
    expect((await worker.ask("ignore").answer).body).toBe('"ignore"');
    expect((await worker.ask("sleep 60").answer).body).toBe('{"message": "Scoring timeout after 300 ms"}');
    expect((await worker.ask("on").answer).body).toBe('"on"');
  });

  test("one that hides from SIGALRM is ended by WORKER_TIMEOUT", async () => {
    const front = await ready({ entryScript: "life.py" }, { SCORING_TIMEOUT_MS: "300", WORKER_TIMEOUT: "2" });
    await expect(front.send("/score", post("block 60"))).rejects.toMatchObject({ code: "ECONNRESET" });
    await front.logged("a request took longer than 2 s");
    expect(await score(front, "on")).toBe("on");
  });

  test("sys.exit() ends its request, and nothing else; in a batch, a stream and alone", async () => {
    const front = await ready({ entryScript: "life.py" });
    expect(await front.send("/score", post("exit 7"))).toMatchObject({ status: 500, body: RAISED, headers: { "x-ms-run-function-failed": "True" } });
    await front.logged(/Encountered Exception: Traceback[^]*SystemExit: 7/);
    expect(await score(front, "on")).toBe("on");
    expect(front.log()).not.toContain("the next one starts");
    const batch = await direct({ entryScript: "exits.py", environment: { INFERENCE_ENDPOINTS_MAX_BATCH_SIZE: "2", INFERENCE_ENDPOINTS_MAX_BATCH_WAIT_MS: "20000" } });
    const answers = await Promise.all([batch.ask("a").answer, batch.ask("b").answer]);
    expect(answers.map(({ body }) => body)).toEqual(['"alone a"', '"alone b"']);
    const stream = await direct({ entryScript: "exits_stream.py" });
    await expect(stream.ask("a").answer).rejects.toThrow("lost");
    expect((await stream.ask("on").answer).body).toBe('"on"');
  });

  test("a thread that fails, and a flood of prints, harm nobody", async () => {
    const front = await ready({ entryScript: "life.py" });
    expect(await score(front, "thread")).toBe("thread");
    expect(await score(front, "print 5000")).toBe("print 5000");
    expect(front.log().split("azmlinfsrv.print - xxxx").length).toBeGreaterThan(1);
  });
});

describe("logs", () => {
  test("the lines of Azure's images", async () => {
    const front = await ready({ entryScript: "score.py" }, { SCORING_TIMEOUT_MS: "5000" });
    await front.send("/score", post("raise"));
    await front.logged(/Encountered Exception: Traceback \(most recent call last\):\n/);
    const lines = front.log().split("\n").flatMap((line) => line.match(/ ([IE]) \[\d+\] (azmlinfsrv.*)/)?.slice(1).join(" ") ?? []);
    const first = lines.findIndex((line) => line.includes("azmlinfsrv.user_script"));
    const last = lines.findIndex((line) => line.includes("ready for serving"));
    expect(lines.slice(first, last + 1)).toEqual([
      expect.stringMatching(/^I azmlinfsrv\.user_script - Found user script at .*score\.py$/),
      "I azmlinfsrv.user_script - run() is not decorated. Server will invoke it with the input in JSON string.",
      "I azmlinfsrv.user_script - Invoking user's init function",
      "I azmlinfsrv.print - init of score.py",
      "I azmlinfsrv.user_script - Users's init has completed successfully",
      "I azmlinfsrv.swagger - Swaggers are prepared for the following versions: [2, 3, 3.1].",
      "I azmlinfsrv - Scoring timeout is set to 5000",
      expect.stringMatching(/^I azmlinfsrv - Worker with pid \d+ ready for serving traffic$/),
    ]);
  });

  test("logging.json of the app root, with the classes it may name", async () => {
    const front = await ready({ entryScript: "../life.py", python: bare() }, { AML_APP_ROOT: join(scripts, "app") });
    expect(await score(front, "print 1")).toBe("print 1");
    await front.logged(/^MINE azmlinfsrv Loaded logging config from .*app\/logging\.json$/m);
    await front.logged(/^MINE azmlinfsrv\.print x{1000}$/m);
  });

  test("JSON, one object a line, with the traceback inside", async () => {
    const front = await ready({ entryScript: "score.py", logFormat: "json" });
    await front.send("/score", post("print é"));
    await front.send("/score", post("raise"));
    await front.logged(/"exception": ".*on purpose/);
    const lines = front.log().split("\n").filter((line) => line.startsWith("{") && line.includes("azmlinfsrv"));
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(parsed).toContainEqual({ requestId: expect.any(String), time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/), level: "info", logger: "azmlinfsrv.print", message: "é", pid: expect.any(Number) });
    expect(parsed.find((line) => "exception" in line)).toMatchObject({ level: "error", message: "Encountered Exception" });
  });

  test("an init() that fails shows the model folder, and the front hears the traceback", async () => {
    const model = join(folder(), "model");
    for (let at = 0; at < 210; at++) mkdirSync(join(model, `part-${String(at).padStart(3, "0")}`), { recursive: true });
    const front = launch({ entryScript: "bad_init.py", modelDir: model });
    await front.exit;
    await front.logged("Output Truncated. First 200 lines shown.");
    expect(front.log()).toMatch(/Model Directory Contents:\n.* - model\/\n.* - {5}part-000\/\n/);
    expect(front.log()).not.toContain("part-199");
    await expect(direct({ entryScript: "bad_init.py" })).rejects.toMatchObject({ trace: expect.stringMatching(/^Traceback[^]*bad_init\.py", line 2[^]*RuntimeError: no model here\n$/) });
  });

  test("a debugger that is asked for and not installed", async () => {
    const environment = { AZUREML_DEBUG_PORT: "5678" };
    const front = launch({ entryScript: "score.py" }, environment);
    expect(await front.message("failed")).toMatchObject({ reason: expect.stringContaining("debugpy is not installed: pip install debugpy") });
    expect((await front.exit).code).toBe(94);
  });
});
