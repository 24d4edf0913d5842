/** What two linters of packages say of the tarball. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pack, run, scratch, top } from "./consumer.ts";

const folder = scratch();
let tarball: string;
beforeAll(async () => {
  tarball = await pack(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("publint has nothing to say", async () => {
  const bytes = readFileSync(tarball);
  const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) }, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

test("are the types wrong? No: ESM alone, and every way that can import it finds types", async () => {
  const attw = join(top, "node_modules/@arethetypeswrong/cli/dist/index.js");
  const said = await run(process.execPath, [attw, tarball, "--profile", "esm-only", "--format", "json"], folder);
  const { analysis } = JSON.parse(said) as { analysis: { types: unknown; problems: readonly { kind: string; resolutionKind?: string }[] } };
  expect(analysis.types).toEqual({ kind: "included" });
  // What the profile leaves out: a CommonJS project gets the ESM package by require(), which Node 22 can; `pack.test.ts` shows it.
  expect(new Set(analysis.problems.map(({ kind, resolutionKind }) => `${kind} ${resolutionKind}`))).toEqual(new Set(["CJSResolvesToESM node16-cjs"]));
});

test("the tarball holds what users need, and no sources or tests", async () => {
  const files = (await run("tar", ["-tzf", tarball], folder)).trim().split("\n").map((file) => file.replace(/^package\//, ""));
  expect(files).toEqual(expect.arrayContaining(["package.json", "LICENSE", "README.md", "CHANGELOG.md", "dist/index.js", "dist/index.d.ts", "dist/cli/main.js", "dist/scoring/worker/main.py"]));
  expect(files.filter((file) => !/^(package\.json|LICENSE|README\.md|CHANGELOG\.md|lib\/README\.md|lib\/scoring\/README\.md|dist\/(?!\.))/.test(file) || /(?<!\.d)\.ts$|\.pyc$|\.test\./.test(file))).toEqual([]);
});
