/** Clients that drip their bodies, by mistake or on purpose, and everybody else. */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { eventually, post, ready } from "./harness.ts";
import type { TestFront } from "./harness.ts";

const head = (framing: string): string => `POST /score HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n${framing}\r\n\r\n`;

/** A client that has sent this much and sends no more, and all that it reads until its connection is closed. */
async function stuck(front: TestFront, sent: string): Promise<{ socket: Socket; heard: () => string; end: Promise<string> }> {
  const socket = connect(front.port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString("latin1"))).on("error", () => {});
  const end = new Promise<string>((resolve) => socket.once("close", () => resolve(text)));
  await new Promise((resolve) => socket.once("connect", resolve));
  await new Promise<void>((resolve) => socket.write(sent, () => resolve()));
  return { socket, heard: () => text, end };
}

/** The front has read what was sent before: it answers in the order of arrival, on one thread. */
const seen = (front: TestFront): Promise<unknown> => front.send("/");

test("two that drip take no place, and are closed with 408 when their time is over", async () => {
  const front = await ready({ entryScript: "score.py", statuses: "managed", maxInFlight: 2, requestTimeoutMs: 1000, maxQueueWaitMs: 500 });
  const begun = performance.now();
  const slow = await Promise.all(["Content-Length: 1000", "Content-Length: 1000000"].map((length) => stuck(front, `${head(length)}a`)));
  await seen(front);
  // A byte now and then is no reason to wait longer.
  const drip = setInterval(() => slow.forEach(({ socket }) => socket.write("a")), 100);
  onTestFinished(() => clearInterval(drip));
  const others = await Promise.all(["x", "y"].map((body) => front.send("/score", post(body))));
  expect(others.map(({ status }) => status)).toEqual([200, 200]);
  for (const { end } of slow) expect(await end).toMatch(/^HTTP\/1\.1 408 [^]*Connection: close[^]*took too long to arrive/);
  const took = performance.now() - begun;
  expect(took).toBeGreaterThan(1400);
  expect(took).toBeLessThan(1500 + 2000 + 2000); // the time to arrive, the time to read the answer, a busy machine
});

test("a large body that stops at a worker gives worker and place back", async () => {
  const front = await ready({ entryScript: "score.py", maxInFlight: 1, requestTimeoutMs: 300, maxQueueWaitMs: 100 });
  const { end } = await stuck(front, `${head("Content-Length: 1000000")}${"a".repeat(100_000)}`);
  let next = await front.send("/score", post("x"));
  while (next.status === 200) next = await front.send("/score", post("x")); // before the slow one was there
  expect(next.status).toBe(429);
  expect(await end).toContain("upstream request timeout");
  expect((await front.send("/score", post("x"))).status).toBe(200);
});

test("a drain waits for a body that is on its way", async () => {
  const front = await ready({ entryScript: "score.py", maxInFlight: 1 });
  const { socket, heard } = await stuck(front, `${head("Content-Length: 2")}a`);
  await seen(front);
  front.child.kill("SIGTERM");
  await front.logged("SIGTERM");
  socket.write("b");
  expect(await front.exit).toEqual({ code: 0, signal: null });
  expect(heard()).toContain('"ab"');
});

test("more that drip than the front has room for: the oldest goes, and everybody else gets through", { timeout: 60_000 }, async () => {
  const front = await ready({ entryScript: "score.py" });
  const clients = await Promise.all(Array.from({ length: 512 }, () => stuck(front, `${head("Content-Length: 9")}a`)));
  await seen(front);
  expect(clients.filter(({ heard }) => heard() !== "")).toEqual([]);
  expect((await front.send("/score", post("x"))).status).toBe(200);
  await eventually(() => clients.some(({ heard }) => heard().includes("408")));
  expect(clients.filter(({ heard }) => heard() !== "")).toHaveLength(1);
});

test("what waits is held as bytes, not as a buffer for each", { timeout: 120_000 }, async () => {
  const front = await ready({ entryScript: "score.py" });
  const memory = (): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${front.pid}/status`, "utf8"))?.[1]) / 1024;
  await front.send("/score", post("x"));
  const before = memory();
  const drops = head("Transfer-Encoding: chunked") + "1\r\na\r\n".repeat(60_000);
  for (let at = 0; at < 40; at++) await stuck(front, drops);
  await seen(front);
  expect(memory() - before).toBeLessThan(120);
});
