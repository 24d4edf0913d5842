/** What a journal says of mini-batches whose process has died. */
import { mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Journal } from "../../lib/scoring/batch/journal.ts";
import { layoutOf, partOf } from "../../lib/scoring/batch/layout.ts";
import { scratch } from "./service.ts";

const counted = { items: 1, failed: 0, succeeded: true };

/** Processes that write one after another and never say that they end. */
const after = (...lives: readonly ((journal: Journal) => void)[]): Journal => {
  const layout = layoutOf(scratch(), "predictions.csv", false);
  mkdirSync(layout.parts, { recursive: true });
  writeFileSync(partOf(layout, 0), "0\n");
  for (const live of lives) live(new Journal(layout, 4));
  return new Journal(layout, 4);
};

const begin = (...numbers: readonly number[]) => (journal: Journal): void => numbers.forEach((n) => journal.begin(n));

const stands = (journal: Journal): object => ({ suspects: [...journal.suspects].toSorted(), tries: [0, 1, 2, 3].map((n) => journal.tries(n)) });

test("of several that ran, none has had a try, and each is to run alone", () => {
  expect(stands(after(begin(1, 2)))).toEqual({ suspects: [1, 2], tries: [0, 0, 0, 0] });
});

test("of one that ran alone, it was a try", () => {
  expect(stands(after(begin(1, 2), begin(1), begin(1)))).toEqual({ suspects: [1, 2], tries: [0, 2, 0, 0] });
});

test("what was done, or given back, is suspected of nothing", () => {
  const live = (journal: Journal): void => {
    begin(0, 1, 2)(journal);
    journal.done(0, 2, counted);
    journal.back(1);
  };
  expect(stands(after(live))).toEqual({ suspects: [2], tries: [1, 0, 1, 0] });
  expect(stands(after(begin(0, 1), (journal) => journal.done(0, 2, counted)))).toEqual({ suspects: [1], tries: [0, 0, 0, 0] });
});

test("a try that has failed is one, whoever runs beside the next", () => {
  expect(stands(after(begin(1, 2, 1)))).toEqual({ suspects: [1, 2], tries: [0, 1, 0, 0] });
});

test("what stands in lines from before may have left something", () => {
  const journal = after(begin(1));
  expect([journal.hasPast(1), journal.hasPast(2)]).toEqual([true, false]);
  begin(2, 2)(journal);
  expect(journal.hasPast(2)).toBe(true);
});
