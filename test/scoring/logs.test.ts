/** Log lines: text as it was, JSON with all that is known, and no secret in either, wherever a client has put it. */
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { hide, redacted } from "../../lib/scoring/online/redact.ts";
import { fixtures, post, ready, send } from "./harness.ts";
import type { TestFront } from "./harness.ts";
import { folder, signingKey, token, tokensFile } from "./issuer.ts";

type Line = Readonly<Record<string, unknown>>;

const lines = (front: TestFront): Line[] => front.log().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Line);
/** Lines of requests, of which there will be so many. */
const requests = async (front: TestFront, count: number): Promise<Line[]> => {
  const found = (): Line[] => front.log().split("\n").filter((line) => line.includes('"durationMs"')).map((line) => JSON.parse(line) as Line);
  await vi.waitFor(() => expect(found()).toHaveLength(count), { timeout: 10_000 });
  return found();
};

describe("JSON", () => {
  test("every line is an object, of front and worker alike", async () => {
    const front = await ready({ entryScript: "score.py", logFormat: "json", deployment: "blue" });
    await front.send("/score", post("print hello"));
    await requests(front, 1);
    const all = lines(front);
    for (const line of all) {
      expect(line).toMatchObject({ time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/), level: "info", message: expect.any(String), logger: expect.any(String), pid: expect.any(Number) });
    }
    expect(all.map(({ message }) => message)).toEqual(expect.arrayContaining([expect.stringMatching(/^listening on port \d+$/), "every worker is ready", "hello", "POST /score 200"]));
    expect(all.find(({ message }) => message === "every worker is ready")).toMatchObject({ deployment: "blue", pid: front.pid });
  });

  test("a request: path and query apart, ids, statuses, times, bytes; none for health", async () => {
    const front = await ready({ entryScript: "score.py", logFormat: "json", statuses: "managed", deployment: "blue" });
    const trace = "0af7651916cd43dd8448eb211c80319c";
    await front.send("/");
    await front.send("/score?a=1&b=2", post("hello", { "x-request-id": "mine", "x-ms-client-request-id": "yours", traceparent: `00-${trace}-b7ad6b7169203331-01` }));
    await front.send("/score", post("raise"));
    await front.send("/nope");
    const [first, second, third] = await requests(front, 3);
    expect(first).toEqual({
      time: expect.any(String), level: "info", message: "POST /score 200", method: "POST", path: "/score", query: "a=1&b=2", route: "score", status: 200, modelStatus: 200,
      durationMs: expect.any(Number), queueMs: expect.any(Number), runMs: expect.any(Number), bytesIn: 5, bytesOut: 7,
      requestId: "mine", clientRequestId: "yours", traceId: trace, deployment: "blue", logger: "azmlinfsrv", pid: front.pid,
    });
    expect(first?.["durationMs"]).toBeGreaterThanOrEqual(first?.["runMs"] as number);
    expect(second).toMatchObject({ status: 424, modelStatus: 500, requestId: expect.any(String) });
    expect(third).toMatchObject({ message: "GET /nope 424", route: "unknown", status: 424 });
    expect(Object.keys(third ?? {})).not.toEqual(expect.arrayContaining(["query", "queueMs", "runMs", "caller", "traceId"]));
  });

  test("lines of the script and of its failures say whose they are, and lines between requests do not", async () => {
    const front = await ready({ entryScript: "score.py", logFormat: "json" });
    const made = (await front.send("/score", post("raise"))).headers["x-request-id"];
    await front.send("/score", post("print hello", { "x-request-id": "mine" }));
    const seen = await front.send("/score", post("headers", { "x-request-id": "" }));
    await requests(front, 3);
    const all = lines(front);
    expect(all.find(({ message }) => message === "Encountered Exception")).toMatchObject({ level: "error", requestId: made, exception: expect.stringContaining("on purpose") });
    expect(all.find(({ message }) => message === "hello")).toMatchObject({ logger: "azmlinfsrv.print", requestId: "mine" });
    expect(all.find(({ message }) => message === "init of score.py")).not.toHaveProperty("requestId");
    expect(seen.body).not.toContain(made);
    expect(JSON.parse(seen.body)).toMatchObject({ "X-Request-Id": "" }); // what the client has sent, and nothing of ours
  });

  test("lines of a stream, of a body that comes in parts, and of a key in an id", async () => {
    const keys = join(folder(), "keys.json");
    writeFileSync(keys, JSON.stringify({ primaryKey: "a-primary-key" }));
    const front = await ready({ entryScript: "streams.py", logFormat: "json", keys });
    const key = { Authorization: "Bearer a-primary-key" };
    await front.send("/score", post("one\nraise in a stream", { ...key, "x-request-id": "streamed" })).catch(() => {});
    await front.send("/score", { ...post(`${"a".repeat(100_000)}\nraise`, { ...key, "x-request-id": "a-primary-key" }) }).catch(() => {});
    await requests(front, 2);
    const broken = lines(front).filter(({ message }) => message === "The answer ended before it was whole");
    expect(broken.map(({ requestId }) => requestId)).toEqual(["streamed", "[key]"]);
  });

  test("a batch names all of its requests, and each of them when it is run alone", async () => {
    const front = await ready({ entryScript: "batch.py", logFormat: "json", maxBatchSize: 2, maxBatchWaitMs: 60_000 });
    await Promise.all(["one", "two"].map((id) => front.send("/score", post("bad", { "x-request-id": id }))));
    await requests(front, 2);
    const together = lines(front).filter(({ message }) => String(message).startsWith("run_batch() failed for 2 requests"));
    expect(together.map(({ requestIds }) => (requestIds as string[]).toSorted())).toEqual([["one", "two"]]);
    const alone = lines(front).filter(({ message }) => message === "Encountered Exception");
    expect(alone.map(({ requestId }) => requestId).toSorted()).toEqual(["one", "two"]);
  });

  test("the same of score.ts, through every await of a request", async () => {
    const script = `console.log("loaded");
const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export function init() {}
export async function run(data) {
  await after(5);
  console.log("ran " + data);
  setTimeout(() => console.log("late " + data), 50);
  if (data === "raise") throw new Error("on purpose");
  return (async function* () { yield "a"; await after(5); console.log("streamed " + data); })();
}
`;
    const root = folder();
    writeFileSync(join(root, "score.mjs"), script);
    const front = await ready({ entryScript: "score.mjs", logFormat: "json" }, { AML_APP_ROOT: root });
    for (const data of ["first", "raise"]) await front.send("/score", post(data, { "x-request-id": `id of ${data}` }));
    await front.logged("late raise");
    const named = Object.fromEntries(lines(front).map(({ message, requestId }) => [String(message).split("\n")[0], requestId]));
    expect(named).toMatchObject({ "ran first": "id of first", "streamed first": "id of first", "late first": "id of first", "ran raise": "id of raise", "Encountered Exception": "id of raise" });
    expect(named["loaded"]).toBeUndefined();
  });

  test("the same of ONNX models", async () => {
    const front = await ready({ modelDir: `${fixtures}onnx/gather`, logFormat: "json" });
    const { status } = await front.send("/score", post('{"table": [1], "at": [5]}', { "x-request-id": "mine" }));
    expect(status).toBe(500);
    await front.logged("the model failed");
    const line = front.log().split("\n").find((each) => each.includes('"the model failed')); // the runtime has a line of its own, too
    expect(JSON.parse(line ?? "")).toMatchObject({ level: "warning", requestId: "mine" });
  });

  test("a worker that dies is 502, and a client that leaves 499", async () => {
    const front = await ready({ entryScript: "score.py", logFormat: "json" });
    await front.send("/score", post("die")).catch(() => {});
    const leaving = connect(front.port, "127.0.0.1");
    leaving.write("POST /score HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nhang");
    await front.logged("hanging");
    leaving.destroy();
    const [died, left] = await requests(front, 2);
    expect(died).toMatchObject({ message: "POST /score 502", bytesOut: 0 });
    expect(left).toMatchObject({ message: "POST /score 499", runMs: expect.any(Number) });
    expect(lines(front).find(({ level }) => level === "warning")).toMatchObject({ message: expect.stringContaining("the next one starts") });
  });
});

test("text is a line of Azure's images", async () => {
  const front = await ready({ entryScript: "score.py", deployment: "blue" });
  await front.send("/score?a=1", post("hello"));
  await front.logged(/azmlinfsrv - POST .*\n/);
  expect(front.log()).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} I \[\d+\] azmlinfsrv - POST \/score\?a=1 200 \d+\.\d{3}ms 7$/m);
});

describe("secrets", () => {
  afterEach(() => hide([]));

  test.each([
    ["as it is", "GET /score?code=abc+defgh/1==", "GET /score?code=[key]"],
    ["with percent signs", "GET /score?code=abc%2Bdefgh%2F1%3D%3D&x=1", "GET /score?code=[key]&x=1"],
    ["with percent signs in lower case", "GET /score?code=abc%2bdefgh%2f1%3d%3d", "GET /score?code=[key]"],
    ["twice", "abc+defgh/1==abc+defgh/1==", "[key][key]"],
    ["a token", `x ${"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl"}&y`, "x [token]&y"],
    ["a token without its signature", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0.", "[token]"],
    ["nothing", "GET /score?code=abc", "GET /score?code=abc"],
    ["a key too short to be one", "a short line", "a short line"],
  ])("%s", (_name, text, clean) => {
    hide(["abc+defgh/1==", "short"]);
    expect(redacted(text)).toBe(clean);
  });

  test("tokens end where the grammar of one ends", () => {
    const whole = /eyJ[\w-]{8,}(?:\.[\w-]*){1,4}/g;
    let state = 7;
    const random = (below: number): number => (state = (state * 48271) % 2147483647) % below;
    const pieces = ["eyJ", "eyJhbGciOiJ", "abc", "-_", ".", "..", "/", " ", "x".repeat(9)];
    for (let at = 0; at < 5000; at++) {
      const text = Array.from({ length: 1 + random(14) }, () => pieces[random(pieces.length)]).join("");
      expect(redacted(text)).toBe(text.replace(whole, "[token]"));
    }
  });

  test("looking for tokens takes no longer than the text is long", () => {
    const text = "eyJ".repeat(2 ** 17); // a search that begins anew at each of them takes minutes
    expect(redacted(text)).toBe(text);
  });

  test.each(["text", "json"] as const)("no key and no token is written down, wherever a client has put it: %s", async (logFormat) => {
    const into = folder();
    const [primary, secondary] = ["primary-key+with/signs==", 'other"quoted"key'];
    const keys = join(into, "keys.json");
    writeFileSync(keys, JSON.stringify({ primaryKey: primary, secondaryKey: secondary }));
    const pair = await signingKey("k1");
    const sent = await token(pair);
    const tokens = tokensFile([{ jwks: { keys: [pair.jwk] } }], into);
    const front = await ready({ entryScript: "score.py", keys, tokens, logFormat });
    const secrets = [primary, secondary, sent];
    let count = 0;
    const ask = async (path: string, headers: Record<string, string> = {}): Promise<void> => {
      await send(front.port, path, post("x", headers)).catch(() => {});
      count += 1;
    };
    for (const secret of secrets) {
      const base64 = Buffer.from(`user:${secret}`).toString("base64");
      for (const value of [`Bearer ${secret}`, `bearer  ${secret}`, secret, `Basic ${base64}`, `Basic ${secret}`, `Bearer ${secret}x`]) await ask("/score", { Authorization: value });
      for (const name of ["x-request-id", "x-ms-client-request-id", "x-functions-key", "api-key", "traceparent", "azureml-model-deployment", "user-agent", "cookie"]) await ask("/score", { [name]: secret });
      for (const path of ["/score?code=", "/score?access_token=", "/", "/nope/", "/swagger.json?version="]) await ask(`${path}${encodeURIComponent(secret)}`);
    }
    await ask(`/score?code=${primary}`);
    await ask(`/score?t=${sent}`, { Authorization: `Bearer ${primary}` });
    await vi.waitFor(() => expect(front.log().match(/ \/\S* \d{3}/g)).toHaveLength(count), { timeout: 10_000 });
    const { body: metrics } = await front.send("/metrics");
    const parts = [primary, encodeURIComponent(primary), "quoted", ...sent.split("."), Buffer.from(`user:${primary}`).toString("base64")];
    for (const part of parts) expect(`${front.log()}\n${metrics}`).not.toContain(part);
    expect(front.log()).toContain("[key]");
    expect(front.log()).toContain("[token]");
  });
});
