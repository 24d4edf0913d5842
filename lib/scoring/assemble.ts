/** Last step of `npm run build`: makes `dist` the build context of the scoring container. No part of the package. */
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

interface Locked {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly dev?: boolean;
}

interface Lock {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, Locked>>;
}

/** Optional for those who only declare endpoints; the container serves ONNX with it. */
const ALSO = "onnxruntime-node";

/** Needed by its install script alone, which the image does not run. */
const UNUSED = new Set(["adm-zip", "global-agent"]);

const read = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"));

/** The packages that these need, and what they need in turn, from where npm has put them. */
const closure = ({ packages }: Lock, names: readonly string[]): Record<string, Locked> => {
  const found = new Map<string, Locked>();
  const visit = (name: string, from: string): void => {
    const place = lookUp(packages, name, from);
    if (found.has(place)) return;
    const { dev: _, ...locked } = packages[place] as Locked;
    const dependencies = Object.fromEntries(Object.entries(locked.dependencies ?? {}).filter(([each]) => !UNUSED.has(each)));
    found.set(place, { ...locked, ...(locked.dependencies === undefined ? {} : { dependencies }) });
    const peers = Object.keys(locked.peerDependencies ?? {}).filter((each) => locked.peerDependenciesMeta?.[each]?.optional !== true);
    for (const each of [...Object.keys({ ...dependencies, ...locked.optionalDependencies }), ...peers]) visit(each, place);
  };
  for (const name of names) visit(name, "");
  return Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

/** As Node looks for a package: beside the one that asks, then upward. */
const lookUp = (packages: Lock["packages"], name: string, from: string): string => {
  const place = `${from === "" ? "" : `${from}/`}node_modules/${name}`;
  if (packages[place] !== undefined) return place;
  if (from === "") throw new Error(`package-lock.json has no ${name}`);
  return lookUp(packages, name, from.slice(0, Math.max(0, from.lastIndexOf("/node_modules/"))));
};

const { name, version, license, type, bin, engines, dependencies } = read("package.json") as Record<string, object>;
const lock = read("package-lock.json") as Lock;
const exact = lock.packages[`node_modules/${ALSO}`]?.version;
const manifest = { name, version, license, type, bin, engines, dependencies: { ...dependencies, [ALSO]: exact } };
const packages = { "": manifest, ...closure(lock, Object.keys(manifest.dependencies)) };

mkdirSync("dist/image", { recursive: true });
const write = (file: string, value: object): void => writeFileSync(`dist/image/${file}`, `${JSON.stringify(value, undefined, 2)}\n`);
write("package.json", { ...manifest, private: true });
write("package-lock.json", { name, version, lockfileVersion: lock.lockfileVersion, requires: true, packages });
cpSync("lib/scoring/Dockerfile", "dist/Dockerfile");
for (const part of ["worker", "fetch"]) cpSync(`lib/scoring/${part}`, `dist/scoring/${part}`, { recursive: true, filter: (file) => !file.includes("__pycache__") });
chmodSync("dist/cli/main.js", 0o755);
