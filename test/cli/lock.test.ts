import { readdirSync, readFileSync } from "node:fs";
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { lock } from "../../lib/cli/lock.ts";
import { folder, write } from "./support.ts";

/** The number of a process that is gone. */
const gone = (): number => spawnSync(process.execPath, ["-e", ""]).pid;

const silent = () => undefined;

test.each([
  ["a process that is gone", () => String(gone())],
  ["a process that was killed before it wrote", () => ""],
])("the lock of %s counts for nothing", async (_, content) => {
  const root = folder();
  write(root, "lock", content());
  const release = await lock(join(root, "lock"), { say: silent, signal: AbortSignal.timeout(5_000) });
  expect(readFileSync(join(root, "lock"), "utf8")).toMatch(new RegExp(`^${process.pid} `));
  release();
  expect(readdirSync(root)).toEqual([]);
});

test("of many that find a stale lock one holds it at a time, and each gets its turn", async () => {
  const root = folder();
  write(root, "lock", String(gone()));
  const [many, most] = [12, { now: 0, ever: 0 }];
  const each = async (): Promise<void> => {
    const release = await lock(join(root, "lock"), { say: silent });
    most.ever = Math.max(most.ever, ++most.now);
    await new Promise((resolve) => setImmediate(resolve));
    most.now -= 1;
    release();
  };
  await Promise.all(Array.from({ length: many }, each));
  expect(most).toEqual({ now: 0, ever: 1 });
  expect(readdirSync(root)).toEqual([]);
});

test("a waiter breaks no lock that was made while it looked", async () => {
  const root = folder();
  write(root, "lock", String(gone()));
  // Somebody is breaking it at this moment.
  write(root, "lock.break", `${process.pid} other`);
  const waiting = lock(join(root, "lock"), { say: silent, signal: AbortSignal.timeout(300) });
  await expect(waiting).rejects.toThrow("aborted");
  expect(readdirSync(root).toSorted()).toEqual(["lock", "lock.break"]);
});

test("who waits says so once, with the process that is waited for", async () => {
  const root = folder();
  const said: string[] = [];
  const waiting = () => lock(join(root, "lock"), { say: (line) => void said.push(line), signal: AbortSignal.timeout(700) });
  const other = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"]);
  onTestFinished(() => void other.kill());
  write(root, "lock", String(other.pid));
  await expect(waiting()).rejects.toThrow("aborted");
  expect(said).toEqual([expect.stringContaining(`process ${other.pid}`)]);
  write(root, "lock", String(process.pid));
  await expect(waiting()).rejects.toThrow("aborted");
  expect(said).toHaveLength(1);
});

test("a release removes no lock of somebody else", async () => {
  const root = folder();
  const release = await lock(join(root, "lock"), { say: silent });
  write(root, "lock", `${process.pid} other`);
  release();
  expect(readFileSync(join(root, "lock"), "utf8")).toContain("other");
});
