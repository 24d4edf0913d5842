/** What is made once for a machine and is too large to make for every tree: Python environments, and models made with them. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { isAlive } from "../lib/cli/lock.ts";

const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "inference-endpoints");

/** A folder's place, by what it is made from: from something else it is another folder. */
export const kept = (name: string, from: readonly string[]): string => join(cache, `${name}-${createHash("sha256").update(from.join("\n")).digest("hex").slice(0, 12)}`);

/** The place of a Python environment that holds these packages. */
export const environment = (packages: readonly string[]): string => kept("python", [process.arch, ...packages]);

/**
 * Makes what is not there yet, or no longer `isSound`. The place is a link that comes last: two at once both make a folder and both find a whole one.
 * What is made keeps its path, because scripts of a Python environment name it.
 */
export const make = (place: string, maker: (folder: string) => void, isSound: () => boolean = () => true): void => {
  if (existsSync(place) && isSound()) return;
  const folder = `${place}-${process.pid}-${Date.now()}`;
  mkdirSync(dirname(folder), { recursive: true });
  try {
    maker(folder);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  symlinkSync(folder, `${folder}.link`);
  renameSync(`${folder}.link`, place);
  removeOthers(place, folder);
};

/** What a run made that was killed, or came second, and what was no longer sound. */
const removeOthers = (place: string, folder: string): void => {
  const others = readdirSync(dirname(place)).filter((name) => name.startsWith(`${basename(place)}-`) && name !== basename(folder));
  const isRunning = (name: string): boolean => isAlive(Number.parseInt(name.slice(basename(place).length + 1), 10));
  for (const name of others.filter((each) => !isRunning(each))) rmSync(join(dirname(place), name), { recursive: true, force: true });
};

/** Makes an environment that holds these packages, unless it is there, and of a Python that still is. */
export const install = (packages: readonly string[]): void => {
  const place = environment(packages);
  const works = (): boolean => {
    try {
      execFileSync(`${place}/bin/python`, ["-c", "import pip"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  };
  make(
    place,
    (folder) => {
      execFileSync("python3", ["-m", "venv", folder], { stdio: "pipe" });
      // Python compiles what is imported, a small part of what is installed.
      execFileSync(`${folder}/bin/python`, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", ...packages], { stdio: "pipe" });
    },
    works,
  );
};
