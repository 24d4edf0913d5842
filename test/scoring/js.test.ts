/** `score.ts` and `score.js` in worker threads: what run() gets, what becomes of what it gives, and how it may end. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, get, request } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { eventually, fixtures, launch, post, ready } from "./harness.ts";
import type { Reply, TestFront } from "./harness.ts";

const root = `${fixtures}js`;
const env = { AML_APP_ROOT: root };
const RAISED = '{"message": "An unexpected error occurred in scoring script. Check the logs for more info."}';
const INTERNAL = '{"message": "An unexpected internal error occurred. Check the logs for more info."}';

const ends: (() => void)[] = [];
let front: TestFront;
beforeAll(async () => {
  front = await ready({ entryScript: "score.ts", modelDir: "/models/credit" }, env, (end) => ends.push(end));
});
afterAll(() => ends.forEach((end) => end()));

const asked = (act: string, value?: unknown): string => JSON.stringify({ act, value });
const ask = (act: string, value?: unknown, at: TestFront = front): Promise<Reply> => at.send("/score", post(asked(act, value)));
const own = (more: NodeJS.ProcessEnv = {}): Promise<TestFront> => ready({ entryScript: "score.ts" }, { ...env, ...more });

/** An answer whose body is read by hand. */
const open = (port: number, act: string, value?: unknown): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request({ port, path: "/score", method: "POST", agent: new Agent(), headers: { "Content-Type": "application/json" } }, resolve)
      .on("error", reject)
      .end(asked(act, value));
  });

describe("run() is given", () => {
  test("headers by name, repeated ones joined, none with an underscore", async () => {
    const headers = { "X-Name": ["a", "b"], x_name: "hidden", "Content-Type": "application/json" };
    const { body } = await front.send("/score", { method: "POST", body: asked("headers"), headers });
    expect(JSON.parse(body)).toMatchObject({ "x-name": "a, b", "content-type": "application/json" });
    expect(JSON.parse(body)).not.toHaveProperty("x_name");
  });

  test("the environment of a scoring script", async () => {
    expect((await ask("environment", "AZUREML_MODEL_DIR")).body).toBe('"/models/credit"');
    expect((await ask("environment", "AML_APP_ROOT")).body).toBe(JSON.stringify(root));
    expect((await ask("environment", "AZUREML_ENTRY_SCRIPT")).body).toBe('"score.ts"');
  });

  test("a body of several megabytes, declared or not", async () => {
    const value = "x".repeat(3_000_000);
    expect((await ask("give", value)).body).toBe(`"${value}"`);
    const chunked = await front.send("/score", { ...post(asked("give", value)), headers: { "Transfer-Encoding": "chunked" } });
    expect(chunked.body).toBe(`"${value}"`);
  });
});

describe("as a Python script would", () => {
  const pair: TestFront[] = [];
  const both = async (names: readonly [string, string]): Promise<void> => {
    pair.push(...(await Promise.all(names.map((entryScript) => ready({ entryScript }, env)))));
  };
  const same = async (path: string, options = {}): Promise<Reply> => {
    const [ours, pythons] = await Promise.all(pair.map((each) => each.send(path, options)));
    expect([ours?.status, ours?.body, ours?.headers["Content-Type"]], `${path} ${JSON.stringify(options)}`).toEqual([pythons?.status, pythons?.body, pythons?.headers["Content-Type"]]);
    return ours as Reply;
  };

  test("the same values are the same bytes", async () => {
    pair.length = 0;
    await both(["values.ts", "values.py"]);
    const count = Number((await same("/score", post("count"))).body);
    expect(count).toBeGreaterThan(30);
    for (let at = 0; at < count; at++) expect((await same("/score", post(String(at)))).status).toBe(200);
  });

  test("the same requests are the same text", async () => {
    pair.length = 0;
    await both(["echo.ts", "echo.py"]);
    const json = { "Content-Type": "application/json" };
    for (const body of ["", "plain", '{"a": "ü😀"}', "\ufeffbom", "\u0000", "é".repeat(20_000)]) await same("/score", { method: "POST", headers: json, body });
    const bad = ["ff", "61c328", "e282", "e28228", "eda080", "f09f98", "f56161", "c080", "80", "f09f2861"];
    for (const hex of bad) expect((await same("/score", { method: "POST", headers: json, body: Buffer.from(hex, "hex") })).status).toBe(400);
    for (const type of ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "Application/X-WWW-form-urlencoded ;a=b", "text/plain", ""]) {
      await same("/score", { method: "POST", headers: { "Content-Type": type }, body: "a=1" });
    }
    const queries = [
      "", "?", "?a=1", "?a=1&a=2", "?a=1.0", "?a=1e5&b=1E400&c=-0&d=0.00001", "?a=123456789012345678901234567890", "?a=true&b=null&c=[1,2.0,%22x%22]",
      "?a=%7B%22k%22%3A1.50%7D", "?a=x+y%20z&=empty&only", "?a=NaN&b=-Infinity&c=nan", "?a=%FF&b=%C3%A9&c=%C3&d=%E2%82&e=%zz", "?b=1&10=2&2=3", "?a=1#b=2", "?a=01&b=+1&c=%201%20", "?%C3%BC=1", "?a=%22%5Cud800%22",
    ];
    for (const query of queries) expect((await same(`/score${query}`)).status).toBe(200);
  });
});

describe("run() gives", () => {
  test.each<[string, unknown, string]>([
    ["give", { a: [1, "é"] }, '{"a": [1, "\\u00e9"]}'],
    ["later", [1, 2], "[1, 2]"],
    ["nothing", undefined, "{}"],
    ["give", null, "{}"],
    ["give", '{"a": 1}', '"{\\"a\\": 1}"'],
  ])("%s %j", async (act, value, body) => {
    const reply = await ask(act, value);
    expect([reply.status, reply.body]).toEqual([200, body]);
    expect(reply.headers).toMatchObject({ "Content-Type": "application/json", "x-ms-run-function-failed": "False", "Content-Length": String(body.length) });
    expect(reply.headers["x-ms-run-fn-exec-ms"]).toMatch(/^\d+\.\d{3}$/);
  });

  test.each(["map", "set", "bytes", "buffer", "function", "symbol", "pattern", "error", "cycle", "deep"])("what is no JSON: %s", async (what) => {
    const reply = await ask("odd", what);
    expect([reply.status, reply.body, reply.headers["x-ms-run-function-failed"]]).toEqual([500, INTERNAL, "False"]);
    expect(reply.headers).not.toHaveProperty("x-ms-run-fn-exec-ms");
  });

  test.each<[string, unknown, string]>([
    ["raise", "oh no", "Error: oh no"],
    ["reject", "oh later", "Error: oh later"],
    ["throwText", "only text", "only text"],
    ["unknown", 1, "TypeError: no act unknown"],
  ])("an error: %s", async (act, value, logged) => {
    const reply = await ask(act, value);
    expect([reply.status, reply.body, reply.headers["x-ms-run-function-failed"]]).toEqual([500, RAISED, "True"]);
    await front.logged(`Encountered Exception\n${logged}`);
  });

  test("the log of an error ends where the script was called", async () => {
    await ask("raise", "with a place");
    await front.logged("Error: with a place");
    const trace = front.log().slice(front.log().indexOf("Error: with a place"));
    expect(trace).toMatch(/^Error: with a place\n {4}at .*score\.ts:\d+:\d+\)?\n/);
    expect(trace).not.toContain("js-served");
  });
});

describe("a Response is the answer", () => {
  test("with its status, headers and body", async () => {
    const reply = await ask("response", { body: "teapot ü", status: 418, headers: { "X-Own": "1", "Content-Type": "text/x-own" } });
    expect([reply.status, reply.body]).toEqual([418, "teapot ü"]);
    expect(reply.headers).toMatchObject({ "x-own": "1", "content-type": "text/x-own", "x-ms-run-function-failed": "False", "Content-Length": "9" });
    expect((await ask("json", { a: 1 })).body).toBe('{"a":1}');
  });

  test("500 says that the script failed; ids and lengths are not the script's", async () => {
    const headers = { "x-request-id": "mine", "Content-Length": "1", "Transfer-Encoding": "chunked", Connection: "close", "x-ms-run-function-failed": "False" };
    const reply = await ask("response", { body: "down", status: 503, headers });
    expect([reply.status, reply.body, reply.headers["x-ms-run-function-failed"]]).toEqual([503, "down", "True"]);
    expect(reply.headers["x-request-id"]).not.toBe("mine");
    expect(reply.headers["Content-Length"]).toBe("4");
    expect((await ask("response", { body: "no", status: 409, headers: { "x-ms-run-function-failed": "True" } })).headers["x-ms-run-function-failed"]).toBe("True");
  });

  test("without a body", async () => {
    const empty = await ask("response", { body: null, status: 204 });
    expect([empty.status, empty.body, empty.headers["Content-Length"]]).toEqual([204, "", undefined]);
    expect((await ask("response", { body: "" })).headers["Content-Length"]).toBe("0");
  });

  test("headers that come twice", async () => {
    const answer = await open(front.port, "cookies");
    expect(answer.headers["set-cookie"]).toEqual(["a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "b=2"]);
    answer.resume();
  });

  test.each(["used", "broken"])("one that cannot be sent: %s", async (act) => {
    expect(await ask(act)).toMatchObject({ status: 500, body: INTERNAL });
  });
});

describe("a stream", () => {
  test("is sent item by item", async () => {
    const socket = connect(front.port, "127.0.0.1");
    const body = asked("stream", ["a", "ü", "", "c"]);
    socket.write(`POST /score HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\nContent-Type: text\/plain; charset=utf-8\r\n/);
    expect(answer.split("\r\n\r\n").slice(1).join("\r\n\r\n")).toBe("1\r\na\r\n2\r\nü\r\n1\r\nc\r\n0\r\n\r\n");
  });

  test("that is there at once is sent whole", async () => {
    const reply = await ask("generator", ["one piece"]);
    expect([reply.body, reply.headers["Content-Length"]]).toEqual(["one piece", "9"]);
    expect((await ask("generator", ["two ", "pieces"])).body).toBe("two pieces");
    expect((await ask("generator", [])).body).toBe("");
  });

  test("that fails before its first item is an error of the script", async () => {
    expect(await ask("failsAtOnce")).toMatchObject({ status: 500, body: RAISED });
    expect(await ask("stream", [{ a: 1 }])).toMatchObject({ status: 500, body: INTERNAL });
  });

  test("that fails later breaks the connection, so that nobody takes the part for the whole", async () => {
    await expect(ask("breaks", ["part"])).rejects.toThrow(/aborted|ECONNRESET|hang up/);
    await front.logged("Error: in the middle");
    await expect(ask("stream", ["part", 1])).rejects.toThrow(/aborted|ECONNRESET|hang up/);
    expect((await ask("give", 1)).body).toBe("1");
  });

  test("goes no faster than its client reads, and ends when the client leaves", async () => {
    const front = await ready({ entryScript: "score.ts", workerCount: 1 }, env);
    const answer = await open(front.port, "events");
    expect(answer.headers["content-type"]).toBe("text/event-stream");
    let read = 0;
    for await (const chunk of answer) {
      read += (chunk as Buffer).length;
      if (read > 2_000_000) break; // closes the connection
    }
    expect((await ask("gone", undefined, front)).body).toBe('"the reader left"');
    // What it has made beyond what was read fits into the buffers between them.
    expect(Number((await ask("produced", undefined, front)).body) * 64 * 1024 - read).toBeLessThan(20_000_000);
  });
});

describe("time", () => {
  const late = { status: 500, body: '{"message": "Scoring timeout after 200 ms"}' };

  test("a run that waits too long is given up, and hears of it", async () => {
    const front = await own({ SCORING_TIMEOUT_MS: "200" });
    const reply = await ask("slow", 60_000, front);
    expect(reply).toMatchObject(late);
    expect(reply.headers["x-ms-run-function-failed"]).toBe("True");
    expect((await ask("gone", undefined, front)).body).toBe('"TimeoutError"');
    expect(await ask("deaf", 60_000, front)).toMatchObject(late);
    expect((await ask("starts", undefined, front)).body).toBe("1");
    expect(front.log()).not.toContain("is ended");
  });

  test("covers the first item of a stream, and hears of it", async () => {
    const front = await own({ SCORING_TIMEOUT_MS: "200" });
    expect(await ask("silent", undefined, front)).toMatchObject(late);
    expect((await ask("gone", undefined, front)).body).toBe('"TimeoutError"');
    expect(await ask("silentBody", undefined, front)).toMatchObject(late);
    expect((await ask("gone", undefined, front)).body).toBe('"the reader left"');
    expect(await ask("lateStream", 150, front)).toMatchObject(late); // what run() has used is used
    expect((await ask("stream", ["a", "b"], front)).body).toBe("ab");
    expect((await ask("starts", undefined, front)).body).toBe("1");
    expect(front.log()).not.toContain("is ended");
  });

  test("one that never pauses is answered too, and ends with its thread", async () => {
    const front = await own({ SCORING_TIMEOUT_MS: "200" });
    expect(await ask("block", 600_000, front)).toMatchObject(late);
    await front.logged("run() has taken its time and does not pause");
    expect((await ask("give", 1, front)).body).toBe("1");
    expect(front.log().match(/Users's init has completed/g)).toHaveLength(2);
  });

  test("WORKER_TIMEOUT ends the thread, in run() and in init()", async () => {
    const front = await own({ WORKER_TIMEOUT: "3" });
    await expect(ask("block", 600_000, front)).rejects.toThrow(/hang up|ECONNRESET/);
    await front.logged("a request took longer than 3 s");
    expect((await ask("give", 1, front)).body).toBe("1");
    const hanging = launch({ entryScript: "hang.mjs" }, { ...env, WORKER_TIMEOUT: "3" });
    expect(await hanging.message("failed")).toMatchObject({ reason: expect.stringContaining("init() did not end within 3000 ms") });
    expect((await hanging.exit).code).toBe(3);
  });

  test("a client that leaves is told to the script", async () => {
    const front = await own();
    const call = request({ port: front.port, path: "/score", method: "POST", agent: new Agent() });
    call.on("error", () => {});
    call.end(asked("slow", 60_000));
    await front.logged("slow begins");
    call.destroy();
    // The next one waits until the first is over.
    expect((await ask("gone", undefined, front)).body).toBe('"AbortError"');
  });
});

describe("a thread ends alone", () => {
  test.each<[string, unknown, RegExp]>([
    ["exit", 7, /worker thread \d+ exited with 7/],
    ["uncaught", "thrown later", /E \[\d+\] azmlinfsrv - worker thread \d+: Error: thrown later\n {4}at /],
    ["unhandled", "rejected later", /worker thread \d+: Error: rejected later/],
    ["leak", undefined, /worker thread \d+: .*memory limit/],
  ])("%s", async (act, value, logged) => {
    const front = await ready({ entryScript: "score.ts" }, { ...env, NODE_OPTIONS: "--max-old-space-size=64" });
    await expect(ask(act, value, front)).rejects.toThrow(/hang up|ECONNRESET/);
    await front.logged(logged);
    await eventually(async () => (await front.send("/")).status === 200);
    expect((await ask("give", "again", front)).body).toBe('"again"');
    expect(front.child.exitCode).toBeNull();
  });
});

describe("the log", () => {
  test("has each line of console once, in the form of print()", async () => {
    await ask("log", "only once");
    await front.logged(/W \[\d+\] azmlinfsrv\.print - warning only once/);
    expect(front.log().match(/I \[\d+\] azmlinfsrv\.print - only once\n/g)).toHaveLength(1);
    expect(front.log()).toMatch(/I \[\d+\] azmlinfsrv\.print - init says \{ starts: 1 \}/);
  });

  test("as JSON, one object a line", async () => {
    const front = await ready({ entryScript: "score.ts", logFormat: "json" }, env);
    await ask("log", 'a "quoted"\nline', front);
    await front.logged("warning a");
    const line = front.log().split("\n").find((each) => each.includes('a \\"quoted')) ?? "";
    expect(JSON.parse(line)).toMatchObject({ level: "info", logger: "azmlinfsrv.print", message: 'a "quoted"\nline' });
    const warning = front.log().split("\n").find((each) => each.includes("warning a")) ?? "";
    expect(JSON.parse(warning)).toMatchObject({ level: "warning" }); // as the front and Python's workers write it
  });

  test("has no token in it, even where a script writes one", async () => {
    await ask("log", "got eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl here");
    await front.logged("print - got [token] here");
    await front.logged("print - warning got [token] here");
    expect(front.log()).not.toContain("c2lnbmF0dXJl");
  });

  test("of a script that writes a lot comes whole, and the server answers meanwhile", async () => {
    const [shout, health] = await Promise.all([ask("shout", 2000), front.send("/")]);
    expect([shout.body, health.status]).toEqual(["2000", 200]);
    await eventually(() => front.log().split("x".repeat(1000)).length === 2001);
  });
});

describe("runBatch", () => {
  const batch = async (items: readonly string[], env_: NodeJS.ProcessEnv = {}): Promise<{ front: TestFront; answers: Reply[] }> => {
    const front = await ready({ entryScript: "batch.mjs", maxBatchSize: items.length, maxBatchWaitMs: 10_000 }, { ...env, ...env_ });
    return { front, answers: await Promise.all(items.map((item, at) => front.send("/score", post(item, { "x-name": String(at) })))) };
  };
  const bodies = (answers: readonly Reply[]): unknown[] => answers.map(({ body }) => JSON.parse(body));

  test("is called once for those that wait, and each gets its own", async () => {
    const { answers } = await batch(["a", "b", "c"]);
    expect(bodies(answers)).toEqual(["a", "b", "c"].map((data, at) => ({ together: 3, data, name: String(at) })));
    expect(answers[0]?.headers["x-ms-run-fn-exec-ms"]).toMatch(/^\d+\.\d{3}$/);
  });

  test("where one cannot be read, or gives no JSON, the others are answered", async () => {
    const { answers } = await batch(["a", "map", "c"]);
    expect(answers.map(({ status }) => status)).toEqual([200, 500, 200]);
    const front = await ready({ entryScript: "batch.mjs", maxBatchSize: 2, maxBatchWaitMs: 10_000 }, env);
    const mixed = await Promise.all([front.send("/score", post(Buffer.from([0xff]))), front.send("/score", post("b"))]);
    expect(mixed.map(({ status }) => status)).toEqual([400, 200]);
    expect(mixed[1]?.body).toContain('"together": 1');
  });

  test.each(["bad", "wrong"])("where it fails (%s), each is run alone", async (item) => {
    const { front, answers } = await batch(["a", item]);
    expect(answers.map(({ status }) => status)).toEqual(item === "bad" ? [200, 500] : [200, 200]);
    expect(bodies(answers)[0]).toMatchObject({ data: "a", alone: expect.any(Number) as number });
    await front.logged("runBatch() failed for 2 requests; each is run alone");
  });

  test("that takes too long is a timeout for all of them", async () => {
    const { answers } = await batch(["a", "slow"], { SCORING_TIMEOUT_MS: "200" });
    expect(answers.map(({ status, body }) => [status, body])).toEqual([1, 2].map(() => [500, '{"message": "Scoring timeout after 200 ms"}']));
  });

  test("is not called where nobody wants batches", async () => {
    const front = await ready({ entryScript: "batch.mjs" }, env);
    expect((await front.send("/score", post("a"))).body).toContain('"alone": 1');
  });
});

describe("a script that cannot be served", () => {
  const refusal = async (name: string, text: string): Promise<{ reason: string; log: string }> => {
    const folder = mkdtempSync(join(tmpdir(), "js-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, name), text);
    const front = launch({ entryScript: name }, { AML_APP_ROOT: folder });
    const failed = await front.message("failed");
    expect((await front.exit).code).toBe(3);
    return { reason: failed.type === "failed" ? failed.reason : "", log: front.log() };
  };

  test.each<[string, string, string, RegExp]>([
    ["no run", "score.mjs", "export function init() {}", /score\.mjs: the script exports no function run\(\)/],
    ["no init", "score.mjs", "export function run() {}", /score\.mjs: the script exports no function init\(\)/],
    ["a runBatch that is none", "score.mjs", "export function init() {}\nexport function run() {}\nexport const runBatch = 1", /runBatch, which is no function/],
    ["a syntax error", "score.mjs", "export function init() {}\nexport function run( {", /score\.mjs:2: SyntaxError: /],
    ["an error while it loads", "score.mts", "const a: number = 1;\n\nthrow new RangeError(`bad ${a}`);", /score\.mts:3: RangeError: bad 1$/],
    ["an error in init()", "score.mjs", "export function run() {}\nexport async function init() {\n  throw new Error('no model');\n}", /score\.mjs:3: Error: no model$/],
    ["a missing package", "score.mjs", 'import "@acme/missing/part";\nexport function run() {}', /score\.mjs: the package "@acme\/missing" is not installed; npm install @acme\/missing$/],
    ["a missing package, required", "score.js", 'const missing = require("missing-package");\nexports.run = () => missing;', /the package "missing-package" is not installed; npm install missing-package$/],
    ["a missing file", "score.mjs", 'import "./beside.mjs";', /Cannot find module .*beside\.mjs/],
    ["TypeScript that is more than types", "score.ts", "export const a = 1;\nenum A { B }", /score\.ts:2: SyntaxError: .*enum/],
    ["a thrown text", "score.mjs", "throw 'just so';", /score\.mjs: it threw just so$/],
    ["process.exit", "score.mjs", "process.exit(5);", /exited with 5 before it was ready/],
    ["no such file", "other.mjs/../score.mjs", "", /Cannot find module|ENOENT/],
  ])("%s", async (_what, name, text, reason) => {
    if (name.includes("..")) {
      const front = launch({ entryScript: "absent.ts" }, env);
      expect(await front.message("failed")).toMatchObject({ reason: expect.stringMatching(/absent\.ts: Error: Cannot find module/) });
      return;
    }
    expect((await refusal(name, text)).reason).toMatch(reason);
  });

  test("the log has the stack", async () => {
    const { log } = await refusal("score.mjs", "export function run() {}\nexport function init() {\n  throw new Error('no model', { cause: new Error('no disk') });\n}");
    expect(log).toMatch(/The script cannot be served\nError: no model\n {4}at init .*score\.mjs:3:9.*\n(?: {4}at .*\n)*caused by Error: no disk/);
  });

  test("CommonJS can be served", async () => {
    const folder = mkdtempSync(join(tmpdir(), "js-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "score.js"), "const own = { init() {}, run: (data) => data + require('node:path').sep };\nmodule.exports = Object.assign({}, own);\n");
    const front = await ready({ entryScript: "score.js" }, { AML_APP_ROOT: folder });
    expect((await front.send("/score", post("a"))).body).toBe('"a/"');
  });
});

test("threads are started and replaced like workers: health, several at once, drain", async () => {
  const front = await ready({ entryScript: "score.ts", workerCount: 2 }, env);
  const [one, two] = await Promise.all([ask("later", 1, front), ask("block", 300, front)]);
  expect([one.body, two.body]).toEqual(["1", '"done"']);
  expect((await front.send("/swagger.json")).body).toContain('"ServiceInput": {"type": "object", "example": {}}');
  const running = ask("deaf", 300, front);
  await eventually(() => new Promise((resolve) => get({ port: front.port, path: "/" }, (answer) => resolve(answer.resume().statusCode === 200))));
  front.child.kill("SIGTERM");
  expect((await running).body).toBe('"late"');
  expect((await front.exit).code).toBe(0);
});
