/**
 * Faults in the library's own realise step, each planted in a copy of the package: a life must turn red, or the lives prove nothing. What the
 * library says in a life that turned red is not looked at, only that the life did not go as it must.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Life } from "./life.ts";
import { places } from "./lives/places.ts";
import { replacement } from "./lives/replacement.ts";
import { routing } from "./lives/routing.ts";
import { newStack } from "./stack.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));
const realise = "dist/components/realise/plan.js";

interface Fault {
  /** What the realise step says, and what it says instead. */
  readonly from: string;
  readonly to: string;
  /** A life that turns red. */
  readonly red: string;
}

const lives: Readonly<Record<string, Life>> = { ...routing, ...replacement, ...places };

const faults: Readonly<Record<string, Fault>> = {
  "no re-PUT": {
    from: "plan.resources.map(",
    to: 'plan.resources.filter(({ role }) => role !== "routing").map(',
    red: "(a) the first up has traffic: it comes after the deployment it names",
  },
  "no dependsOn": { from: "dependsOn.length === 0", to: "true", red: "(a) the first up has traffic: it comes after the deployment it names" },
  "no ignoreChanges": { from: "planned.ignoreChanges === undefined", to: "true", red: "(b) refresh, then up: nothing is put, with or without traffic" },
  "no deletedWith": { from: "planned.deletedWith === undefined", to: "true", red: "(h) destroy with live traffic deletes the endpoint, and with it all" },
  "no replaceOnChanges": { from: "planned.replaceOnChanges === undefined", to: "true", red: "(e) at 0 % it is replaced" },
  "no replaceWith": { from: "planned.replaceWith === undefined", to: "true", red: "another resource group of a live endpoint is refused, and nothing is lost" },
  "no hooks": { from: "hooks === undefined", to: "true", red: "(c) green is added and gets 10 % in one up" },
  "no deleteBeforeReplace": { from: "planned.deleteBeforeReplace === undefined", to: "true", red: "(e) at 0 % it is replaced" },
};

/** The package with one fault. */
const faulty = ({ from, to }: Fault): string => {
  const copy = mkdtempSync(join(tmpdir(), "faulty-"));
  for (const part of ["dist", "package.json"]) cpSync(join(top, part), join(copy, part), { recursive: true });
  symlinkSync(join(top, "node_modules"), join(copy, "node_modules"));
  const right = readFileSync(join(copy, realise), "utf8");
  expect(right.split(from), `${realise} says it once`).toHaveLength(2);
  writeFileSync(join(copy, realise), right.replace(from, to));
  return copy;
};

test.each(Object.entries(faults))("%s turns a life red", async (_name, fault) => {
  const library = faulty(fault);
  try {
    await using stack = await newStack({ library });
    await expect(lives[fault.red]?.(stack)).rejects.toThrow(/to deeply equal|to be \+0/);
  } finally {
    rmSync(library, { recursive: true, force: true });
  }
});
