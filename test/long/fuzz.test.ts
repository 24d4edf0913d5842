/** A million requests that no client would send, and among them some that must be answered. */
import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { eventually, ready, workersOf } from "../scoring/harness.ts";
import { Connection } from "./connection.ts";
import { post } from "./load.ts";
import { Dice, broken, framed } from "./requests.ts";

const REQUESTS = 1_000_000;
/** Until every kind of request has come often enough for the heap to have its size. */
const WARM_UP = 200_000;
const PER_CONNECTION = 40;
const AT_ONCE = 8;

const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
const residentMb = (pid: number): number => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;

test(`${REQUESTS.toLocaleString("en")} fuzzed requests`, async () => {
  const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 1_000_000);
  console.log(`FUZZ_SEED=${seed}`);
  const dice = new Dice(seed);
  const front = await ready({ entryScript: "plain.py", workerCount: 2, statuses: "raw" });
  const statuses = new Map<number, number>();
  let sent = 0;
  let marks = 0;
  let checked = 0;
  let cutShort = 0;
  const count = (status: number): void => void statuses.set(status, (statuses.get(status) ?? 0) + 1);

  /** Many in one write; then one that is valid, whose answer must be the last. */
  const pipelined = async (): Promise<void> => {
    const connection = new Connection(front.port);
    const all = Array.from({ length: PER_CONNECTION }, () => framed(dice));
    const mark = `mark ${(marks += 1)}`;
    connection.methods.push(...all.map(({ method }) => method), "POST");
    let last = "";
    let answers = 0;
    let refused = false;
    connection.onAnswer((answer) => {
      answers += 1;
      // A body that was refused unread ends its connection, and says so.
      refused ||= answers <= all.length && /\r\nconnection: close\r\n/i.test(answer.head);
      if (answers <= all.length) return count(answer.status);
      last = `${answer.status} ${answer.body}`;
      connection.socket.end();
    });
    connection.socket.write(Buffer.from(all.map(({ text }) => text).join("") + post("/score", mark), "latin1"));
    await connection.closed;
    sent += all.length;
    expect(connection.broken).toBeUndefined();
    if (refused) return void (cutShort += 1);
    checked += 1;
    expect(last).toBe(`200 {"raw": "${mark}", "extra": 1}`);
  };

  /** One that breaks the framing, with the end of the connection behind it; then one that is valid, on another. */
  const breaking = async (): Promise<void> => {
    const connection = new Connection(front.port);
    connection.onAnswer((answer) => count(answer.status));
    connection.socket.end(Buffer.from(broken(dice), "latin1"));
    await connection.closed;
    sent += 1;
    const valid = new Connection(front.port);
    const mark = `mark ${(marks += 1)}`;
    let heard = "";
    valid.onAnswer(({ status, body }) => {
      heard = `${status} ${body}`;
      valid.socket.end();
    });
    valid.socket.write(post("/score", mark));
    await valid.closed;
    checked += 1;
    expect(heard).toBe(`200 {"raw": "${mark}", "extra": 1}`);
  };

  const run = async (until: number): Promise<void> => {
    const one = async (): Promise<void> => {
      while (sent < until) await (dice.chance(40) ? breaking() : pipelined());
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
  };

  await run(WARM_UP);
  const before = { descriptors: descriptors(front.pid), residentMb: residentMb(front.pid), workers: workersOf(front.pid).sort() };
  await run(WARM_UP + REQUESTS);
  console.log(`${sent} fuzzed, ${checked} valid among them answered, ${cutShort} never sent behind a refusal, answers by status ${JSON.stringify(Object.fromEntries([...statuses].sort()))}`);
  await eventually(() => descriptors(front.pid) <= before.descriptors);
  expect(cutShort).toBeLessThan(checked / 10);
  // What the collector has not looked at yet goes when the server has nothing else to do.
  await eventually(() => residentMb(front.pid) < before.residentMb * 1.1);
  const after = residentMb(front.pid);
  console.log(`front: ${before.descriptors} descriptors and ${before.residentMb.toFixed(0)} MB after ${WARM_UP}, ${descriptors(front.pid)} and ${after.toFixed(0)} MB at the end`);
  expect(workersOf(front.pid).sort()).toEqual(before.workers);
  expect([...statuses.keys()].filter((status) => ![200, 400, 404, 405, 408, 413, 415, 417, 431, 500].includes(status))).toEqual([]);
  expect(front.log()).not.toMatch(/TypeError|Unhandled|uncaught|^ {4}at /m);
});
