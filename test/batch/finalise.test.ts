/** Parts put together, whatever their size. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { mergeErrors, mergeResults } from "../../lib/scoring/batch/finalise.ts";
import { failuresOf, layoutOf, partOf, type Layout } from "../../lib/scoring/batch/layout.ts";
import type { Planned } from "../../lib/scoring/batch/manifest.ts";

vi.mock(import("node:timers/promises"), async (original) => ({ ...(await original()), setImmediate: vi.fn<() => Promise<undefined>>(async () => undefined) as never }));

const newLayout = (): Layout => {
  const folder = mkdtempSync(join(tmpdir(), "merge-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const layout = layoutOf(folder, "predictions.csv", false);
  mkdirSync(layout.parts, { recursive: true });
  return layout;
};

const planned = (miniBatches: number): Planned => ({ miniBatches, files: miniBatches, root: "/" });

/** Each byte says where it stands, so that none can be lost, doubled or moved unseen. */
const bytesOf = (length: number, from: number): Buffer => Buffer.from(Uint8Array.from({ length }, (_, at) => ((from + at) * 2_654_435_761) >>> 24));

test("parts of any size, in the order of their mini-batches; those that are missing are left out", async () => {
  const layout = newLayout();
  const sizes = [1, 0, 65_535, 65_536, 65_537, 917_503, 917_505, 3_145_729, 7, undefined, 983_040, 65_536, 1_048_576, 1];
  const parts = sizes.map((size, n) => (size === undefined ? undefined : bytesOf(size, n * 17)));
  parts.forEach((part, n) => part !== undefined && writeFileSync(partOf(layout, n), part));
  await mergeResults(planned(sizes.length), layout);
  expect(Buffer.compare(readFileSync(layout.results), Buffer.concat(parts.filter((part) => part !== undefined)))).toBe(0);
  expect(readdirSync(layout.folder)).not.toContain("predictions.csv.next");
});

test("nothing to put together is an empty file", async () => {
  const layout = newLayout();
  await mergeErrors(planned(3), layout);
  expect(readFileSync(layout.errors, "utf8")).toBe("");
  writeFileSync(failuresOf(layout, 1), "{}\n");
  await mergeErrors(planned(3), layout);
  expect(readFileSync(layout.errors, "utf8")).toBe("{}\n");
});

test("whoever else waits has a turn every 10 ms", async () => {
  const layout = newLayout();
  for (let n = 0; n < 60; n++) writeFileSync(partOf(layout, n), `${n}\n`);
  let now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 2.5));
  onTestFinished(() => clock.mockRestore());
  await mergeResults(planned(60), layout);
  // Asked once for each part, and once more after each turn.
  expect(vi.mocked(setImmediate).mock.calls.length).toBe(15);
  // Looking for what is not there takes its time too.
  await mergeErrors(planned(60), layout);
  expect(vi.mocked(setImmediate).mock.calls.length).toBe(30);
});

test("a part that cannot be read leaves what stood there before", async () => {
  const layout = newLayout();
  writeFileSync(layout.results, "before");
  mkdirSync(partOf(layout, 0));
  await expect(mergeResults(planned(1), layout)).rejects.toThrow("EISDIR");
  expect(readFileSync(layout.results, "utf8")).toBe("before");
});
