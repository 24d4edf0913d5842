/** Rendered files: written whole, and never over a file that somebody else wrote. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { refuse } from "./refusal.ts";

/** A file to write. */
export interface Rendered {
  readonly name: string;
  readonly text: string;
}

/** First line of every file of a project. */
const header = (project: string): string => `# Rendered by inference-endpoints from ${project}; the next render overwrites it.\n`;

/** The later of two would overwrite the first. Upper and lower case are one name on some disks. */
const refuseTwins = (files: readonly Rendered[]): void => {
  const lines = [...new Set(files.map(({ name }) => name.toLowerCase()))].flatMap((lower) => {
    const same = files.filter(({ name }) => name.toLowerCase() === lower).map(({ name }) => name);
    return same.length === 1 ? [] : [`  - ${same.join(", ")}`];
  });
  if (lines.length > 0) refuse(["There would be two files of one name; nothing was written: give the endpoints other logical names", ...lines].join("\n"));
};

/** Writes the files, and removes those of a former render of the same project that are no longer made. */
export const writeFiles = (folder: string, project: string, files: readonly Rendered[]): { readonly written: number; readonly removed: readonly string[] } => {
  const first = header(project);
  refuseTwins(files);
  const isOurs = (name: string): boolean => readFileSync(join(folder, name), "utf8").startsWith(first);
  const foreign = files.filter(({ name }) => existsSync(join(folder, name)) && !isOurs(name));
  if (foreign.length > 0) return refuse([`${folder} holds files of the same name that were not rendered from ${project}; nothing was written`, ...foreign.map(({ name }) => `  - ${name}`)].join("\n"));
  mkdirSync(folder, { recursive: true });
  const stale = readdirSync(folder).filter((name) => name.endsWith(".yaml") && !files.some((file) => file.name === name) && isOurs(name));
  for (const { name, text } of files) writeFileSync(join(folder, name), first + text);
  for (const name of stale) rmSync(join(folder, name));
  return { written: files.length, removed: stale };
};
