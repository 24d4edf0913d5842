/** The table of rules is whole: every rule has a number of its own, does something, and is shown to do it. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { RULES } from "./rules.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const files = globSync("**/*.ts", { cwd: here });
const text = (chosen: readonly string[]): string => chosen.map((file) => readFileSync(here + file, "utf8")).join("\n");
const tests = text(files.filter((file) => file.endsWith(".test.ts") && file !== "rules.test.ts"));
const source = text(files.filter((file) => !file.endsWith(".test.ts") && file !== "rules.ts"));

test("numbers are given once, in order", () => {
  const numbers = Object.values(RULES).map(({ number }) => number);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
});

test("every rule does something", () => {
  expect(Object.keys(RULES).filter((name) => !new RegExp(`"${name}"|RULES\\.${name}\\b`).test(source))).toEqual([]);
});

test("every rule has a test that names it", () => {
  const named = (number: number): boolean => new RegExp(`rules? (\\d+, )*(\\d+ and )?${number}\\b|^ *\\[${number}, `, "m").test(tests);
  expect(Object.values(RULES).flatMap(({ number }) => (named(number) ? [] : [number]))).toEqual([]);
});
