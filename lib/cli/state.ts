/** Where this tool keeps things: state in XDG_STATE_HOME, what can be made again in XDG_CACHE_HOME. */
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

const APP = "inference-endpoints";

type Env = Readonly<NodeJS.ProcessEnv>;

const base = (given: string | undefined, fallback: string): string => join(given === undefined || given === "" ? join(homedir(), fallback) : given, APP);

/** Holds one folder a project. */
export const stateHome = (env: Env): string => base(env["XDG_STATE_HOME"], ".local/state");

export const cacheHome = (env: Env): string => base(env["XDG_CACHE_HOME"], ".cache");

/** The folder of one stack of one project. */
export const stackState = (env: Env, root: string, stack: string): string =>
  join(stateHome(env), createHash("sha256").update(realpathSync(root)).digest("hex").slice(0, 12), stack);

/** Writes a file that only its owner reads, whole or not at all. */
export const writePrivate = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const next = `${path}.${process.pid}.next`;
  writeFileSync(next, text, { mode: 0o600 });
  chmodSync(next, 0o600);
  renameSync(next, path);
};
