/** Keys: which files hold some, and what becomes of the door when they change. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { openKeys } from "../../lib/scoring/online/auth.ts";
import type { Verdict } from "../../lib/scoring/online/auth.ts";
import { folder } from "./issuer.ts";

const PRIMARY = { kind: "key", slot: "primary" };
const SECONDARY = { kind: "key", slot: "secondary" };

const write = (path: string, keys: object): void => writeFileSync(path, JSON.stringify(keys));

/** Judges by a file, and keeps what is logged of it. */
async function door(path: string): Promise<{ say: (key: string) => Verdict; logged: (text: string) => Promise<void> }> {
  let log = "";
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((text) => ((log += String(text)), true));
  const { authorize, stop } = await openKeys(path);
  onTestFinished(() => {
    stop();
    spy.mockRestore();
  });
  return { say: (key) => authorize(`Bearer ${key}`), logged: (text) => vi.waitFor(() => expect(log).toContain(text), { timeout: 10_000 }) };
}

test.each(["", "  "])("an empty secondary key is none, and revokes the one before: %j", async (empty) => {
  const path = join(folder(), "keys.json");
  write(path, { primaryKey: "first", secondaryKey: "second" });
  const { say, logged } = await door(path);
  expect([say("first"), say("second")]).toEqual([PRIMARY, SECONDARY]);
  write(path, { primaryKey: "new", secondaryKey: empty });
  await logged("keys were read again");
  expect([say("new"), say("first"), say("second"), say(""), say(empty)]).toEqual([PRIMARY, ...Array(4).fill("unauthorized")]);
});

test("the same in a folder", async () => {
  const path = join(folder(), "keys");
  mkdirSync(path);
  writeFileSync(join(path, "primaryKey"), "first\n");
  writeFileSync(join(path, "secondaryKey"), "\n");
  const { say } = await door(path);
  expect([say("first"), say("")]).toEqual([PRIMARY, "unauthorized"]);
});

test("an empty primary key is a mistake", async () => {
  const path = join(folder(), "keys.json");
  write(path, { primaryKey: " ", secondaryKey: "second" });
  await expect(openKeys(path)).rejects.toThrow("primaryKey");
});

test("a file that is removed revokes nothing", async () => {
  const path = join(folder(), "keys.json");
  write(path, { primaryKey: "first" });
  const { say, logged } = await door(path);
  rmSync(path);
  await logged("the keys stay as they were");
  expect(say("first")).toEqual(PRIMARY);
});
