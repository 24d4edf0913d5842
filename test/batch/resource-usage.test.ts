/** What machines and processes use, every ten minutes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ProcessLog } from "../../lib/scoring/batch/process-log.ts";
import { ResourceUsage } from "../../lib/scoring/batch/resource-usage.ts";

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
  expect(rows("processes_resource_usage.csv").map(([, name, pid]) => [name, Number(pid)])).toEqual(Array.from({ length: 4 }, () => ["process000", process.pid]));
  for (const [, percent = "", used, total] of rows("node_resource_usage.csv")) {
    expect([/^\d+\.\d$/.test(percent), Number(percent) <= 100]).toEqual([true, true]);
    expect([Number(used) > 0, Number(used) <= Number(total)]).toEqual([true, true]);
  }
});

test("what cannot be written is left out, of processes and of the machine", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  const log = new ProcessLog(file, "n1", "process000");
  const usage = new ResourceUsage(file, "n1", () => []);
  expect(() => [log.say("x"), log.close(), log.say("y"), usage.end()]).not.toThrow();
});
