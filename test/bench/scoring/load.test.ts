/** The bench's load generator must notice every answer that is not exactly the one expected. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import type { Load, Result } from "./load.ts";

const GOOD = answer("200 OK", '{"a":1}');
/** Wrong answers come after some right ones. */
const RIGHT_ONES = 20;

function answer(status: string, body: string): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

async function drive(reply: (socket: Socket, count: number) => void, options: Partial<Load> = {}): Promise<{ result?: Result; error?: string }> {
  let count = 0;
  const server = createServer((socket) => socket.on("error", () => {}).on("data", () => reply(socket, ++count)));
  onTestFinished(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const child = fork(fileURLToPath(new URL("load.ts", import.meta.url)), { execArgv: ["--no-warnings"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const { port } = server.address() as AddressInfo;
  child.send({ port, requests: ["POST / HTTP/1.1\r\n\r\n"], answers: ['{"a":1}'], connections: 4, warmUpMs: 0, measureMs: 300, patienceMs: 5000, closes: false, ...options } satisfies Load);
  return ((await once(child, "message")) as [{ result?: Result; error?: string }])[0];
}

test("counts right answers, whole or in pieces", async () => {
  const { result } = await drive((socket, count) => {
    if (count % 2 === 0) return void socket.write(GOOD);
    socket.setNoDelay(true).write(GOOD.slice(0, -3));
    setImmediate(() => socket.write(GOOD.slice(-3)));
  });
  expect(result?.perSecond).toBeGreaterThan(0);
  expect(result?.p99).toBeGreaterThanOrEqual(result?.p50 ?? Number.NaN);
});

test("connects anew to a server that closes", async () => {
  const { result } = await drive((socket) => void socket.end(GOOD), { closes: true });
  expect(result?.perSecond).toBeGreaterThan(0);
});

test.each([
  ["another status", answer("500 Internal Server Error", '{"a":1}')],
  ["another body", answer("200 OK", '{"a":2}')],
  ["a longer body", answer("200 OK", '{"a":1} ')],
  ["two answers", GOOD + GOOD],
])("notices %s", async (_what, wrong) => {
  const { error } = await drive((socket, count) => void socket.write(count > RIGHT_ONES ? wrong : GOOD));
  expect(error).toContain('expected 200 and "{\\"a\\":1}"; got');
});

test("notices an answer that is too short to be whole", async () => {
  const { error } = await drive((socket, count) => void socket.write(count > RIGHT_ONES ? answer("200 OK", "{}") : GOOD), { patienceMs: 100 });
  expect(error).toMatch(/^[1-4] requests have no whole answer 100 ms after the end$/);
});

test("notices a connection that closes without an answer", async () => {
  const { error } = await drive((socket, count) => void (count > RIGHT_ONES ? socket.end("HTTP/1.1 200 OK\r\n") : socket.write(GOOD)));
  expect(error).toContain("the server closed the connection");
});
