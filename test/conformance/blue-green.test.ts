/** A scoring script and scikit-learn, with the split of the program. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { python } from "../python.ts";
import { Dev } from "./dev.ts";
import { labelOf, wine } from "./wine.ts";

const { labels, row, rows } = wine("blue-green");

let dev: Dev;
beforeAll(async () => {
  dev = new Dev("examples/blue-green", ["--python", python]);
  await dev.line(/^curl /);
});
afterAll(() => dev.close());

describe("the Python example", () => {
  it.each(["blue", "green"])("%s gives every label that scikit-learn gave, row by row", async (deployment) => {
    const got: (number | undefined)[] = [];
    for (const [i] of rows.entries()) {
      const answer = await dev.post(row(i), { "azureml-model-deployment": deployment });
      expect(answer).toMatchObject({ status: 200, deployment });
      got.push(labelOf(answer.body));
    }
    expect(got).toEqual(labels[deployment]);
  });

  it("shares requests 90/10", async () => {
    const answers = await dev.load(2_000, 2, row);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const green = answers.filter(({ deployment }) => deployment === "green").length / answers.length;
    expect(green).toBeGreaterThan(0.08);
    expect(green).toBeLessThan(0.12);
  });

  it("loses only what a worker held when it is killed under load, and goes on", async () => {
    const blue = { "azureml-model-deployment": "blue" };
    // As many as blue lets in: two at its two workers, two in the queue.
    const load = dev.endless(4, row, blue);
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
