/** A scoring script and scikit-learn, with the split of the program. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { python } from "../python.ts";
import { BLUE_GREEN, exampleCases } from "./cases/example.ts";
import { Dev } from "./dev.ts";
import { arenaOf } from "./on-dev.ts";
import { conformance, type Arena } from "./suite.ts";
import { wine } from "./wine.ts";

const { row } = wine("blue-green");

let dev: Dev;
let arena: Arena;
beforeAll(async () => {
  dev = new Dev("examples/blue-green", ["--python", python]);
  arena = arenaOf(dev, "examples/blue-green");
  await dev.line(/^curl /);
});
afterAll(() => arena[Symbol.asyncDispose]());

describe("the Python example", () => {
  conformance("blue-green", "dev", () => arena, exampleCases(BLUE_GREEN));

  // Three times a worker begins anew, which takes Python its time on a machine that does other things too.
  it("loses only what a worker held when it is killed under load, and goes on", { timeout: 120_000 }, async () => {
    const blue = { "azureml-model-deployment": "blue" };
    // As many as blue lets in: two at its two workers, two in the queue.
    await using load = dev.endless(4, row, blue);
    const starts = (): number => dev.lines.filter((line) => /blue.*init has completed/.test(line)).length;
    for (const held of [false, true, true]) {
      await load.more(20);
      const [victim = Number.NaN, ...others] = dev.workersOf("blue");
      expect(others).toHaveLength(1);
      // A stopped worker gets its next request and keeps it, while the other one goes on answering: this kill is sure to hit one.
      if (held) process.kill(victim, "SIGSTOP");
      if (held) await load.more(20);
      const before = starts();
      process.kill(victim, "SIGKILL");
      await dev.until(() => (starts() > before ? true : undefined));
    }
    await load.more(20);
    await load.stop();
    const lost = load.answers.filter(({ status }) => status !== 200);
    expect(lost.map(({ modelStatus, status }) => [status, modelStatus])).toEqual(lost.map(() => [424, "502"]));
    expect(lost.length).toBeGreaterThanOrEqual(2);
    expect(lost.length).toBeLessThanOrEqual(3);
    expect(load.answers.slice(-20).map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  });
});
