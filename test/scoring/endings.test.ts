/** How servers end that cannot start: exit codes and words as the genuine server's, and the container's termination message. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { BUSY_MS, ended, inTurns } from "./compared.ts";
import type { Start } from "./compared.ts";
import { folder } from "./folders.ts";
import { eventually, fixtures, launch, ready } from "./harness.ts";

const BANNER = "===============Configuration Error=================";
const raising = "def init():\n    raise ValueError('no model')\n\ndef run(data):\n    return data\n";

/** The exit code of both, and what both say. */
const cases: Record<string, [code: number, said: RegExp, start: Start & { arguments?: readonly string[] }]> = {
  "an unknown flag": [1, /--nope/, { arguments: ["--nope"] }],
  "a port that is none": [1, /--port/, { arguments: ["--entry_script", "score.py", "--port", "x"] }],
  "no workers": [1, /--worker_count/, { arguments: ["--worker_count", "0"] }],
  "nothing to serve": [1, /Either provide an entry_script using --entry_script or provide a path to the configuration file using --config_file/, { arguments: [] }],
  "a script that is not there": [3, /nope\.py/, { options: { entryScript: "nope.py" } }],
  "a script with a wrong syntax": [3, /score\.py[^]*SyntaxError/, { files: { "score.py": "def init(:\n" } }],
  "an init() that raises": [3, /ValueError: no model/, { files: { "score.py": raising } }],
  "a script without run()": [3, /does not have a run\(\) function defined/, { files: { "score.py": "def init(): pass\n" } }],
  "a preloaded script with a wrong syntax": [3, /score\.py[^]*SyntaxError/, { files: { "score.py": "def init(:\n" }, env: { WORKER_PRELOAD: "true" } }],
  "a preloaded script whose init() raises": [3, /ValueError: no model/, { files: { "score.py": raising }, env: { WORKER_PRELOAD: "true" } }],
  "a preloaded script whose init() exits": [3, /SystemExit: 7/, { files: { "score.py": "import sys\n\ndef init():\n    sys.exit(7)\n\ndef run(data):\n    return data\n" }, env: { WORKER_PRELOAD: "true" } }],
  "a wrong value in the config file": [3, new RegExp(`${BANNER}\nSCORING_TIMEOUT_MS: .*\\(environment variable: SCORING_TIMEOUT_MS\\)`), { files: { "config.json": '{"SCORING_TIMEOUT_MS": "soon"}' } }],
  "a wrong value in the environment": [3, new RegExp(`${BANNER}\nSCORING_TIMEOUT_MS: `), { env: { SCORING_TIMEOUT_MS: "1.5" } }],
  "a config file that is no JSON": [3, /Invalid config file!/, { files: { "config.json": "{not" } }],
  "a swagger file that is no JSON": [3, /Expecting property name|Expected property name/, { files: { "swagger.json": "{not" } }],
};

describe("as the genuine server", () => {
  const endings = new Map<string, Awaited<ReturnType<typeof ended>>>();
  beforeAll(() => inTurns(Object.entries(cases), async ([name, [, , start]]) => void endings.set(name, await ended(start))), BUSY_MS);

  test.each(Object.keys(cases))("%s", (name) => {
    const [code, said] = cases[name] ?? [0, /^/];
    for (const each of [endings.get(name)?.genuine, endings.get(name)?.ours]) {
      expect(each?.text).toMatch(said);
      expect(each?.code).toBe(code);
    }
  });
});

test("a port in use is 1 in both", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { genuine, ours } = await ended({ arguments: ["--entry_script", "score.py", "--port", String(port)] });
  expect([genuine.code, ours.code]).toEqual([1, 1]);
  expect(ours.text).toContain(`port ${port} is in use; choose another with --port`);
}, 60_000);

describe("the termination message", () => {
  test("has the reason and the end of the traceback, at most 4096 bytes", async () => {
    const at = folder({ "score.py": `def deep(n):\n    return deep(n - 1) if n else 1 / 0\n\ndef init():\n    for name in range(300): deep(name) if name == 299 else None\n\ndef run(data):\n    return data\n# ${"é".repeat(10)}\n` });
    const front = launch({ entryScript: "score.py", terminationLog: join(at, "log") }, { AML_APP_ROOT: at });
    expect((await front.exit).code).toBe(3);
    const log = readFileSync(join(at, "log"));
    expect(log.length).toBeLessThanOrEqual(4096);
    expect(log.toString()).toMatch(/ZeroDivisionError: division by zero\n$/);
  });

  test("a short one is whole, in whole letters", async () => {
    const at = folder({ "score.py": "def init():\n    raise ValueError('é' * 3000)\n\ndef run(data):\n    return data\n" });
    const front = launch({ entryScript: "score.py", terminationLog: join(at, "log") }, { AML_APP_ROOT: at });
    await front.exit;
    const long = readFileSync(join(at, "log"));
    expect(long.length).toBeLessThanOrEqual(4096);
    expect(long.toString()).toMatch(/^\n?é+\n?$/);
  });

  test("says what is wrong with a config file", async () => {
    const at = folder({ "config.json": "{not", "score.py": raising });
    const front = launch({ entryScript: "score.py", terminationLog: join(at, "log") }, { AML_APP_ROOT: at });
    expect((await front.exit).code).toBe(3);
    expect(front.log()).toContain("Invalid config file!");
    expect(readFileSync(join(at, "log"), "utf8")).toMatch(/^Invalid config file!: .*config\.json: .*JSON.*\n$/);
  });

  test("says why a score.ts cannot be served", async () => {
    const at = folder({ "score.mjs": "export function init() { throw new Error('no model'); }\nexport const run = (data) => data;\n" });
    const front = launch({ entryScript: "score.mjs", terminationLog: join(at, "log") }, { AML_APP_ROOT: at });
    expect((await front.exit).code).toBe(3);
    expect(readFileSync(join(at, "log"), "utf8")).toMatch(/^.*score\.mjs:1: Error: no model\n\nError: no model\n +at init \(/);
  });

  test("says why an ONNX model that is cut in half cannot be served", async () => {
    const at = folder();
    const whole = readFileSync(`${fixtures}onnx/iris/model.onnx`);
    writeFileSync(join(at, "half.onnx"), whole.subarray(0, whole.length / 2));
    const front = launch({ modelDir: at, terminationLog: join(at, "log") });
    expect((await front.exit).code).toBe(3);
    expect(readFileSync(join(at, "log"), "utf8")).toMatch(/^.*half\.onnx: .*\n\nError: /);
  });

  test("says why a worker cannot take the place of one that was good, until one can", async () => {
    const at = folder({ "score.py": "import os\n\ndef init():\n    if os.path.exists('broken'): raise ValueError('the model is gone')\n\ndef run(data):\n    os._exit(9)\n" });
    const log = join(at, "log");
    const front = await ready({ entryScript: "score.py", terminationLog: log }, { AML_APP_ROOT: at }, undefined, at);
    expect(existsSync(log)).toBe(false);
    writeFileSync(join(at, "broken"), "");
    await front.send("/score", { method: "POST", body: "x" }).catch(() => {});
    await front.logged(/cannot start: .*the model is gone; the next one starts in/);
    expect(readFileSync(log, "utf8")).toMatch(/^.*score\.py: ValueError: the model is gone\n\nTraceback[^]*ValueError: the model is gone\n$/);
    rmSync(join(at, "broken"));
    await eventually(async () => (await front.send("/readyz")).status === 200);
    expect(readFileSync(log, "utf8")).toBe("");
  });

  test("a path that cannot be written is a warning", async () => {
    const at = folder({ "score.py": raising });
    mkdirSync(join(at, "log"));
    const front = launch({ entryScript: "score.py", terminationLog: join(at, "log") }, { AML_APP_ROOT: at });
    expect((await front.exit).code).toBe(3);
    expect(front.log()).toMatch(/W \[\d+\] azmlinfsrv - the reason cannot be written to the termination log .*EISDIR/);
  });
});
