/** Parts of `examples/pipeline` alone: shares, the file that keeps them, and the command line. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { inWords, sameSplit, StackFile, withShare } from "../../examples/pipeline/split.ts";
import { top } from "./cli.ts";

describe("withShare", () => {
  test("the others share the rest as before", () => expect(withShare({ blue: 60, red: 40, green: 0 }, "green", 10)).toEqual({ blue: 54, red: 36, green: 10 }));
  test("keeps the order of names", () => expect(inWords(withShare({ green: 0, blue: 100 }, "green", 10))).toBe("green 10 %, blue 90 %"));
  test("everything takes the others to 0", () => expect(withShare({ blue: 60, red: 40, green: 0 }, "green", 100)).toEqual({ blue: 0, red: 0, green: 100 }));
  test("where nobody has traffic, everything at once is all there is", () => {
    expect(withShare({ blue: 0, green: 0 }, "green", 100)).toEqual({ blue: 0, green: 100 });
    expect(() => withShare({ blue: 0, green: 0 }, "green", 10)).toThrow("nobody can have the other 90 %");
  });
  test("sums to 100 in whole percents, whatever there was", () => {
    const others = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 19 }).filter((shares) => shares.some((share) => share > 0));
    fc.assert(
      fc.property(others, fc.integer({ min: 0, max: 100 }), (shares, share) => {
        const made = Object.values(withShare({ ...Object.fromEntries(shares.map((each, i) => [`d${i}`, each])), green: 3 }, "green", share));
        expect(made.every((each) => Number.isInteger(each) && each >= 0)).toBe(true);
        expect(made.reduce((total, each) => total + each, 0)).toBe(100);
      }),
    );
  });
});

test("splits are the same whatever is at 0", () => {
  expect(sameSplit({ blue: 100 }, { blue: 100, green: 0 })).toBe(true);
  expect(sameSplit({ blue: 100 }, { blue: 90, green: 10 })).toBe(false);
});

describe("the stack's file", () => {
  const opened = (text: string) => {
    const folder = mkdtempSync(join(tmpdir(), "stack-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, "Pulumi.yaml"), "name: shop\n");
    writeFileSync(join(folder, "Pulumi.prod.yaml"), text);
    return { file: new StackFile(folder, "team/shop/prod"), text: () => readFileSync(join(folder, "Pulumi.prod.yaml"), "utf8") };
  };
  const before = "encryptionsalt: v1:abc\nconfig:\n  shop:key:\n    secure: v1:def\n  # who answers\n  shop:traffic:\n    blue: 100\n    green: 0\n";

  test("keeps everything else, and comes back as it was", () => {
    const { file, text } = opened(before);
    expect(file.read()).toEqual({ blue: 100, green: 0 });
    file.write({ blue: 90, red: 10 });
    expect(text()).toBe(before.replace("blue: 100\n    green: 0", "blue: 90\n    red: 10"));
    file.restore();
    expect(text()).toBe(before);
  });

  test("says what is missing", () => {
    expect(() => opened("config: {}\n").file.read()).toThrow("Pulumi.prod.yaml has no shop:traffic");
    expect(() => new StackFile(top, "no-such-stack")).toThrow(/Pulumi\.no-such-stack\.yaml cannot be read/);
  });
});

test.each([
  [["--stack", "dev"], "rollout.ts <deployment> --stack <stack>"],
  [["green"], "rollout.ts <deployment> --stack <stack>"],
  [["green", "--stack", "dev", "--nonsense"], "Unknown option '--nonsense'"],
  [["green", "--stack", "dev", "--steps", "10,5"], "--steps: expected whole percents that grow, such as 10,50,100; got 10,5"],
  [["green", "--stack", "dev", "--steps", "0"], '--steps: expected a number from 1 to 100; got "0"'],
  [["green", "--stack", "dev", "--min-ok", "101"], '--min-ok: expected a number from 0 to 100; got "101"'],
  [["green", "--stack", "dev", "--at-once", "1.5"], '--at-once: expected a whole number; got "1.5"'],
  [["green", "--stack", "dev", "--requests", "many"], '--requests: expected a number from 1; got "many"'],
  [["green", "--stack", "dev"], "a key of the endpoint is missing"],
])("the command line %j is refused", (args, message) => {
  const env = { ...process.env, INFERENCE_ENDPOINTS_KEY: "" };
  const { status, stderr, stdout } = spawnSync(process.execPath, [`${top}examples/pipeline/rollout.ts`, ...args], { encoding: "utf8", env });
  expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: "", stderr: expect.stringContaining(message) });
});

test.each([
  ["two\nkeys", [], "the key is no single word"],
  ["", ["--key-command", "echo secret; echo denied >&2; exit 3"], "--key-command printed no key (exit code 3): denied"],
])("a key %j, %j is refused without a word of it", (key, args, message) => {
  const rollout = [`${top}examples/pipeline/rollout.ts`, "green", "--stack", "dev", "--dev", "http://127.0.0.1:9/score", ...args];
  const { status, stderr, stdout } = spawnSync(process.execPath, rollout, { encoding: "utf8", env: { ...process.env, INFERENCE_ENDPOINTS_KEY: key } });
  expect({ status, stderr, stdout }).toEqual({ status: 1, stderr: "", stdout: expect.stringContaining(message) });
  expect(stdout).not.toMatch(/two|secret/);
});
