import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { bundle } from "../../lib/assets/bundle.ts";
import { Loops } from "../../lib/cli/loops.ts";
import { Watcher, watchedOf } from "../../lib/cli/watch.ts";
import { parsed } from "../model/declare.ts";
import { folder, write } from "./support.ts";

/** A watcher, and its next call. */
const watching = () => {
  let tell: (calls: number) => void = () => undefined;
  const said: string[] = [];
  let calls = 0;
  const watcher = new Watcher(() => tell(++calls), (line) => void said.push(line));
  onTestFinished(() => watcher.close());
  return { watcher, said, calls: () => calls, next: () => new Promise<number>((resolve) => (tell = resolve)) };
};

const code = (root: string, script = "score.py") =>
  parsed({ deployments: { blue: { model: { path: join(root, "model") }, codeConfiguration: { code: join(root, "code"), scoringScript: script } } } });

/** What a reading of the folders gives. */
const read = (root: string) => watchedOf([{ endpoint: code(root), assets: { blue: { code: bundle(join(root, "code"), "place") } } }], []);

describe("a change of", () => {
  const start = () => {
    const root = folder();
    write(root, "code/score.py", "1");
    write(root, "code/data.json", "1");
    const { watcher, ...rest } = watching();
    watcher.set(read(root));
    return { root, watcher, ...rest };
  };

  test.each(["score.py", "data.json", "helper.py"])("%s counts", async (name) => {
    const { next, root } = start();
    const called = next();
    write(root, `code/${name}`, "2");
    expect(await called).toBe(1);
  });

  test("what a script wrote beside itself does not count, nor after the next reading", async () => {
    const { calls, next, root, watcher } = start();
    write(root, "code/log.txt", "1");
    write(root, "code/score.py", "2");
    await next();
    watcher.set(read(root));
    appendFileSync(join(root, "code/log.txt"), "2");
    const called = next();
    write(root, "code/data.json", "2");
    await called;
    expect(calls()).toBe(2);
    const last = next();
    appendFileSync(join(root, "code/log.txt"), "3");
    // Nothing is to happen, and that has no event.
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(calls()).toBe(2);
    write(root, "code/score.py", "3");
    expect(await last).toBe(3);
  });

  test("a folder that the program names and that is not there yet counts, and one that is made anew is watched again", async () => {
    const { next, root, watcher } = start();
    const model = next();
    mkdirSync(join(root, "model"));
    expect(await model).toBe(1);
    const gone = next();
    rmSync(join(root, "code"), { recursive: true });
    await gone;
    write(root, "code/score.py", "2");
    watcher.set(read(root));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const again = next();
    write(root, "code/score.py", "3");
    expect(await again).toBeGreaterThan(2);
  });

  test("one file goes unnoticed no longer than a second where another changes all the time", async () => {
    const { next, root } = start();
    const called = next();
    const busy = setInterval(() => appendFileSync(join(root, "code/data.json"), "1"), 20);
    onTestFinished(() => clearInterval(busy));
    expect(await called).toBe(1);
  });
});

describe("a file that changes because its deployment starts", () => {
  const own = (loops: Loops, at: number): boolean => {
    loops.begin();
    loops.end(at);
    return loops.counts("log", at + 500);
  };

  test("counts three times in a row, then not, and is named once", () => {
    const said: string[] = [];
    const loops = new Loops((line) => void said.push(line));
    expect([0, 1000, 2000, 3000, 4000].map((at) => own(loops, at))).toEqual([true, true, true, false, false]);
    expect(said).toEqual([expect.stringMatching(/^log changes whenever/)]);
    // Quiet, then changed by a person: once, and not by what that start writes.
    expect(loops.counts("log", 30_000)).toBe(true);
    expect(own(loops, 31_000)).toBe(false);
    expect(said).toHaveLength(1);
  });

  test("is not one that a person saves long after the start, however often", () => {
    const loops = new Loops(() => undefined);
    loops.begin();
    loops.end(0);
    expect([3000, 4000, 5000, 6000, 7000].map((at) => loops.counts("log", at))).toEqual([true, true, true, true, true]);
  });

  test("may take as long as the start does", () => {
    const loops = new Loops(() => undefined);
    loops.begin();
    expect([0, 60_000, 120_000, 180_000].map((at) => loops.counts("log", at))).toEqual([true, true, true, false]);
  });
});
