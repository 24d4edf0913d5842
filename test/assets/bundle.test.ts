import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundle } from "../../lib/assets/bundle.ts";
import { readAssets } from "../../lib/assets/read.ts";
import { INLINE_LIMIT } from "../../lib/model/bundle.ts";
import { byPath, parsed } from "../model/declare.ts";

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "bundle-")), "model");
  mkdirSync(join(folder, "inner"), { recursive: true });
  writeFileSync(join(folder, "b.txt"), "b");
  writeFileSync(join(folder, "inner", "a.txt"), "a");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

describe("a bundle", () => {
  it("holds every file by its path, in order", () => {
    const { bytes, files, kind, name } = bundle(folder, "content");
    expect(files.map(({ path }) => path)).toEqual(["b.txt", "inner/a.txt"]);
    expect({ bytes, kind, name }).toEqual({ bytes: 2, kind: "folder", name: "model" });
  });

  it("keeps its hash when only times change, and not when content or a name does", () => {
    const before = bundle(folder, "content").hash;
    utimesSync(join(folder, "b.txt"), 1, 1);
    expect(bundle(folder, "content").hash).toBe(before);
    writeFileSync(join(folder, "b.txt"), "c");
    const after = bundle(folder, "content").hash;
    expect(after).not.toBe(before);
    writeFileSync(join(folder, "c.txt"), "");
    expect(bundle(folder, "content").hash).not.toBe(after);
  });

  it("notices a change by time where files are read in place", () => {
    const before = bundle(folder, "place").hash;
    utimesSync(join(folder, "b.txt"), 1, 1);
    expect(bundle(folder, "place").hash).not.toBe(before);
  });

  it("leaves out what tools leave behind", () => {
    const before = bundle(folder, "content").hash;
    mkdirSync(join(folder, "__pycache__"));
    writeFileSync(join(folder, "__pycache__", "x.pyc"), "x");
    expect(bundle(folder, "content").hash).toBe(before);
  });

  it("ends where a link leads to a folder above", () => {
    symlinkSync(folder, join(folder, "inner", "loop"));
    expect(bundle(folder, "content").files.map(({ path }) => path)).toEqual(["b.txt", "inner/a.txt"]);
  });

  it("holds content only up to what fits into an object of a cluster", () => {
    expect(bundle(folder, "content").files.every(({ bytes }) => bytes !== undefined)).toBe(true);
    writeFileSync(join(folder, "big"), Buffer.alloc(INLINE_LIMIT));
    expect(bundle(folder, "content").files.every(({ bytes }) => bytes === undefined)).toBe(true);
    expect(bundle(folder, "inline").files.every(({ bytes }) => bytes === undefined)).toBe(true);
  });

  it("of a file is that file", () => {
    expect(bundle(join(folder, "b.txt"), "content")).toMatchObject({ kind: "file", name: "b.txt", files: [{ path: "b.txt" }] });
  });
});

describe("reading the files of an endpoint", () => {
  const problems = (changes: object) => byPath(readAssets(parsed({ deployments: { blue: changes } }), "content").problems);

  it("names what is missing", () => {
    expect(problems({ model: { path: "./nowhere" } })["deployments.blue.model.path"]).toMatch(/"\.\/nowhere" does not exist/);
    expect(problems({ environment: { requirements: "./none.txt" } })["deployments.blue.environment.requirements"]).toMatch(/does not exist/);
    expect(problems({ environment: { condaFile: "./none.yaml" } })["deployments.blue.environment.condaFile"]).toMatch(/does not exist/);
  });

  it("names a link that leads nowhere, with everything else", () => {
    symlinkSync(join(folder, "gone"), join(folder, "inner", "link"));
    expect(problems({ model: { path: folder }, codeConfiguration: { code: "./none", scoringScript: "a.py" } })).toEqual({
      "deployments.blue.model.path": expect.stringMatching(/link" cannot be read: it is a link that leads nowhere$/),
      "deployments.blue.codeConfiguration.code": expect.stringContaining("does not exist"),
    });
  });

  it("refuses a folder as requirements or conda file", () => {
    expect(problems({ environment: { requirements: folder } })["deployments.blue.environment.requirements"]).toMatch(/^expected a file; .* is a folder/);
  });

  it("refuses a file as code, and an empty folder as model", () => {
    expect(problems({ codeConfiguration: { code: join(folder, "b.txt"), scoringScript: "b.py" } })["deployments.blue.codeConfiguration.code"]).toMatch(/expected a folder; .* is a file/);
    mkdirSync(join(folder, "empty"));
    expect(problems({ model: { path: join(folder, "empty") } })["deployments.blue.model.path"]).toMatch(/is empty/);
  });

  it("finds a script in a folder of the code", () => {
    writeFileSync(join(folder, "inner", "score.py"), "");
    expect(problems({ codeConfiguration: { code: folder, scoringScript: "inner/score.py" } })).toEqual({});
    expect(problems({ codeConfiguration: { code: folder, scoringScript: "./inner/score.py" } })).toEqual({});
    expect(problems({ codeConfiguration: { code: folder, scoringScript: "score.py" } })["deployments.blue.codeConfiguration.scoringScript"]).toMatch(/does not exist/);
  });
});
