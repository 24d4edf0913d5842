/** `.ci/run` tests no image where there can be no Docker, and must not take a defect for that. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ask = (env: NodeJS.ProcessEnv) => {
  const { status, stdout } = spawnSync(process.execPath, [fileURLToPath(new URL("available.ts", import.meta.url))], { encoding: "utf8", env: { ...process.env, ...env } });
  return { status, stdout };
};

test("a machine without Docker is told from one where the question itself fails", () => {
  expect(ask({ PATH: "/nonexistent" })).toEqual({ status: 75, stdout: expect.stringContaining("not installed: docker") });
  expect(ask({ XDG_CACHE_HOME: "/dev/null" })).toEqual({ status: 1, stdout: "" });
});

test("a machine where containers run", () => {
  expect(ask({})).toEqual({ status: 0, stdout: "" });
});
