/** What a pipeline gives, put in its place: whole or not at all, once, and over nobody else's. */
import { existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PipelineJob } from "../../lib/scoring/batch/pipeline-files.ts";
import { outputPath } from "../../lib/scoring/batch/pipeline-files.ts";
import { publish } from "../../lib/scoring/batch/publish.ts";
import { HERE } from "../../lib/scoring/batch/uri.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "publish-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A job whose one step has written a folder and a file, both wanted in `out/`. */
const jobOf = (id: string): PipelineJob => {
  const home = join(folder, id);
  const target = (name: string): string => pathToFileURL(join(folder, "out", name)).href;
  const outputs = { scores: { type: "uri_folder", output: "scores" }, count: { type: "uri_file", output: "count" } } as const;
  mkdirSync(outputPath(home, "step", "scores"), { recursive: true });
  writeFileSync(join(outputPath(home, "step", "scores"), "a.txt"), id);
  writeFileSync(outputPath(home, "step", "count"), id);
  return {
    id,
    home,
    addresses: HERE,
    pipeline: { inputs: {}, outputs: { scores: { type: "uri_folder" }, count: { type: "uri_file" } }, steps: { step: { kind: "command", command: ["true"], inputs: {}, outputs } }, continueOnStepFailure: false },
    request: { inputs: {}, outputs: { scores: { uri: target("scores"), type: "UriFolder" }, count: { uri: target("count"), type: "UriFile" } }, overrides: {} },
  } as unknown as PipelineJob;
};

const read = (name: string): string => readFileSync(join(folder, "out", name), "utf8");

test("whoever was killed behind the renaming finds its own there, and is done", () => {
  const job = jobOf("one");
  const source = outputPath(job.home, "step", "scores");
  publish(job);
  // As it was before the step's own was deleted.
  mkdirSync(source, { recursive: true });
  writeFileSync(join(source, "a.txt"), "one");
  publish(job);
  expect([read("scores/a.txt"), read("count"), existsSync(source)]).toEqual(["one", "one", false]);
});

test("whoever was killed between the link and the end of what was linked leaves nothing beside it", () => {
  const job = jobOf("one");
  publish(job);
  const left = join(folder, "out", "count.one.next");
  linkSync(join(folder, "out", "count"), left);
  publish(job);
  expect([existsSync(left), read("count")]).toEqual([false, "one"]);
});

test("another job's is left as it is", () => {
  publish(jobOf("one"));
  expect(() => publish(jobOf("two"))).toThrow(/out\/scores exists already: choose another, or remove it$/);
  expect([read("scores/a.txt"), read("count")]).toEqual(["one", "one"]);
});

test("links stay as they were written", () => {
  const job = jobOf("one");
  symlinkSync("a.txt", join(outputPath(job.home, "step", "scores"), "latest"));
  publish(job);
  expect([readlinkSync(join(folder, "out/scores/latest")), read("scores/latest")]).toEqual(["a.txt", "one"]);
});

test("an output that no step has written is no end", () => {
  const job = jobOf("one");
  rmSync(outputPath(job.home, "step", "count"));
  expect(() => publish(job)).toThrow("step step has written no output count: its steps were changed since it ran; start another job");
});
