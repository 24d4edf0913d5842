/** Notices that a program or its files changed. Only the folders that hold them are watched: never node_modules, however large. */
import { existsSync, statSync, watch as watchFolder, type FSWatcher } from "node:fs";
import { basename, dirname } from "node:path";
import type { Assets, Bundle } from "../model/bundle.ts";

/** What is watched. */
export interface Watched {
  /** Files of which each change counts. */
  readonly files: readonly string[];
  /** Folders in which any change counts. */
  readonly folders: readonly string[];
}

/** Editors write several times, and tools many files. */
const QUIET_MS = 150;

/** What running leaves in a folder of code, and what editors do. */
const NOISE = /^(?:__pycache__|\.git|\.DS_Store|\.ipynb_checkpoints|\.pytest_cache|.*~|.*\.sw[px]|4913)$/;

/** Watches until it is told otherwise. */
export class Watcher {
  readonly #changed: () => void;
  readonly #failed: (reason: string) => void;
  #open = new Map<string, { readonly watcher: FSWatcher; names: ReadonlySet<string> | "all" }>();
  #timer: NodeJS.Timeout | undefined;

  /** @param changed - called once after a burst of changes */
  constructor(changed: () => void, failed: (reason: string) => void) {
    this.#changed = changed;
    this.#failed = failed;
  }

  /** Watches these instead of what was watched before. */
  set(watched: Watched): void {
    const wanted = byFolder(watched);
    for (const [folder, { watcher }] of this.#open) if (!wanted.has(folder)) watcher.close();
    const before = this.#open;
    this.#open = new Map();
    for (const [folder, names] of wanted) {
      const open = before.get(folder) ?? this.#watch(folder);
      if (open !== undefined) this.#open.set(folder, Object.assign(open, { names }));
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const { watcher } of this.#open.values()) watcher.close();
    this.#open.clear();
  }

  #watch(folder: string): { readonly watcher: FSWatcher; names: ReadonlySet<string> | "all" } | undefined {
    try {
      const watcher = watchFolder(folder, (_, name) => this.#notice(folder, name));
      watcher.on("error", () => undefined);
      return { watcher, names: "all" };
    } catch (error) {
      this.#failed(`${folder} is not watched: ${(error as Error).message}`);
      return undefined;
    }
  }

  #notice(folder: string, name: string | null): void {
    const names = this.#open.get(folder)?.names;
    if (names === undefined || (name !== null && (NOISE.test(name) || (names !== "all" && !names.has(name))))) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#changed, QUIET_MS);
  }
}

const byFolder = ({ files, folders }: Watched): Map<string, ReadonlySet<string> | "all"> => {
  const wanted = new Map<string, Set<string> | "all">();
  for (const file of files) {
    const names = wanted.get(dirname(file)) ?? new Set();
    if (names !== "all") wanted.set(dirname(file), names.add(basename(file)));
  }
  for (const folder of folders) wanted.set(folder, "all");
  for (const folder of wanted.keys()) if (!existsSync(folder) || !statSync(folder).isDirectory()) wanted.delete(folder);
  return wanted;
};

/** Files and folders of local models, code and environments. */
export const watchedOf = (assets: readonly Assets[]): Watched => {
  const bundles = assets.flatMap((each) => Object.values(each).flatMap(({ code, environment, model }) => [code, environment, model])).filter((each) => each !== undefined);
  const folders = bundles.filter(({ kind }) => kind === "folder").flatMap((bundle) => [bundle.root, ...foldersOf(bundle)]);
  return { files: bundles.filter(({ kind }) => kind === "file").map(({ root }) => root), folders: [...new Set(folders)] };
};

const foldersOf = ({ files, root }: Bundle): string[] => files.map(({ source }) => dirname(source)).filter((folder) => folder !== root);
