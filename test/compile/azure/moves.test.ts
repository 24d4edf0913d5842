/** What a preview says of another place. */
import { describe, expect, it } from "vitest";
import { movedBy, moveLine, moveProblem, placedIn, placeOf, unsureOf, type Placed } from "../../../lib/compile/azure/moves.ts";
import { parseAny } from "../../../lib/model/parse.ts";
import { azureTarget, batchDeclaration, declaration, naming } from "../../model/declare.ts";

const place = (changes: object = {}): Placed | undefined => placeOf(parseAny<unknown>("credit", declaration({ name: "credit-prod", target: azureTarget, ...changes }), naming).endpoint);
const moved = (changes: object, target: object): string[] => movedBy(place(), place({ ...changes, target: { ...azureTarget, ...target } }));

describe("where an endpoint is", () => {
  it("is its name, what it lies in, and whether requests arrive there", () => {
    expect(place({ traffic: { blue: 100 } })).toEqual({ name: "credit-prod", resourceGroupName: "rg", workspaceName: "ws", location: "westeurope", live: true });
    expect(place({ traffic: {} })).toMatchObject({ live: false });
    expect(place({ traffic: { blue: 0, green: 0 } })).toMatchObject({ live: false });
    expect(placeOf(parseAny<unknown>("night", batchDeclaration({ target: azureTarget }), naming).endpoint)).toMatchObject({ live: false });
  });

  it("is live with traffic to another program's deployment too, which would go with it", () => {
    expect(place({ deployments: { green: "external" }, traffic: { green: 100 } })).toMatchObject({ live: true });
  });

  it("is read from a component's inputs, and from those alone", () => {
    expect(placedIn({ azure: place() })).toEqual(place());
    for (const other of [undefined, {}, { azure: "no" }]) expect(placedIn(other)).toBeUndefined();
  });
});

describe("another place", () => {
  it.each(["resourceGroupName", "workspaceName", "location"] as const)("by its %s moves the endpoint", (key) => {
    expect(moved({}, { [key]: "other" })).toEqual([key]);
    expect(moveProblem([key])).toMatch(new RegExp(`^target\\.${key} is another .* Give it another "name", .*; or give traffic: \\{\\} and run pulumi up first$`));
  });

  it("is said where nobody knows it yet, of an endpoint with traffic", () => {
    const unknown = { ...(place() as Placed), workspaceName: Symbol("unknown") };
    const live = { ...(place() as Placed), live: true };
    expect(moveLine([], unsureOf(live, unknown))).toBe("target.workspaceName is not known yet: another than now would delete the endpoint, which has live traffic, before it is made again there");
    expect([moveLine([], unsureOf({ ...live, live: false }, unknown)), moveLine([], unsureOf(live, place())), moveLine(["location"], ["workspaceName"])]).toEqual([undefined, undefined, expect.stringMatching(/^location changed: the endpoint is deleted/)]);
  });

  it("is none under another name, written otherwise, or not known yet", () => {
    expect(moved({ name: "credit-2" }, { workspaceName: "other" })).toEqual([]);
    expect(moved({}, { location: "West Europe" })).toEqual([]);
    expect(movedBy(place(), { ...(place() as Placed), workspaceName: Symbol("unknown") })).toEqual([]);
    expect(movedBy(undefined, place())).toEqual([]);
    expect(movedBy(place(), undefined)).toEqual([]);
  });
});
