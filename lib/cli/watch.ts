/**
 * Notices that a program or its files changed. What counts is what was read: the program's own files, and the files that a deployment's folders
 * held when they were first read. A file that came later counts if the program names it, or if it is Python or ONNX; any other may be the work
 * of a script, whose working directory is the folder of its code. Such a file is read with the next reload.
 */
import { existsSync, statSync, watch as watchFolder, type FSWatcher } from "node:fs";
import { basename, dirname, join } from "node:path";
import { partsOf } from "../model/batch-parts.ts";
import type { Assets } from "../model/bundle.ts";
import type { AnyEndpoint } from "../model/batch-endpoint.ts";
import { Loops } from "./loops.ts";

/** What is watched. */
export interface Watched {
  /** Files of which each change counts; they need not exist. */
  readonly files: readonly string[];
  /** Folders of deployments, with the files in them. */
  readonly folders: ReadonlyMap<string, readonly string[]>;
}

/** Editors write several times, and tools many files. */
const QUIET_MS = 150;
/** So long a change waits at most for quiet: something may write all the time. */
const PATIENCE_MS = 750;

/** What running leaves in a folder of code, and what editors do. */
const NOISE = /^(?:__pycache__|\.git|\.DS_Store|\.ipynb_checkpoints|\.pytest_cache|.*~|.*\.sw[px]|4913)$/;

/** Files that people add to a folder of code or models, and no script writes. */
const SOURCE = /^[^.].*\.(?:py|onnx)$/;

/** What counts in one folder. */
interface Interest {
  readonly names: ReadonlySet<string>;
  /** Whether new sources count too. */
  readonly sources: boolean;
}

interface Open {
  readonly watcher: FSWatcher;
  readonly identity: string;
  interest: Interest;
}

/** Watches until it is told otherwise. Only the folders that hold the files are watched: never node_modules, however large. */
export class Watcher {
  /** To be told of starts. */
  readonly loops: Loops;
  readonly #changed: () => void;
  readonly #say: (line: string) => void;
  /** Files of each folder when it was first read. */
  readonly #first = new Map<string, ReadonlySet<string>>();
  /** Files that a deployment could change itself: those of its folders. */
  #inFolders: ReadonlySet<string> = new Set();
  /** Changed since the last call. */
  readonly #files = new Set<string>();
  #open = new Map<string, Open>();
  #timer: NodeJS.Timeout | undefined;
  #since = 0;

  /** @param changed - called once after a burst of changes */
  constructor(changed: () => void, say: (line: string) => void) {
    this.#changed = changed;
    this.#say = say;
    this.loops = new Loops(say);
  }

  /** Watches these instead of what was watched before. */
  set(watched: Watched): void {
    const known = this.#known(watched);
    this.#inFolders = new Set([...known.folders.values()].flat());
    const before = this.#open;
    this.#open = new Map();
    for (const [folder, interest] of interests(known)) {
      const identity = identityOf(folder);
      const open = before.get(folder);
      // A folder that was made anew under its old name is another one.
      const next = open?.identity === identity ? Object.assign(open, { interest }) : this.#watch(folder, identity, interest);
      if (next !== undefined) this.#open.set(folder, next);
    }
    for (const [folder, open] of before) if (this.#open.get(folder) !== open) open.watcher.close();
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const { watcher } of this.#open.values()) watcher.close();
    this.#open.clear();
  }

  #known({ files, folders }: Watched): Watched {
    const known = [...folders].map(([root, present]) => {
      const first = this.#first.get(root) ?? new Set(present);
      this.#first.set(root, first);
      return [root, present.filter((file) => first.has(file) || SOURCE.test(basename(file)))] as const;
    });
    return { files, folders: new Map(known) };
  }

  #watch(folder: string, identity: string, interest: Interest): Open | undefined {
    try {
      const watcher = watchFolder(folder, (_, name) => this.#notice(folder, name));
      watcher.on("error", () => undefined);
      return { watcher, identity, interest };
    } catch (error) {
      this.#say(`${folder} is not watched: ${(error as Error).message}`);
      return undefined;
    }
  }

  #notice(folder: string, name: string | null): void {
    const interest = this.#open.get(folder)?.interest;
    if (interest === undefined || name === null || NOISE.test(name)) return;
    if (!interest.names.has(name) && !(interest.sources && SOURCE.test(name))) return;
    const now = performance.now();
    if (this.#files.size === 0) this.#since = now;
    this.#files.add(join(folder, name));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(), Math.max(0, Math.min(QUIET_MS, this.#since + PATIENCE_MS - now)));
  }

  #tell(): void {
    const now = performance.now();
    const reasons = [...this.#files].filter((file) => !this.#inFolders.has(file) || this.loops.counts(file, now));
    this.#files.clear();
    if (reasons.length > 0) this.#changed();
  }
}

/** The number alone is given to the next folder that is made. */
const identityOf = (folder: string): string => {
  const { birthtimeMs, ino } = statSync(folder);
  return `${ino} ${birthtimeMs}`;
};

const interests = ({ files, folders }: Watched): Map<string, Interest> => {
  const found = new Map<string, { names: Set<string>; sources: boolean }>();
  const at = (folder: string) => found.get(folder) ?? found.set(folder, { names: new Set(), sources: false }).get(folder)!;
  for (const file of [...files.map(nearest), ...[...folders.values()].flat()]) at(dirname(file)).names.add(basename(file));
  for (const [root, inside] of folders) for (const folder of [root, ...inside.map((file) => dirname(file))]) at(folder).sources = true;
  for (const folder of found.keys()) if (!existsSync(folder) || !statSync(folder).isDirectory()) found.delete(folder);
  return found;
};

/** The file; where its folder is not there, the part of its path that must be made first. */
const nearest = (file: string): string => (existsSync(dirname(file)) || dirname(file) === file ? file : nearest(dirname(file)));

/** What the program read: its own files, what its deployments name, and what is in the folders of those. */
export const watchedOf = (read: readonly { readonly endpoint: AnyEndpoint<string>; readonly assets: Assets }[], own: readonly string[]): Watched => {
  const bundles = read.flatMap(({ assets }) => Object.values(assets).flatMap(({ code, environment, model }) => [code, environment, model]));
  const folders = bundles.flatMap((bundle) => (bundle?.kind === "folder" ? [[bundle.root, bundle.files.map(({ source }) => source)] as const] : []));
  return { files: [...own, ...read.flatMap(({ endpoint }) => namedBy(endpoint))], folders: new Map(folders) };
};

const namedBy = ({ deployments }: AnyEndpoint<string>): string[] =>
  partsOf<string>(deployments).flatMap(({ sources: { code: folder, codeConfiguration, environment, model } }) => {
    const source = codeConfiguration?.code ?? folder;
    const code = source?.kind === "local" ? source.path : undefined;
    const script = code === undefined || codeConfiguration === undefined ? undefined : join(code, codeConfiguration.scoringScript);
    return [code, script, environment?.condaFile, environment?.requirements, model?.kind === "local" ? model.path : undefined].filter((file) => file !== undefined);
  });
