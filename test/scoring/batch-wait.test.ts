/** How long batches that are not full wait for more: the same steps in both languages, at a clock that the test turns. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { batchWait } from "../../lib/scoring/online/batch-wait.ts";
import { python } from "../python.ts";

/** `free`: at, waiting. `left`: at, waiting, milliseconds expected. `ran`: count, milliseconds. */
type Step = readonly ["free", number, number] | readonly ["left", number, number, number] | readonly ["ran", number, number];

interface Case {
  readonly name: string;
  readonly most: number;
  readonly waitMs?: number;
  readonly steps: readonly Step[];
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const cases = JSON.parse(readFileSync(here("batch-wait.json"), "utf8")) as Case[];

test.each(cases)("$name", ({ most, waitMs, steps }) => {
  let now = 0;
  let oldestAt: number | undefined;
  const wait = batchWait(most, waitMs, () => now);
  const left: number[] = [];
  for (const [what, first, second] of steps) {
    if (what === "ran") {
      wait.ran(first, second);
      continue;
    }
    now = first;
    if (what === "free") {
      oldestAt = undefined;
      wait.free(second);
    } else left.push(wait.leftMs(second, (oldestAt ??= now)));
  }
  expect(left).toEqual(steps.flatMap((step) => (step[0] === "left" ? [step[3]] : [])));
});

test("Python waits as long", () => {
  expect(execFileSync(python, [here("batch_wait_test.py")], { encoding: "utf8" })).toBe(`${cases.length} cases\n`);
});
