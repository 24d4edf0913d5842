import { array, assert, constantFrom, double, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { backOffMs, countDeaths } from "../../lib/local/back-off.ts";
import { evenly, shareAt, STEPS } from "../../lib/local/shares.ts";

test("any split of any start gives each its percent, on every second request too", () => {
  const cuts = array(integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 5 });
  assert(
    property(cuts, double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), constantFrom(1, 2, 3), (raw, start, every) => {
      const marks = [0, ...raw.toSorted((a, b) => a - b), 100];
      const shares = marks.slice(1).map((mark, index) => ({ deployment: `d${index}`, percent: mark - marks[index]! }));
      const source = evenly(STEPS.split, start);
      const counts = new Map<string, number>();
      for (let request = 0; request < 1000 * every; request += 1) {
        const name = shareAt(shares, source());
        if (request % every === 0) counts.set(name!, (counts.get(name!) ?? 0) + 1);
      }
      for (const { deployment, percent } of shares) expect(Math.abs((counts.get(deployment) ?? 0) - percent * 10)).toBeLessThanOrEqual(10);
    }),
    { numRuns: 50 },
  );
});

test("zero percent is never chosen, and nothing is when all are zero", () => {
  const zero = { deployment: "zero", percent: 0 };
  expect(shareAt([zero, { deployment: "all", percent: 100 }], 0)).toBe("all");
  expect(shareAt([{ deployment: "all", percent: 100 }, zero], 1 - Number.EPSILON)).toBe("all");
  expect(shareAt([zero], 0)).toBeUndefined();
  expect(shareAt([], 0)).toBeUndefined();
});

test("the wait doubles up to ten seconds and begins again after a healthy life", () => {
  expect(Array.from({ length: 9 }, (_, deaths) => backOffMs(deaths))).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  expect(backOffMs(5000)).toBe(10_000);
  expect(countDeaths(7, undefined)).toBe(7);
  expect(countDeaths(7, 9999)).toBe(7);
  expect(countDeaths(7, 10_000)).toBe(0);
});
