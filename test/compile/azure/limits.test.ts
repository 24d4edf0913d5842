import { describe, expect, it } from "vitest";
import { limitVerdict } from "../../../lib/compile/azure/verdict-limits.ts";

const said = (...[counted]: Parameters<typeof limitVerdict>) => {
  const { problems, warnings } = limitVerdict(counted);
  return { problems: problems.map(({ message, path }) => `${path}: ${message}`), warnings: warnings.map(({ message, path }) => `${path}: ${message}`) };
};

describe("Azure's limits on all of a program", () => {
  it("are met by as many as they name", () => {
    expect(said({ region: { endpoints: 100, deployments: 500 }, cluster: { endpoints: 60, deployments: 100 } })).toEqual({ problems: [], warnings: [] });
  });

  it("of a region are warned of, because they can be raised", () => {
    expect(said({ region: { endpoints: 101, deployments: 501 } })).toEqual({
      problems: [],
      warnings: [
        "target: Azure takes 100 endpoints in a region and subscription unless you have asked for more, and this program has 101",
        "target: Azure takes 500 deployments in a region and subscription unless you have asked for more, and this program has 501",
      ],
    });
  });

  it("of a cluster are refused", () => {
    expect(said({ region: { endpoints: 1, deployments: 1 }, cluster: { endpoints: 61, deployments: 101 } }).problems).toEqual([
      "azure.compute: a cluster takes 60 endpoints at most, and this program has 61 on it",
      "azure.compute: a cluster takes 100 deployments at most, and this program has 101 on it",
    ]);
  });
});
