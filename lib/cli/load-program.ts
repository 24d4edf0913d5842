/** Loads a program as Pulumi's own language host does: cmd/run/run.js of @pulumi/pulumi. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Program } from "./project.ts";

/** Loads a package from where the program finds it. */
export const requireFrom = <T>({ cwd }: Program, name: string): T => {
  try {
    return createRequire(join(cwd, "program.js"))(name) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new Error(`${name} is not installed where the program can load it (${cwd}): npm install`, { cause: error });
  }
};

/** Runs the program; its exports, or what an exported function gives. */
export const loadProgram = async (program: Program): Promise<unknown> => {
  const manifest = readManifest(program.cwd);
  const entry = entryOf(program, manifest);
  const exported: unknown = manifest.type === "module" || /\.m[jt]s$/.test(entry) ? await importEntry(entry) : requireEntry(program, entry);
  return typeof exported === "function" ? (exported as () => unknown)() : exported;
};

interface Manifest {
  readonly folder?: string;
  readonly type?: string;
  readonly main?: string;
  readonly exports?: unknown;
}

const readManifest = (folder: string): Manifest => {
  const path = join(folder, "package.json");
  if (existsSync(path)) return { ...(JSON.parse(readFileSync(path, "utf8")) as Manifest), folder };
  return dirname(folder) === folder ? {} : readManifest(dirname(folder));
};

/** What package.json names where Pulumi.yaml names nothing. */
const entryOf = ({ cwd, entry }: Program, manifest: Manifest): string => {
  if (!statSync(entry).isDirectory() || manifest.folder === undefined) return entry;
  const named = mainExport(manifest.exports) ?? (manifest.exports === undefined ? manifest.main : undefined);
  const path = named === undefined ? undefined : join(manifest.folder, named);
  // The package may be that of a whole repository: its main file is not this program's.
  return path !== undefined && manifest.folder === cwd && existsSync(path) ? path : entry;
};

const mainExport = (exports: unknown): string | undefined => {
  if (typeof exports === "string") return exports;
  const main = (exports as Record<string, unknown> | undefined)?.["."];
  if (typeof main !== "object" || main === null) return typeof main === "string" ? main : undefined;
  const { default: any, import: esm, require: cjs } = main as Record<string, string | undefined>;
  return any ?? cjs ?? esm;
};

const INDEX = ["index.js", "index.mjs", "index.ts", "index.mts"];

const importEntry = async (entry: string): Promise<unknown> => {
  const index = statSync(entry).isDirectory() ? INDEX.map((name) => join(entry, name)).find((path) => existsSync(path)) : entry;
  if (index === undefined) throw new Error(`${entry} holds none of ${INDEX.join(", ")}`);
  const loaded = (await import(pathToFileURL(index).href)) as Record<string, unknown>;
  return "default" in loaded ? loaded["default"] : { ...loaded };
};

const requireEntry = (program: Program, entry: string): unknown => {
  if (program.typescript) registerTsNode(program);
  // A folder with "/" at its end is the folder, and no file beside it.
  return createRequire(join(program.cwd, "program.js"))(statSync(entry).isDirectory() ? `${entry}/` : entry) as unknown;
};

interface TsUtils {
  loadTypeScriptCompilerOptions(path: string): object;
  typeScriptRequireStrings(): { tsnodeRequire: string; typescriptRequire: string };
}

/** The same compiler and settings as Pulumi's, except that types are not checked: `pulumi preview` and the editor do that. */
const registerTsNode = (program: Program): void => {
  const { loadTypeScriptCompilerOptions, typeScriptRequireStrings } = requireFrom<TsUtils>(program, "@pulumi/pulumi/tsutils");
  const own = createRequire(createRequire(join(program.cwd, "program.js")).resolve("@pulumi/pulumi/package.json"));
  const { tsnodeRequire, typescriptRequire } = typeScriptRequireStrings();
  const { version } = own(typescriptRequire) as { version: string };
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const modern = major > 4 || (major === 4 && minor >= 7);
  const project = process.env["PULUMI_NODEJS_TSCONFIG_PATH"] ?? "tsconfig.json";
  const compilerOptions = {
    target: "ES2020",
    module: modern ? "nodenext" : "commonjs",
    moduleResolution: modern ? "nodenext" : "node",
    sourceMap: true,
    ...loadTypeScriptCompilerOptions(project),
  };
  (own(tsnodeRequire) as { register(options: object): void }).register({
    compiler: own.resolve(typescriptRequire),
    transpileOnly: true,
    // Options that a newer TypeScript calls deprecated: no reason not to run.
    ignoreDiagnostics: [5101, 5107],
    project,
    skipProject: !existsSync(project),
    compilerOptions,
  });
};
