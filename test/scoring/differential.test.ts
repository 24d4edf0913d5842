/** The genuine azureml-inference-server-http 1.5.1 and ours: the same scripts, the same requests, the same answers. */
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { venv } from "../python.ts";
import { eventually, post, ready, scripts, send } from "./harness.ts";
import type { Reply, SendOptions } from "./harness.ts";

/** The only headers whose presence may differ, and those whose value is not comparable. */
const TRANSPORT = ["server", "connection", "keep-alive", "date"];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const LONG = "a".repeat(101);
const text = (body: string | Buffer, type = "text/plain"): SendOptions => post(body, { "Content-Type": type });

const cases: Record<string, [path: string, options?: SendOptions]> = {
  health: ["/"],
  "health with an id": ["/", { headers: { "x-request-id": "mine" } }],
  "HEAD of health": ["/", { method: "HEAD" }],
  "OPTIONS of health": ["/", { method: "OPTIONS" }],
  "POST of health": ["/", post("x")],
  "unknown path": ["/nope"],
  "unknown path with an id": ["/nope", { headers: { "x-request-id": "mine" } }],
  "score with a slash at the end": ["/score/", post("x")],
  "score percent-encoded": ["/%73core", post("x")],
  "score with two slashes": ["//score", post("x")],
  "PUT score": ["/score", { method: "PUT", body: "x" }],
  "DELETE score": ["/score", { method: "DELETE" }],
  "PATCH score": ["/score", { method: "PATCH" }],
  "HEAD score": ["/score", { method: "HEAD" }],
  "OPTIONS score": ["/score", { method: "OPTIONS" }],
  text: ["/score", text("hello")],
  "non-ASCII": ["/score", text("grüße 😀")],
  "malformed JSON": ["/score", post("{not json")],
  "UTF-8 byte order mark": ["/score", post("\ufeff{}")],
  "no content type": ["/score", { method: "POST", body: "hello" }],
  "empty body": ["/score", post("")],
  "not UTF-8": ["/score", post(Buffer.from([0xff, 0xfe]))],
  "UTF-8 cut short": ["/score", post(Buffer.from("ab\u00e9").subarray(0, 3))],
  "form-encoded": ["/score", text("a=1", "application/x-www-form-urlencoded")],
  "form-encoded with a charset": ["/score", text("a=1", "Application/X-WWW-Form-Urlencoded; charset=utf-8")],
  multipart: ["/score", text('--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n', "multipart/form-data; boundary=b")],
  "chunked body": ["/score", { method: "POST", body: "hello", headers: { "Transfer-Encoding": "chunked", "Content-Type": "text/plain" } }],
  "GET without a query": ["/score"],
  "GET with a query": ["/score?a=1&b=x&a=2&c=%FF&d&e=&f=%5B1%2C2%5D&g=NaN&h=a+b&i=%C3%A9&j=null&k=%22q%22"],
  "GET with odd separators": ["/score?a=1;b=2&&=3&a%20b=1"],
  "request headers": ["/score", text("headers", "text/plain")],
  "repeated and odd headers": ["/score", { ...text("headers"), headers: { "Content-Type": "text/plain", "x-a": ["1", "2"], x_under: "1", "X-UPPER-case": "é" } }],
  "None": ["/score", text("value None")],
  "str": ["/score", text('value "é\\n\\u2028"')],
  "numbers": ["/score", text("value [1, 1.0, 1e300, 1e-7, 0.1, -0.0, 10**25, True, None]")],
  "NaN and infinities": ["/score", text("value [float('nan'), float('inf'), -float('inf')]")],
  "keys that are no strings": ["/score", text("value {1: 2, None: 3, True: 4, 1.5: 5}")],
  "keys that cannot be": ["/score", text("value {(1, 2): 3}")],
  tuple: ["/score", text("value (1, (2, 3))")],
  nested: ["/score", text('json {"a": [1, {"b": null}], "c": "\\ud83d"}')],
  bytes: ["/score", text("value b'x'")],
  set: ["/score", text("value {1, 2}")],
  "numpy float64": ["/score", text("value __import__('numpy').float64(0.5)")],
  "numpy float32": ["/score", text("value __import__('numpy').float32(0.5)")],
  "numpy array": ["/score", text("value __import__('numpy').zeros(2)")],
  "recursion without end": ["/score", text("value (lambda l: (l.append(l), l)[1])([])")],
  raises: ["/score", text("raise")],
  "raises TimeoutError itself": ["/score", text("timeout")],
  "runs too long": ["/score", text("sleep 5")],
  "is told HTTP errors": ["/score", text("value __import__('flask').abort(403)")],
  "x-request-id": ["/score", post("x", { "x-request-id": "R" })],
  "x-ms-request-id": ["/score", post("x", { "x-ms-request-id": "B" })],
  "x-ms-client-request-id": ["/score", post("x", { "x-ms-client-request-id": "C" })],
  "all ids": ["/score", post("x", { "x-request-id": "R", "x-ms-request-id": "B", "x-ms-client-request-id": "C", TraceId: "T" })],
  "empty x-request-id": ["/score", post("x", { "x-request-id": "" })],
  "x-request-id too long": ["/score", post("x", { "x-request-id": LONG })],
  "x-request-id of 100": ["/score", post("x", { "x-request-id": LONG.slice(1) })],
  "x-ms-request-id too long": ["/score", post("x", { "x-ms-request-id": LONG, "x-request-id": "R" })],
  "x-ms-client-request-id too long": ["/score", post("x", { "x-ms-client-request-id": LONG })],
  "id too long on a wrong method": ["/score", { method: "PUT", headers: { "x-request-id": LONG } }],
  swagger: ["/swagger.json"],
  "swagger 2.0": ["/swagger.json?version=2.0"],
  "swagger 3": ["/swagger.json?version=3"],
  "swagger 3.1": ["/swagger.json?version=3.1"],
  "swagger 9": ["/swagger.json?version=9"],
  "swagger without a number": ["/swagger.json?version="],
  "HEAD swagger": ["/swagger.json", { method: "HEAD" }],
  "OPTIONS swagger": ["/swagger.json", { method: "OPTIONS" }],
  "POST swagger": ["/swagger.json", post("x")],
};

// Long enough for a case that imports numpy on a busy machine, shorter than the case that sleeps.
const env = { AML_APP_ROOT: scripts, SCORING_TIMEOUT_MS: "2500" };

describe.each(["score.py", "plain.py"])("%s", (script) => {
  const ends: (() => void)[] = [];
  let genuine = 0;
  let ours = 0;

  beforeAll(async () => {
    genuine = await freePort();
    const child = spawn(`${venv}/bin/azmlinfsrv`, ["--entry_script", script, "--port", String(genuine)], {
      cwd: scripts,
      env: { ...process.env, ...env, PATH: `${venv}/bin:${process.env["PATH"]}` },
      stdio: "ignore",
    });
    ends.push(() => child.kill("SIGTERM"));
    const front = await ready({ entryScript: script }, env, (end) => ends.push(end));
    ours = front.port;
    await eventually(() => send(genuine, "/").then((reply) => reply.status === 200, () => false));
  });
  afterAll(() => ends.forEach((end) => end()));

  test.each(Object.keys(cases))("%s", async (name) => {
    const [path, options] = cases[name] ?? ["/"];
    // One Host, because scripts see it.
    const sent = { ...options, headers: { Host: "test", Connection: "close", ...options?.headers } };
    const [expected, actual] = await Promise.all([send(genuine, path, sent), send(ours, path, sent)]);
    expect(comparable(actual)).toEqual(comparable(expected));
  });
});

/** Names in lower case; values that the server makes up become their kind. */
function comparable({ status, headers, body }: Reply): unknown {
  const kept = Object.entries(headers).flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    if (TRANSPORT.includes(lower)) return [];
    if (lower === "x-ms-run-fn-exec-ms") return [[lower, value.replace(/^\d+\.\d{3}$/, "<ms>")]];
    if (lower === "allow") return [[lower, value.split(", ").sort().join(", ")]]; // a Python set, in another order each time it starts
    return [[lower, UUID.test(value) ? "<uuid>" : value]];
  });
  return { status, body, headers: Object.fromEntries(kept) as unknown };
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
