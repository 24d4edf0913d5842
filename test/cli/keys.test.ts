import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileEndpoint } from "../../lib/compile/local/endpoint.ts";
import { endpointKeys } from "../../lib/cli/keys.ts";
import { curlLine, endpointLines } from "../../lib/cli/screen.ts";
import { parsed } from "../model/declare.ts";
import { folder } from "./support.ts";

const url = "http://127.0.0.1:1/endpoints/credit";
const plan = compileEndpoint(parsed(), {});
const hard = String.raw`a"b\c'd $(e)`;

/** The words that a shell makes of a line. */
const words = (line: string): string[] => execFileSync("sh", ["-c", `for word in ${line}; do printf '%s\\n' "$word"; done`], { encoding: "utf8" }).trimEnd().split("\n");

test("keys that dev made are printed; those that the program gives are not, and the line reads them from their file", () => {
  const root = join(folder(), "it's here");
  mkdirSync(root);
  const made = endpointKeys(root, "credit", undefined);
  expect(endpointLines(plan, { url, ...made, keysPath: made.path, collectedIn: "" }).join("\n")).toContain(made.primaryKey);
  const given = endpointKeys(root, "credit", { primaryKey: hard, secondaryKey: "other" });
  const address = { url, ...given, keysPath: given.path, collectedIn: "" };
  const line = curlLine(address, "{}");
  const shown = [...endpointLines(plan, address), line].join("\n");
  expect(shown).not.toContain(hard);
  expect(shown).not.toMatch(/^ {2}key /m);
  expect(line).toMatch(/^curl /);
  expect(words(line)).toContain(`Authorization: Bearer ${hard}`);
});

test("a program that gives no keys any more gets the ones that dev made, not the ones it gave", () => {
  const root = folder();
  endpointKeys(root, "credit", { primaryKey: "given-1", secondaryKey: "given-2" });
  const made = endpointKeys(root, "credit", undefined);
  expect(made).toMatchObject({ given: false });
  expect(made.primaryKey).not.toContain("given");
  expect(endpointKeys(root, "credit", undefined)).toEqual(made);
});
