import { spawnSync } from "node:child_process";
import { readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findRunning, noteRunning } from "../../lib/cli/running.ts";
import { folder, write } from "./support.ts";

const wine = { name: "wine", url: "http://127.0.0.1:1/endpoints/wine", port: 1, keys: "/keys.json" };

test("what runs is found beside notes that are corrupt, vanish or were left by a killed process; those of the dead are removed", () => {
  const root = folder();
  const stack = "inference-endpoints/0123456789ab/dev";
  const { pid: dead } = spawnSync(process.execPath, ["-e", ""]);
  noteRunning(join(root, stack), [wine]);
  write(root, `${stack}/running-${dead}.json`, JSON.stringify({ pid: dead, endpoints: [{ ...wine, name: "old" }] }));
  write(root, `${stack}/running-${process.ppid}.json`, '{"pid": ');
  write(root, "inference-endpoints/0123456789ab/other/running-1.json", "null");
  symlinkSync(join(root, "nowhere"), join(root, `${stack}/running-2.json`));
  expect(findRunning({ XDG_STATE_HOME: root })).toEqual([wine]);
  expect(readdirSync(join(root, stack))).not.toContain(`running-${dead}.json`);
  expect(readdirSync(join(root, stack))).toContain(`running-${process.pid}.json`);
});
