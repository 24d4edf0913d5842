/** The bench must not look better than what it measured. */
import { expect, test } from "vitest";
import { report, type Measured } from "./report.ts";
import { SERVERS } from "./servers.ts";

const measured = (id: string, perSecond: number): Measured => {
  const result = { perSecond, p50: 1, p99: 2, answered: 100 };
  return { server: SERVERS.find((server) => server.id === id)!, model: "echo", cores: "free", figures: { startMs: 1, single: result, many: result, processorMs: 1, memory: 1 } };
};

const aims = (all: readonly Measured[]): string => report(all, new Map(), "once").join("\n");

test("an aim is met, missed, or not measured", () => {
  expect(aims([measured("ours", 600), measured("azmlinfsrv", 100)])).toContain("met    echo at 16: 6.00 x azmlinfsrv (aim: at least 5 x)");
  expect(aims([measured("ours", 400), measured("azmlinfsrv", 100)])).toContain("MISSED echo at 16: 4.00 x azmlinfsrv (aim: at least 5 x)");
  expect(aims([measured("ours", 400)])).toContain("?      echo at 16: not measured (aim: at least 5 x)");
});

test("every aim is told of, even when nothing was measured", () => {
  const lines = aims([]).split("\n").filter((line) => line.includes("not measured"));
  expect(lines).toHaveLength(7);
});
