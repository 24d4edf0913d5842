/** The quickstart as a person meets it: ONNX, a split, a shadow. */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Dev } from "./dev.ts";
import { labelOf, wine } from "./wine.ts";

const { labels, row, rows } = wine("quickstart");

let dev: Dev;
beforeAll(async () => {
  dev = new Dev(".");
  await dev.line(/^curl /);
});
afterAll(() => dev.close());

describe("the quickstart", () => {
  it("prints a line that begins with curl and answers when pasted", async () => {
    const line = await dev.line(/^curl /);
    const answer = execFileSync("sh", ["-c", line], { encoding: "utf8" });
    expect(labelOf(answer)).toBeTypeOf("number");
  });

  it.each(["blue", "green", "indigo"])("%s gives every label that scikit-learn gave, row by row", async (deployment) => {
    const got: (number | undefined)[] = [];
    for (const [i] of rows.entries()) {
      const answer = await dev.post(row(i), { "azureml-model-deployment": deployment });
      expect(answer).toMatchObject({ status: 200, deployment });
      got.push(labelOf(answer.body));
    }
    expect(got).toEqual(labels[deployment]);
  });

  it("the models differ on some rows, so that the labels above tell them apart", () => {
    expect(labels["blue"]).not.toEqual(labels["green"]);
    expect(labels["blue"]).not.toEqual(labels["indigo"]);
  });

  it("shares 10,000 requests 90/10, copies 20 % to the shadow, and no caller sees the shadow", async () => {
    const mark = dev.lines.length;
    const answers = await dev.load(10_000, 2, row);
    const by = (name: string) => answers.filter(({ deployment }) => deployment === name).length;
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(by("green") / answers.length).toBeGreaterThan(0.09);
    expect(by("green") / answers.length).toBeLessThan(0.11);
    expect(by("blue") + by("green")).toBe(answers.length);
    for (const [i, { body, deployment }] of answers.entries()) expect(labelOf(body)).toBe(labels[deployment ?? ""]?.[i % rows.length]);
    const copies = await dev.until(() => {
      const count = dev.lines.slice(mark).filter((line) => line.startsWith("wine/indigo | ") && line.includes("POST")).length;
      return count > 1800 ? count : undefined;
    });
    expect(copies).toBeLessThan(2200);
  }, 120_000);

  it("goes on for callers as if nothing were when the shadow is killed", async () => {
    const [shadow] = dev.processes("main.js", "indigo");
    process.kill(shadow ?? Number.NaN, "SIGKILL");
    const answers = await dev.load(500, 2, row);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    await dev.until(() => (dev.lines.filter((line) => line === "wine/indigo is ready").length > 1 ? true : undefined));
  });

  it("answers for itself: wrong key, no key, unknown path, unknown deployment, no JSON, nothing at all", async () => {
    const post = async (body: string, headers?: Record<string, string>) => (await dev.post(body, headers)).status;
    expect(await post(row(0), { authorization: "Bearer wrong" })).toBe(401);
    expect(await post(row(0), { authorization: "" })).toBe(401);
    expect(await post(row(0), { "azureml-model-deployment": "grey" })).toBe(404);
    expect(await post("not json")).toBe(424);
    expect(await post("")).toBe(424);
    expect((await fetch(new URL("/nowhere", await dev.url()))).status).toBe(404);
  });
});
