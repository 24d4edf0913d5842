/** What clients send and models answer that must not bring the front down: it answers the next request as if nothing had been. */
import { expect, test } from "vitest";
import { behind, dial } from "./behind.ts";
import type { Behind, Line } from "./behind.ts";
import { folder } from "./folders.ts";
import { launch, post, ready } from "./harness.ts";
import type { TestFront } from "./harness.ts";

const lives = async (front: TestFront): Promise<void> => expect(await front.send("/")).toMatchObject({ status: 200, body: "Healthy" });

/** Another server that answers before it has read the request. */
const early = (): Promise<Behind> => behind((_request, response) => void response.writeHead(200, { "Content-Type": "text/event-stream" }).write("data: 1\n\n"));

/** A request whose answer has begun, and whose body has not ended. */
async function amid(front: TestFront): Promise<Line> {
  const line = dial(front.port);
  line.socket.write("POST /score HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n");
  await line.until("data: 1");
  return line;
}

const heads = (text: string): number => text.split("HTTP/1.1").length - 1;

test("a body that passes its limit when its answer has begun ends the connection", async () => {
  const front = await ready({ upstreamScoring: (await early()).url("/"), maxBodyBytes: 10 });
  const line = await amid(front);
  line.socket.write("9\r\nabcdefghi\r\n");
  await line.closed;
  expect(heads(line.text())).toBe(1);
  await front.logged(/POST \/score 413/);
  await lives(front);
});

test("bytes that are no HTTP, within a body whose answer has begun, end the connection and get no answer of their own", async () => {
  const front = await ready({ upstreamScoring: (await early()).url("/") });
  const line = await amid(front);
  line.socket.write("no length\r\n");
  await line.closed;
  expect(heads(line.text())).toBe(1);
  await lives(front);
});

test("a header of score.ts that HTTP does not know is an error of the server, with the name in the log", async () => {
  const root = folder({ "score.mjs": "export function init() {}\nexport const run = (data) => new Response('x', { headers: { 'x-a': JSON.parse(data) } });\n" });
  const front = await ready({ entryScript: "score.mjs" }, { AML_APP_ROOT: root });
  for (const bad of ["a\u0001b", "a\u007fb"]) {
    expect(await front.send("/score", post(JSON.stringify(bad)))).toMatchObject({ status: 500, body: expect.stringContaining("internal error") });
  }
  await front.logged('Invalid character in header content ["x-a"]');
  expect(await front.send("/score", post('"a\\u00e4b"'))).toMatchObject({ status: 200, body: "x" });
  await lives(front);
});

test("a thread's answer that cannot be sent is 502, and its next one is sent", async () => {
  // Past everything that checks: a script can speak to the front as its thread does.
  const script = `import { parentPort } from "node:worker_threads";
export function init() {}
export function run(data) {
  if (data === '"good"') return "fine";
  parentPort.postMessage([[0, 1, 200, "x-a\\na\\u0001b", "text"]]);
  return new Promise(() => {});
}
`;
  const front = await ready({ entryScript: "score.mjs", workerCount: 1 }, { AML_APP_ROOT: folder({ "score.mjs": script }), SCORING_TIMEOUT_MS: "200" });
  expect(await front.send("/score", post('"bad"'))).toMatchObject({ status: 502, body: expect.stringContaining("cannot be sent") });
  expect(await front.send("/score", post('"good"'))).toMatchObject({ status: 200, body: '"fine"' });
  await front.logged(/an answer of worker thread \d+ cannot be sent: Invalid character in header content/);
  await lives(front);
});

test("a name that cannot stand in a header is refused before the server starts", async () => {
  for (const deployment of ["模型", "a\r\nx-b: c", "a b", ""]) {
    const front = launch({ entryScript: "score.py", deployment });
    expect((await front.exit).code).toBe(1);
    await front.logged(/--deployment: expected a name of letters, digits and "\._~-"; got/);
  }
});

test("a worker that the system refuses on the spot is a worker that cannot start", async () => {
  // Longer than one variable of an environment may be.
  const front = launch({ entryScript: "score.py", modelDir: "m".repeat(131_060) });
  expect((await front.exit).code).toBe(3);
  await front.logged(/cannot serve: the system cannot start a worker: spawn E2BIG/);
});
