/** What is written where the room ends. */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { scratch } from "./service.ts";

const module = fileURLToPath(new URL("../../lib/scoring/batch/write-lines.ts", import.meta.url));

/** Writes a file of 200,000 bytes in a process that may write files of so many kilobytes. */
const written = (kilobytes: number | "unlimited", path: string): string => {
  const code = `import(process.argv[1]).then(({ writeLines }) => console.log(writeLines(process.argv[2], Array(2000).fill("x".repeat(99))))).catch(({ code }) => console.log(code))`;
  return spawnSync("bash", ["-c", `ulimit -f ${kilobytes} && exec "$0" -e "$1" "$2" "$3"`, process.execPath, code, module, path], { encoding: "utf8", env: { PATH: process.env["PATH"] } }).stdout.trim();
};

test("a last write that is cut short is followed by the rest, which is refused where there is no room", () => {
  const folder = scratch();
  expect(written("unlimited", join(folder, "whole"))).toBe("200000");
  // In its last 3,200 bytes.
  expect(written(194, join(folder, "part"))).toBe("EFBIG");
  expect(statSync(join(folder, "part")).size).toBe(194 * 1024);
});
