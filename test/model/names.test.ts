import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { azureName, nameProblem, pairName } from "../../lib/model/names.ts";
import { naming } from "./declare.ts";

/** Azure's rule for endpoints and deployments: 3 to 32, a letter first, letters, digits and single dashes. */
const AZURE = /^(?=.{3,32}$)[A-Za-z](?:-?[A-Za-z0-9])*$/;
/** RFC 1123 label: names of Services, and values of labels. */
const LABEL = /^(?=.{1,63}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

const anyText = fc.oneof(fc.string({ maxLength: 40 }), fc.stringMatching(/^[a-z][a-z0-9-]{0,39}$/), fc.stringMatching(/^[a-z](-?[a-z0-9]){2,31}$/));

describe("names", () => {
  it("that pass are legal on every target", () => {
    let passed = 0;
    fc.assert(
      fc.property(anyText, (value) => {
        if (nameProblem(value) !== undefined) return;
        passed++;
        expect(value).toMatch(AZURE);
        expect(value).toMatch(LABEL);
      }),
      { numRuns: 2000 },
    );
    expect(passed).toBeGreaterThan(100);
  });

  it.each(["abc", "a1b", "a-b", "a".repeat(32)])("%s passes", (value) => expect(nameProblem(value)).toBeUndefined());

  it.each(["", "ab", "a".repeat(33), "1ab", "-ab", "ab-", "a--b", "Abc", "a_b", "a.b", "ä-b", "abc\n"])("%j does not", (value) => {
    expect(nameProblem(value)).toBeDefined();
  });

  it("of Azure's default are legal whatever the logical name's length", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z](-?[a-z0-9]){2,60}$/), (logical) => {
        expect(azureName(logical, naming)).toMatch(AZURE);
      }),
    );
  });

  it("of Azure's default stay two where long logical names begin alike", () => {
    const long = "credit-scoring-of-small-business";
    expect(azureName(`${long}-east`, naming)).not.toBe(azureName(`${long}-west`, naming));
  });

  it("of pairs never clash, because single names hold no double dash", () => {
    const name = fc.stringMatching(/^[a-z](-?[a-z0-9]){2,10}$/);
    fc.assert(
      fc.property(name, name, name, name, (a, b, c, d) => {
        expect(pairName(a, b) === pairName(c, d)).toBe(a === c && b === d);
      }),
    );
  });
});
