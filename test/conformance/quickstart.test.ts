/** The quickstart as a person meets it: ONNX, a split, a shadow. */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exampleCases, QUICKSTART } from "./cases/example.ts";
import { Dev } from "./dev.ts";
import { arenaOf } from "./on-dev.ts";
import { conformance, type Arena } from "./suite.ts";
import { labelOf, wine } from "./wine.ts";

const { labels, row } = wine("quickstart");

let dev: Dev;
let arena: Arena;
beforeAll(async () => {
  dev = new Dev(".");
  arena = arenaOf(dev, ".");
  await dev.line(/^curl /);
});
afterAll(() => arena[Symbol.asyncDispose]());

describe("the quickstart", () => {
  it("prints a line that begins with curl and answers when pasted", async () => {
    const line = await dev.line(/^curl /);
    const answer = execFileSync("sh", ["-c", line], { encoding: "utf8" });
    expect(labelOf(answer)).toBeTypeOf("number");
  });

  it("the models differ on some rows, so that the labels above tell them apart", () => {
    expect(labels["blue"]).not.toEqual(labels["green"]);
    expect(labels["blue"]).not.toEqual(labels["indigo"]);
  });

  it("goes on for callers as if nothing were when the shadow is killed", async () => {
    const [shadow] = dev.processes("main.js", "indigo");
    process.kill(shadow ?? Number.NaN, "SIGKILL");
    const answers = await dev.load(500, 2, row);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    await dev.until(() => (dev.lines.filter((line) => line === "wine/indigo is ready").length > 1 ? true : undefined));
  });

  // Last, so that the shadow's new server gets its copies too.
  conformance("quickstart", "dev", () => arena, exampleCases(QUICKSTART));
});
