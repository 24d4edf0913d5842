/** Bodies that are large, slow, broken off, or come one behind the other. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, post, ready } from "./harness.ts";
import type { TestFront } from "./harness.ts";

const ends: (() => void)[] = [];
let front: TestFront;
beforeAll(async () => {
  front = await ready({ entryScript: "score.py", maxInFlight: 20 }, {}, (end) => ends.push(end));
});
afterAll(() => ends.forEach((end) => end()));

/** A connection and what has come over it. */
async function raw(): Promise<{ socket: Socket; until: (text: string | RegExp) => Promise<string> }> {
  const socket = connect(front.port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString("latin1")));
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("connect", resolve));
  const until = async (wanted: string | RegExp): Promise<string> => {
    await eventually(() => (typeof wanted === "string" ? text.includes(wanted) : wanted.test(text)));
    return text;
  };
  return { socket, until };
}
const head = (length: number, more = ""): string => `POST /score HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n${more}\r\n`;
const memory = (pid: number): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

test("50 MB go through a front that does not hold them", async () => {
  const size = 50 * 1024 * 1024;
  const body = Buffer.alloc(size, "a");
  body.write("length ");
  await front.send("/score", post(body)); // what the first large body costs once: compiled code, buffers
  const before = memory(front.pid);
  for (let at = 0; at < 3; at++) expect((await front.send("/score", post(body))).body).toBe(String(size));
  expect(memory(front.pid) - before).toBeLessThan(40);
  expect(memory(front.pid)).toBeLessThan(220);
});

test.each(["at a worker that has stopped reading", "in the queue"])("50 MB are not taken from the client before their time: %s", async (where) => {
  const [worker, mb] = [Number((await front.send("/score", post("pid"))).body), 50];
  const gate = join(mkdtempSync(join(tmpdir(), "scoring-")), "gate");
  const queued = where === "in the queue";
  const busy = queued ? front.send("/score", post(`wait ${gate}`)) : undefined;
  if (!queued) process.kill(worker, "SIGSTOP");
  const { socket, until } = await raw();
  let taken = 0;
  socket.write(`${head(mb * 1024 * 1024)}length `);
  for (let at = 0; at < mb; at++) socket.write(Buffer.alloc(1024 * 1024 - (at === 0 ? 7 : 0), "a"), () => (taken += 1));
  for (let before = -1; before !== taken; ) {
    before = taken;
    await new Promise((resolve) => setTimeout(resolve, 300)); // nothing happens, which sends no event
  }
  expect(taken).toBeLessThan(20); // what two socket buffers and the front's 64 KB hold
  if (!queued) process.kill(worker, "SIGCONT");
  writeFileSync(gate, "");
  await busy;
  expect(await until(/\r\n\r\n\d+$/)).toMatch(new RegExp(`\\r\\n${mb * 1024 * 1024}$`));
  socket.destroy();
});

test("an answer of 50 MB to a client that reads slowly", async () => {
  const size = 50 * 1024 * 1024;
  const received = await new Promise<number>((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port: front.port, path: "/score", method: "POST", headers: { "Content-Type": "text/plain" } }, (incoming) => {
      let bytes = 0;
      incoming.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        incoming.pause();
        setImmediate(() => incoming.resume());
      });
      incoming.on("end", () => resolve(bytes));
    });
    outgoing.on("error", reject);
    outgoing.end(`big ${size}`);
  });
  expect(received).toBe(size + 2);
  expect(memory(front.pid)).toBeLessThan(220);
});

test("a small body that comes slowly keeps no worker waiting", async () => {
  const { socket, until } = await raw();
  socket.write(`${head(4)}ab`);
  expect((await front.send("/score", post("x"))).body).toBe('"x"'); // one worker, and it is free
  socket.write("cd");
  expect(await until('"abcd"')).toContain("HTTP/1.1 200");
  socket.destroy();
});

test("clients that leave, whatever they were waiting for, leave nothing behind", async () => {
  const large = Buffer.alloc(1024 * 1024, "a");
  for (let at = 0; at < 30; at++) {
    const { socket } = await raw();
    if (at % 3 === 0) socket.write(`${head(4)}ab`); // still sending a little
    if (at % 3 === 1) socket.write(Buffer.concat([Buffer.from(head(2 * large.length)), large])); // still sending much, at a worker
    if (at % 3 === 2) socket.write(`${head(9)}sleep 0.1`); // waiting for the answer
    if (at % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
  }
  // All 20 places are free again: as many requests at once are answered.
  const all = async (): Promise<number[]> =>
    (await Promise.all(Array.from({ length: 20 }, () => front.send("/score", post("x"))))).map((reply) => reply.status);
  await eventually(async () => (await all()).every((status) => status === 200));
  expect(await all()).toEqual(Array.from({ length: 20 }, () => 200));
});

test("pipelined requests are answered in order", async () => {
  const { socket, until } = await raw();
  const bodies = Array.from({ length: 15 }, (_, at) => `body-${at}`);
  socket.write(bodies.map((body) => head(body.length) + body).join("") + "GET /nope HTTP/1.1\r\nHost: x\r\n\r\n");
  const text = await until("404 Not Found");
  expect([...text.matchAll(/"(body-\d+)"/g)].map((match) => match[1])).toEqual(bodies);
  socket.destroy();
});

test("Expect: 100-continue is granted, and refused without reading when the body is too long", async () => {
  const granted = await raw();
  granted.socket.write(head(3, "Expect: 100-continue\r\n"));
  await granted.until("HTTP/1.1 100 Continue");
  granted.socket.write("abc");
  expect(await granted.until('"abc"')).toContain("HTTP/1.1 200");
  const refused = await raw();
  const closed = new Promise((resolve) => refused.socket.once("close", resolve));
  refused.socket.write(head(200 * 1024 * 1024, "Expect: 100-continue\r\n"));
  expect(await refused.until("413")).not.toContain("100 Continue");
  await closed;
});

test("a client that sends on after a refusal can read it", async () => {
  const { socket, until } = await raw();
  const length = 200 * 1024 * 1024;
  socket.write(head(length));
  const block = Buffer.alloc(1024 * 1024);
  for (let at = 0; at < 20; at++) await new Promise<void>((resolve) => socket.write(block, () => resolve()));
  expect(await until("must not exceed 104857600 bytes")).toContain("HTTP/1.1 413");
  socket.destroy();
});

test.each<[name: string, status: string, bytes: string]>([
  ["no HTTP", "400", "nonsense\r\n\r\n"],
  ["two lengths", "400", "POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc"],
  ["headers of 64 KB", "431", `GET /score HTTP/1.1\r\nHost: x\r\nA: ${"a".repeat(65_536)}\r\n\r\n`],
])("%s is %s", async (_name, status, bytes) => {
  const { socket, until } = await raw();
  socket.write(bytes);
  expect(await until(/^HTTP\/1\.1 \d+/)).toContain(`HTTP/1.1 ${status}`);
  expect((await front.send("/score", post("x"))).status).toBe(200);
});
