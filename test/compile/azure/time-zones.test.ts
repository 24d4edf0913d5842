/** The table of time zones is what CLDR says. UPDATE=1 writes it again, from the version of CLDR that package.json names. */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { windowsZone, WINDOWS_ZONES } from "../../../lib/compile/azure/time-zones.ts";

/** CLDR marks what it says of a thing with "_". */
type Said = Readonly<Record<string, string | undefined>>;

interface WindowsZones {
  readonly supplemental: { readonly windowsZones: { readonly mapTimezones: readonly { readonly mapZone: Said }[] } };
}

interface Keys {
  readonly keyword: { readonly u: { readonly tz: Readonly<Record<string, string | Said>> } };
}

const require = createRequire(import.meta.url);
const { version } = require("cldr-core/package.json") as { version: string };
const zones = require("cldr-core/supplemental/windowsZones.json") as WindowsZones;
const keys = require("cldr-bcp47/bcp47/timezone.json") as Keys;

/** Every name of a zone: CLDR keeps the first that a zone ever had, and lists the later ones as its aliases. */
const aliases = Object.values(keys.keyword.u.tz).flatMap((zone) => (typeof zone === "string" || zone["_alias"] === undefined ? [] : [zone["_alias"].split(" ")]));

const namesOf = (zone: string): readonly string[] => aliases.find((names) => names.includes(zone)) ?? [zone];

const expected = (): Record<string, string> => {
  const table = new Map<string, Set<string>>();
  for (const { mapZone } of zones.supplemental.windowsZones.mapTimezones) {
    const [windows = "", iana = ""] = [mapZone["_other"], mapZone["_type"]];
    const names = table.get(windows) ?? new Set();
    table.set(windows, names);
    for (const zone of iana.split(" ")) for (const name of namesOf(zone)) names.add(name);
  }
  return Object.fromEntries([...table].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([windows, names]) => [windows, [...names].toSorted().join(" ")]));
};

const FILE = fileURLToPath(new URL("../../../lib/compile/azure/time-zones.ts", import.meta.url));
const MARKS = [`export const WINDOWS_ZONES: Readonly<Record<string, string>> = {\n`, "};\n"] as const;

const write = (): void => {
  const text = readFileSync(FILE, "utf8");
  const [before = "", rest = ""] = text.split(MARKS[0]);
  const lines = Object.entries(expected()).map(([windows, names]) => `  ${JSON.stringify(windows)}: ${JSON.stringify(names)},\n`);
  const said = before.replace(/CLDR \d+(\.\d+)*/, `CLDR ${version}`);
  writeFileSync(FILE, `${said}${MARKS[0]}${lines.join("")}${MARKS[1]}${rest.slice(rest.indexOf(MARKS[1]) + MARKS[1].length)}`);
};

describe("the table of time zones", () => {
  if (process.env["UPDATE"] === "1") write();

  it("is that of CLDR, and names its version", () => {
    expect(WINDOWS_ZONES).toEqual(expected());
    expect(readFileSync(FILE, "utf8")).toContain(`CLDR ${version}`);
    expect(Object.keys(WINDOWS_ZONES).length).toBeGreaterThan(130);
  });

  it("knows a zone by each of its names", () => {
    expect(windowsZone("Europe/Vienna")).toBe("W. Europe Standard Time");
    expect(windowsZone("Asia/Kolkata")).toBe("India Standard Time");
    expect(windowsZone("Asia/Calcutta")).toBe("India Standard Time");
    expect(windowsZone("America/Los_Angeles")).toBe("Pacific Standard Time");
    expect(windowsZone("US/Pacific")).toBe("Pacific Standard Time");
    expect(windowsZone("UTC")).toBe("UTC");
    expect(windowsZone("Europe/Kyiv")).toBe("FLE Standard Time");
  });

  it("knows no zone that has none, nor a Windows name", () => {
    expect(windowsZone("Antarctica/Troll")).toBeUndefined();
    expect(windowsZone("W. Europe Standard Time")).toBeUndefined();
  });

  it("has no zone twice", () => {
    const names = Object.values(WINDOWS_ZONES).flatMap((list) => list.split(" "));
    expect(new Set(names).size).toBe(names.length);
  });
});
