/** One request between its client and its worker: who is waited for, how long, and what is written down of it. */
import { connect } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { openListeners } from "../../lib/scoring/online/listeners.ts";
import type { Settings } from "../../lib/scoring/online/options.ts";
import { disconnect } from "../../lib/scoring/online/listeners.ts";
import { Patience } from "../../lib/scoring/online/patience.ts";
import type { Worker } from "../../lib/scoring/online/worker.ts";
import { dial } from "./behind.ts";
import type { Line } from "./behind.ts";
import { eventually } from "./harness.ts";
import { scored } from "./scored.ts";

const head = (framing: string): string => `POST /score HTTP/1.1\r\nHost: x\r\n${framing}\r\n\r\n`;
const CHUNKED = "Transfer-Encoding: chunked";

function asked(port: number, text: string): Line {
  const line = dial(port);
  line.socket.write(text);
  return line;
}

/** Timers of the library alone: Node's own are others. */
function fakeTimers(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
async function until(check: () => boolean): Promise<void> {
  while (!check()) await turn();
}

test("an answer that its client has whole is no broken one, whenever the worker says that it has ended", async () => {
  const { port, taken, outcomes, call } = await scored();
  const line = asked(port, `${head("Content-Length: 1")}x`);
  await until(() => taken.length === 1);
  taken[0]?.replies.head(200, ["X-Kind", "Content-Length", "Content-Length", "2"]);
  taken[0]?.replies.chunk(Buffer.from("ok"));
  await line.until("ok");
  await until(() => call.last?.response.closed === true);
  expect(outcomes).toEqual([]);
  taken[0]?.replies.finish();
  expect(outcomes).toEqual([{ status: 200, bytes: 2 }]);
});

test("nor is it one when its worker dies then", async () => {
  const { port, taken, outcomes, scorer } = await scored();
  const line = asked(port, `${head("Content-Length: 1")}x`);
  await until(() => taken.length === 1);
  taken[0]?.replies.head(200, ["Content-Length", "2"]);
  taken[0]?.replies.chunk(Buffer.from("ok"));
  taken[0]?.replies.lost();
  await line.until("ok");
  expect(outcomes).toEqual([{ status: 200, bytes: 2 }]);
  expect(scorer.inFlight).toBe(0);
});

test("Node has no limit for whole requests, which would count our own queue", async () => {
  const listeners = await openListeners({ host: "127.0.0.1", port: 0, healthPort: 0, separateHealth: true } as Settings);
  onTestFinished(() => disconnect(listeners));
  expect(listeners.servers.map(({ requestTimeout, headersTimeout }) => [requestTimeout, headersTimeout])).toEqual([[0, 60_000], [0, 60_000]]);
});

test("without limits a body has five minutes, its time in the queue does not count, and its rest has five of its own", async () => {
  fakeTimers();
  const { port, taken, outcomes } = await scored();
  const slow = asked(port, `${head("Content-Length: 3")}x`);
  const first = asked(port, `${head("Content-Length: 1")}x`);
  await until(() => taken.length === 1);
  const queued = asked(port, `${head("Content-Length: 900000")}${"x".repeat(100_000)}`);
  await turn();
  vi.advanceTimersByTime(299_000);
  expect(slow.text()).toBe("");
  vi.advanceTimersByTime(1000);
  expect(await slow.until("took too long to arrive")).toContain("HTTP/1.1 408");
  taken[0]?.replies.lost("gone");
  await first.until("gone");
  await until(() => taken.length === 2);
  vi.advanceTimersByTime(299_000);
  expect([queued.text(), outcomes.length]).toEqual(["", 2]);
  vi.advanceTimersByTime(1000);
  expect(await queued.until("took too long to arrive")).toContain("HTTP/1.1 408");
  expect(taken[1]?.cancelled).toBe(true);
});

test("a client that takes nothing of its answer for half a minute is cut off, and its worker is free", async () => {
  const { port, taken, killed, outcomes, call, scorer } = await scored();
  const socket = connect(port, "127.0.0.1", () => socket.write(`${head("Content-Length: 1")}x`));
  onTestFinished(() => void socket.destroy());
  await until(() => taken.length === 1);
  taken[0]?.replies.head(200, []);
  while (taken[0]?.replies.chunk(Buffer.alloc(1_000_000)) === true);
  const incoming = call.last?.request.socket;
  expect(incoming?.timeout).toBe(30_000);
  incoming?.emit("timeout"); // as Node does when the time is over
  await until(() => outcomes.length === 1);
  expect([outcomes[0]?.status, taken[0]?.cancelled, incoming?.destroyed]).toEqual([499, true, true]);
  taken[0]?.replies.finish();
  expect([scorer.inFlight, killed]).toEqual([0, []]);
});

test("a client that takes a little now and then has its answer's time at 16 KB a second, and half a minute, in all its pauses together", async () => {
  fakeTimers();
  const { port, taken, outcomes, call, scorer } = await scored();
  const socket = connect(port, "127.0.0.1", () => socket.write(`${head("Content-Length: 1")}x`)).pause();
  onTestFinished(() => void socket.destroy());
  await until(() => taken.length === 1);
  taken[0]?.replies.head(200, []);
  /** Until the system takes no more either. */
  const stall = async (): Promise<void> => {
    for (let before = -1; before !== taken[0]?.resumed; await turn(), await turn()) {
      before = taken[0]?.resumed ?? 0;
      taken[0]?.replies.chunk(Buffer.alloc(1_000_000));
    }
  };
  await stall();
  vi.advanceTimersByTime(20_000);
  const before = taken[0]?.resumed ?? 0;
  socket.resume();
  await until(() => (taken[0]?.resumed ?? 0) > before);
  socket.pause();
  await stall();
  const left = 30_000 + (call.last?.sent ?? 0) / 16 - 20_000;
  vi.advanceTimersByTime(Math.floor(left) - 1);
  await turn();
  expect(outcomes).toEqual([]);
  vi.advanceTimersByTime(2);
  await until(() => outcomes.length === 1);
  expect([outcomes[0]?.status, taken[0]?.cancelled]).toEqual([499, true]);
  taken[0]?.replies.finish();
  expect(scorer.inFlight).toBe(0);
});

test("a client that reads again has all the time of the next pause", async () => {
  const { port, taken, call } = await scored();
  const socket = connect(port, "127.0.0.1", () => socket.write(`${head("Content-Length: 1")}x`)).pause();
  onTestFinished(() => void socket.destroy());
  await until(() => taken.length === 1);
  taken[0]?.replies.head(200, []);
  while (taken[0]?.replies.chunk(Buffer.alloc(1_000_000)) === true);
  socket.resume();
  await eventually(() => taken[0]?.resumed === 1);
  expect(call.last?.request.socket.timeout).toBe(0);
});

test("a worker is not ended because of clients that do not read, its neighbours' included", () => {
  fakeTimers();
  const killed: string[] = [];
  const worker = { kill: (reason: string) => killed.push(reason) } as unknown as Worker;
  const patience = (): Patience => new Patience({ worker, workerTimeoutMs: 1000, proxied: false });
  const [reader, neighbour] = [patience(), patience()];
  neighbour.start();
  reader.start();
  vi.advanceTimersByTime(500);
  reader.stall();
  vi.advanceTimersByTime(500);
  expect(killed).toEqual([]);
  vi.advanceTimersByTime(500);
  reader.stop();
  vi.advanceTimersByTime(500); // the neighbour has waited for the reader half of this time
  expect(killed).toEqual([]);
  vi.advanceTimersByTime(1000);
  expect(killed).toEqual(["a request took longer than 1 s"]);
});

test("a body that goes on as it comes takes its place when there is something of it", async () => {
  const { port, taken, scorer } = await scored({ streams: true, depth: Infinity, maxInFlight: 1 });
  const slow = asked(port, head("Content-Length: 3"));
  await until(() => taken.length === 1);
  expect(scorer.inFlight).toBe(0);
  slow.socket.write("ab");
  const other = asked(port, `${head("Content-Length: 1")}x`);
  await until(() => taken.length === 2 && taken[1]?.whole === true);
  expect(scorer.inFlight).toBe(1);
  // Now there is no place left, and what is refused must not have been whole where it would be run.
  slow.socket.write("c");
  expect(await slow.until("at once")).toContain("HTTP/1.1 429");
  expect([taken[0]?.body, taken[0]?.whole, taken[0]?.cancelled]).toEqual(["ab", false, true]);
  taken[1]?.replies.head(200, ["Content-Length", "2"]);
  taken[1]?.replies.chunk(Buffer.from("ok"));
  taken[1]?.replies.finish();
  taken[0]?.replies.finish();
  await other.until("ok");
  expect(scorer.inFlight).toBe(0);
});

test.each<[what: string, text: string, then: (line: Line) => void]>([
  ["64 KB of it are there", head(CHUNKED), ({ socket }) => socket.write(`10000\r\n${"x".repeat(0x10000)}\r\n`)],
  ["it ends", head(CHUNKED), ({ socket }) => socket.write("1\r\nx\r\n0\r\n\r\n")],
])("the same without a length: when %s", async (_what, text, then) => {
  const { port, taken, scorer } = await scored({ streams: true, depth: Infinity, maxInFlight: 1 });
  const line = asked(port, text);
  await until(() => taken.length === 1);
  expect(scorer.inFlight).toBe(0);
  then(line);
  await until(() => scorer.inFlight === 1);
  taken[0]?.replies.lost("gone");
  await line.until("gone");
});

test("the same when its answer begins; and one that has dripped too long is ended once, also within its answer", async () => {
  fakeTimers();
  const { port, taken, scorer, outcomes } = await scored({ streams: true, depth: Infinity, maxInFlight: 1 });
  const line = asked(port, head(CHUNKED));
  await until(() => taken.length === 1);
  taken[0]?.replies.head(200, []);
  expect(scorer.inFlight).toBe(1);
  taken[0]?.replies.chunk(Buffer.from("part"));
  await line.until("part");
  vi.advanceTimersByTime(300_000);
  await line.closed;
  expect(outcomes).toEqual([{ status: 408, bytes: undefined }]);
  expect(line.text().split("HTTP/1.1")).toHaveLength(2);
  taken[0]?.replies.finish();
  expect(scorer.inFlight).toBe(0);
});
