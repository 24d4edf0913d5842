/** The queue that things leave from its middle, against an array. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Held } from "../../lib/scoring/online/held.ts";
import { LinkedList } from "../../lib/scoring/online/linked-list.ts";
import type { Link } from "../../lib/scoring/online/linked-list.ts";

/** Adds (a number), or removes what was the so manieth to be added (a negative one). */
const steps = fc.array(fc.integer({ min: -30, max: 30 }), { maxLength: 60 });

test("it holds what was added and has not left, the oldest first", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const [list, links, expected] = [new LinkedList<number>(), [] as Link<number>[], [] as Link<number>[]];
      for (const step of all) {
        const link = step < 0 ? links[-step - 1] : undefined;
        if (step >= 0) {
          const added = list.add(step);
          links.push(added);
          expected.push(added);
        } else if (link !== undefined) {
          const at = expected.indexOf(link);
          expect(list.remove(link)).toBe(at >= 0);
          if (at >= 0) expected.splice(at, 1);
        }
        expect(list.size).toBe(expected.length);
        expect(list.first).toBe(expected[0]);
      }
      for (const link of expected) {
        expect(list.first).toBe(link);
        list.remove(link);
      }
      expect(list.first).toBeUndefined();
    }),
  );
});

test("what has left refers to nobody, or it would keep alive who came after it", () => {
  const list = new LinkedList<string>();
  const [first, second] = [list.add("a"), list.add("b")];
  list.remove(first);
  expect(Object.values(first).includes(second)).toBe(false);
  expect(Object.values(second).includes(first)).toBe(false);
});

test("what a worker holds is found by its number, once", () => {
  const held = new Held<{ id: number }>();
  const [first, second] = [{ id: 7 }, { id: 8 }];
  held.add(first);
  held.add(second);
  expect([held.get(8), held.get(9), held.size]).toEqual([second, undefined, 2]);
  expect([held.remove(7), held.remove(7), held.all]).toEqual([first, undefined, [second]]);
  expect([held.clear(), held.size]).toEqual([[second], 0]);
});
