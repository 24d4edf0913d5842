/** The package as its users get it: packed from the build that `npm test` has made, and unpacked into projects of theirs. */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const top = fileURLToPath(new URL("../..", import.meta.url));

export const manifest = JSON.parse(readFileSync(join(top, "package.json"), "utf8")) as {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
};

const execute = promisify(execFile);

/** Runs a command, and gives what it prints. One that fails throws, with everything it said. */
export const run = async (command: string, args: readonly string[], folder: string): Promise<string> => {
  try {
    return (await execute(command, [...args], { cwd: folder, maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch (error) {
    const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string };
    // oxlint-disable-next-line preserve-caught-error -- the cause says everything once more
    throw new Error([message, stdout, stderr].join("\n").slice(0, 3000));
  }
};

/** A folder of its own outside the repository: Node strips no types below `node_modules`, and a package found further up would hide a missing one. */
export const scratch = (): string => mkdtempSync(join(tmpdir(), "inference-endpoints-"));

/** Packs into a folder, without building again; gives the tarball. */
export const pack = async (folder: string): Promise<string> => {
  if (!existsSync(join(top, "dist/index.js"))) throw new Error("nothing is built: npm run build");
  await run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], top);
  return join(folder, `${manifest.name}-${manifest.version}.tgz`);
};

/** Puts the packed package where an installation would. */
export const unpack = async (tarball: string, project: string): Promise<void> => {
  const place = join(project, "node_modules", manifest.name);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  await run("tar", ["-xzf", tarball, "-C", place, "--strip-components=1"], project);
};

/** A copy of a consumer's project. */
export const consumer = (fixture: string): string => {
  const project = scratch();
  cpSync(join(top, "test/fixtures", fixture), project, { recursive: true });
  cpSync(join(top, "test/fixtures/recorder.cjs"), join(project, "recorder.cjs"));
  return project;
};

/** Installs from the registry, as a user does. */
export const install = (project: string, ...packages: readonly string[]): Promise<string> =>
  run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--silent", ...packages], project);

/** Links packages of this repository into a project instead; `to` is what they are called there. */
export const link = (project: string, packages: readonly (readonly [from: string, to: string])[]): void => {
  for (const [from, to] of packages) {
    const place = join(project, "node_modules", to);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(top, "node_modules", from), place);
  }
};

/** What `recorder.cjs` prints. */
export interface Recorded {
  readonly resources: readonly { readonly type: string; readonly name: string; readonly options: Readonly<Record<string, unknown>> }[];
  readonly oneInstance?: boolean;
  readonly refused?: boolean;
  /** What stood before that, in the output of somebody's unit tests. */
  readonly logged: readonly string[];
}

/** Previews a project's program under mocks, on this Node. What it logs stands before the last line. */
export const preview = async (project: string, script: string): Promise<Recorded> => {
  const lines = (await run(process.execPath, [script], project)).trimEnd().split("\n");
  return { ...(JSON.parse(lines.at(-1) ?? "") as Recorded), logged: lines.slice(0, -1) };
};

/** Type tokens and names, in order. */
export const registered = ({ resources }: Recorded): string[] => resources.map(({ type, name }) => `${type} ${name}`).toSorted();
