/** Bytes that are no HTTP request, and requests that HTTP has no answer for here: each is answered, logged and counted like any other. */
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { refusalOf } from "../../lib/scoring/online/refusal.ts";
import type { Call } from "../../lib/scoring/online/call.ts";
import { dial } from "./behind.ts";
import { post, ready } from "./harness.ts";
import type { TestFront } from "./harness.ts";

/** What comes for these bytes until the connection closes. */
async function sent(front: TestFront, bytes: string): Promise<string> {
  const line = dial(front.port);
  line.socket.write(bytes, "latin1");
  await line.closed;
  return line.text();
}
const refusals = async (front: TestFront): Promise<string[]> =>
  (await front.send("/metrics")).body.split("\n").filter((line) => line.startsWith("scoring_refusals_total") && !line.endsWith(" 0"));

const CASES: [name: string, status: number, reason: string, bytes: string][] = [
  ["no HTTP", 400, "bad_request", "nonsense\r\n\r\n"],
  ["a method that is none", 400, "bad_request", "BREW / HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["headers of 64 KB", 431, "headers_too_large", `GET /score HTTP/1.1\r\nHost: x\r\nA: ${"a".repeat(65_536)}\r\n\r\n`],
];

test.each(CASES)("%s is %i, in the log and in the metrics", async (_name, status, reason, bytes) => {
  const front = await ready({ entryScript: "score.py" });
  expect(await sent(front, bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  await front.logged(new RegExp(`I \\[${front.pid}\\] azmlinfsrv - - - ${status} \\d+\\.\\d{3}ms \\d+\n`));
  expect(await refusals(front)).toEqual([`scoring_refusals_total{reason="${reason}"} 1`]);
  expect((await front.send("/metrics")).body).toContain(`scoring_requests_total{status="${status}",route="unknown",caller="none"} 1\n`);
});

test("a tunnel behind a request that has no answer yet ends its connection, and nothing else", async () => {
  const front = await ready({ entryScript: "score.py" });
  await sent(front, "GET / HTTP/1.1\r\nHost: x\r\n\r\nCONNECT a:1 HTTP/1.1\r\n\r\n");
  expect((await front.send("/score", post("x"))).status).toBe(200);
});

test("a client that leaves amid its body is one that has left", async () => {
  const front = await ready({ entryScript: "score.py" });
  const line = dial(front.port);
  line.socket.write("POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  line.socket.end();
  await front.logged(/POST \/score 499 /);
  expect(await refusals(front)).toEqual(['scoring_refusals_total{reason="client_gone"} 1']);
});

test("managed answers have an id, which the log has too", async () => {
  const front = await ready({ entryScript: "score.py", statuses: "managed", logFormat: "json", deployment: "blue" });
  const text = await sent(front, "nonsense\r\n\r\n");
  const [, id] = /\r\nx-request-id: (\S+)\r\n/.exec(text) ?? [];
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  await front.logged(`"requestId":"${id}"`);
  const line = front.log().split("\n").find((each) => each.includes(String(id)));
  expect(JSON.parse(line ?? "")).toMatchObject({ message: "- - 400", route: "unknown", status: 400, deployment: "blue" });
  expect(await sent(await ready({ entryScript: "score.py" }), "nonsense\r\n\r\n")).not.toContain("x-request-id"); // gunicorn sends none
});

test("a body that is no HTTP is the end of its request, not of one more", async () => {
  const front = await ready({ entryScript: "score.py" });
  const head = "POST /score HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  expect(await sent(front, `${head}4\r\nabcd\r\nno length\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
  await front.logged(/POST \/score 400 /);
  await front.send("/score", post("x"));
  await front.logged(/POST \/score 200 /);
  expect(front.log().match(/ \d{3} \d+\.\d{3}ms /g)).toHaveLength(2);
  expect(await refusals(front)).toEqual(['scoring_refusals_total{reason="bad_request"} 1']);
});

test("a connection that ends without a byte is nobody's refusal", async () => {
  const front = await ready({ entryScript: "score.py" });
  for (const end of ["end", "resetAndDestroy"] as const) {
    const line = dial(front.port);
    await once(line.socket, "connect");
    line.socket[end]();
    await line.closed;
  }
  await front.send("/score", post("x"));
  await front.logged(/POST \/score 200 /);
  expect(front.log()).not.toContain("azmlinfsrv - - - ");
  expect(await refusals(front)).toEqual([]);
});

describe("what HTTP allows and nobody does", () => {
  test("an expectation that is not 100-continue is 417, and its body is not read", async () => {
    const front = await ready({ entryScript: "score.py", deployment: "blue" });
    const text = await sent(front, "POST /score HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nContent-Length: 4\r\n\r\n");
    expect(text).toMatch(/^HTTP\/1\.1 417 .*\r\n/);
    expect(text).toContain('{"message": "The only expectation that this server meets is 100-continue."}');
    expect(text).toContain("azureml-model-deployment: blue\r\n");
    await front.logged(/POST \/score 417 /);
    expect(await refusals(front)).toEqual(['scoring_refusals_total{reason="bad_request",deployment="blue"} 1']);
  });

  test("a tunnel is 404, with the words of every other path that is not here", async () => {
    const front = await ready({ entryScript: "score.py" });
    const text = await sent(front, "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n");
    expect(text).toMatch(/^HTTP\/1\.1 404 [^]*Connection: close\r\n[^]*The requested URL was not found/);
    await front.logged(/CONNECT example\.com:443 404 /);
    expect((await front.send("/score", post("x"))).status).toBe(200);
  });
});

test("headers that take too long are not a body that does", () => {
  const call = (route: Call["route"]): Call => ({ route, milestones: {} }) as Call;
  expect([refusalOf(call("unknown"), 408), refusalOf(call("score"), 408)]).toEqual(["slow_headers", "slow_body"]);
});
