/** The README's table of what works where is what the conformance suite has shown. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { FEATURES, TARGETS } from "../conformance/feature.ts";
import { parityTable, tableIn, withTable } from "../conformance/parity.ts";

const readme = readFileSync(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");

test("the table is printed from the results: node test/conformance/write-parity.ts", () => {
  expect(tableIn(readme)).toBe(parityTable());
});

test("every feature has been shown on every target, and holds", () => {
  const cells = parityTable().trimEnd().split("\n").slice(2).map((line) => line.split(" | ").map((cell) => cell.replaceAll("|", "").trim()));
  expect(cells.map((row) => row.length)).toEqual(Object.keys(FEATURES).map(() => 1 + Object.keys(TARGETS).length));
  expect(cells.flat().filter((cell) => cell === "" || cell.includes("FAILS"))).toEqual([]);
});

test("a table that was written by hand is found out", () => {
  const [, row = ""] = (tableIn(readme) ?? "").split("\n").slice(1);
  const spoiled = readme.replace(row, row.replace(/yes/, "no"));
  expect(tableIn(spoiled)).not.toBe(parityTable());
  expect(withTable(spoiled)).toBe(readme);
});
