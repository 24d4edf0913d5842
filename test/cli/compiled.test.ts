/** Compiled code that one run leaves for the next. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cli, files, folder, program, project } from "./support.ts";

const shop = (): string => project({ ...files, "index.ts": program("{}") });
const compiled = (home: string): string => join(home, "inference-endpoints/compiled");
/** As somebody has it whose shell says nothing of it. */
const bare = { NODE_COMPILE_CACHE: undefined };

test("is in the user's cache, and the program's child leaves some too", async () => {
  const home = folder();
  expect((await cli(shop(), ["render"], { ...bare, XDG_CACHE_HOME: home })).code).toBe(0);
  const [version = ""] = readdirSync(compiled(home));
  expect(version).toContain(process.version);
  // The command line itself loads no SDK; the program does.
  expect(readdirSync(join(compiled(home), version)).length).toBeGreaterThan(300);
});

test.each([
  ["a server leaves none", ["serve", "--help"], {}],
  ["who wants none has none", ["render"], { NODE_DISABLE_COMPILE_CACHE: "1" }],
])("%s", async (_, args, env) => {
  const home = folder();
  expect((await cli(shop(), args, { ...bare, ...env, XDG_CACHE_HOME: home })).code).toBe(0);
  expect(existsSync(compiled(home))).toBe(false);
});

test("where nothing can be written, all is as ever", async () => {
  const { code, err } = await cli(shop(), ["render"], { ...bare, XDG_CACHE_HOME: "/dev/null" });
  expect({ code, err }).toEqual({ code: 0, err: "" });
});
