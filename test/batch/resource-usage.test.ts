/** What machines and processes use, every ten minutes. */
import { closeSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ProcessLog } from "../../lib/scoring/batch/process-log.ts";
import { ResourceUsage } from "../../lib/scoring/batch/resource-usage.ts";

vi.mock(import("node:fs"), async (original) => {
  const fs = await original();
  return { ...fs, closeSync: vi.fn<typeof fs.closeSync>(fs.closeSync) };
});

/** Rows of processes: elsewhere nobody tells of them. */
const TOLD = process.platform === "linux" ? 4 : 0;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "usage-"));
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

const rows = (name: string): string[][] =>
  readFileSync(join(folder, "perf/n1", name), "utf8").trimEnd().split("\n").slice(1).map((line) => line.split(","));

test("a row of the machine and of each process, every 600 s; at the end, one of the machine; a process that is gone has none", () => {
  const usage = new ResourceUsage(folder, "n1", () => [{ name: "process000", pid: process.pid }, { name: "process001", pid: undefined }, { name: "process002", pid: 2 ** 22 + 1 }]);
  vi.advanceTimersByTime(599_999);
  expect(() => rows("node_resource_usage.csv")).toThrow("ENOENT");
  vi.advanceTimersByTime(600_001);
  usage.last({ name: "process000", pid: process.pid });
  usage.end();
  vi.advanceTimersByTime(6_000_000);
  expect(rows("node_resource_usage.csv")).toHaveLength(3);
  const processes = TOLD === 0 ? [] : rows("processes_resource_usage.csv");
  expect(processes.map(([, name, pid, , memory]) => [name, Number(pid), Number(memory) > 1_000_000])).toEqual(Array.from({ length: TOLD }, () => ["process000", process.pid, true]));
  for (const [, percent = "", used, total] of rows("node_resource_usage.csv")) {
    expect([/^\d+\.\d$/.test(percent), Number(percent) <= 100]).toEqual([true, true]);
    expect([Number(used) > 0, Number(used) <= Number(total)]).toEqual([true, true]);
  }
});

test("a run after another goes on in the same file; what cannot be written is left out, of processes and of the machine", () => {
  // A full disk may take the file and not the line.
  const csv = join(folder, "perf/n1/node_resource_usage.csv");
  mkdirSync(join(folder, "perf/n1"), { recursive: true });
  writeFileSync(csv, "");
  for (let run = 0; run < 2; run++) new ResourceUsage(folder, "n1", () => []).end();
  expect(readFileSync(csv, "utf8").match(/^time,/gm)).toHaveLength(1);
  expect(rows("node_resource_usage.csv")).toHaveLength(2);
  const file = join(folder, "file");
  writeFileSync(file, "");
  const log = new ProcessLog(file, "n1", "process000");
  const usage = new ResourceUsage(file, "n1", () => []);
  expect(() => [log.say("x"), log.close(), log.say("y"), usage.end()]).not.toThrow();
});

test("a log whose end the file system refuses costs no job anything", () => {
  const log = new ProcessLog(folder, "n1", "process000");
  log.say("a try");
  vi.mocked(closeSync).mockImplementationOnce(() => {
    throw Object.assign(new Error("EIO: i/o error, close"), { code: "EIO" });
  });
  expect(() => [log.close(), log.close()]).not.toThrow();
  expect(vi.mocked(closeSync).mock.results.map(({ type }) => type)).toContain("throw");
  expect(readFileSync(join(folder, "sys/node/n1/process000.txt"), "utf8")).toMatch(/^[-\dT:.]+Z a try\n$/);
});
