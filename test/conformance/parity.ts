/** The README's table of what works where, from what the suite has shown. `write-parity.ts` writes it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FEATURES, TARGETS, type Feature, type Target } from "./feature.ts";

const results = (target: Target): string => fileURLToPath(new URL(`results/${target}/`, import.meta.url));

/** What a target's parts have shown. A feature that two of them have shown differently has both. */
const shownBy = (target: Target): Partial<Record<Feature, string>> => {
  const all: Partial<Record<Feature, string>> = {};
  for (const file of existsSync(results(target)) ? readdirSync(results(target)).toSorted() : [])
    for (const [feature, cell] of Object.entries(JSON.parse(readFileSync(results(target) + file, "utf8")) as Record<Feature, string>))
      all[feature as Feature] = [...new Set([all[feature as Feature] ?? cell, cell])].join("; ");
  return all;
};

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;

/** Rows that nothing has shown are blank, and a test says so. */
export const parityTable = (): string => {
  const columns = (Object.keys(TARGETS) as Target[]).map(shownBy);
  const rows = Object.entries(FEATURES).map(([feature, title]) => line([title, ...columns.map((shown) => shown[feature as Feature] ?? "")]));
  return [line(["", ...Object.values(TARGETS)]), line(["---", ...columns.map(() => "---")]).replaceAll(" ", ""), ...rows].join("");
};

const MARKED = /(?<=<!-- parity: test\/conformance\/parity\.ts prints it -->\n).*?(?=<!-- \/parity -->)/s;

/** The table as a page has it; nothing where there is none. */
export const tableIn = (page: string): string | undefined => MARKED.exec(page)?.[0];

/** The page with the table of now. */
export const withTable = (page: string): string => page.replace(MARKED, parityTable);
