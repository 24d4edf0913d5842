/** The README's words on an example, in a fresh clone: what a newcomer types. Its first line, `npm ci && npm run build`, has been typed for this suite. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { start, type Ended } from "./command.ts";
import { environment } from "./stack.ts";
import { callsSince, story } from "./story.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "clone-"));
const clone = join(folder, "clone");
const service = join(folder, "service");

const shell = (line: string, cwd: string): Promise<Ended> => start("bash", ["-c", line], cwd, { ...environment(folder, service), PULUMI_SKIP_CONFIRMATIONS: "true" }).ended;

beforeAll(() => {
  for (const made of ["backend", "home", "service"]) mkdirSync(join(folder, made));
  execFileSync("git", ["clone", "--quiet", "--depth", "1", `file://${top}`, clone]);
  symlinkSync(join(top, "node_modules"), join(clone, "node_modules"));
  cpSync(join(top, "dist"), join(clone, "dist"), { recursive: true });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("pulumi up of examples/azure-managed does what it says, and nothing when it is typed again", async () => {
  const typed = /^cd examples\/azure-managed && .*pulumi up$/m.exec(readFileSync(join(clone, "README.md"), "utf8"))?.[0] ?? "";
  const first = await shell(typed, clone);
  expect(first.code, first.output).toBe(0);
  const told = story(callsSince(service, 0)).map((line) => line.replaceAll(/-[0-9a-f]{6}\b/g, ""));
  expect(told.filter((line) => line.startsWith("PUT wine"))).toEqual(["PUT wine", "PUT wine/blue", "PUT wine/green", "PUT wine/indigo", "PUT wine blue=90 green=10 indigo~20"]);
  expect(told.filter((line) => line.startsWith("PUT models/"))).toHaveLength(3);
  expect(first.output).toMatch(/scoringUri\s*: "https:\/\/wine-[0-9a-f]{6}\.westeurope\.inference\.ml\.azure\.com\/score"/);
  const again = await shell("pulumi up --expect-no-changes", join(clone, "examples/azure-managed"));
  expect(again.code, again.output).toBe(0);
});
