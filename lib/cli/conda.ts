/** A conda environment file where there is no conda: what pip can install of it. */
import { isObject, readYaml } from "./project.ts";
import { refuse } from "./refusal.ts";

/** A conda file as pip understands it. */
export interface CondaAsPip {
  /** Version of Python that it asks for: `3.11`. */
  readonly python?: string | undefined;
  readonly requirements: readonly string[];
  /** Packages of conda that are looked for on PyPI under the same name. */
  readonly translated: readonly string[];
}

/** Packages that are conda's way to get Python itself, or tools around it. */
const TOOLS = new Set(["pip", "setuptools", "wheel"]);

/** Reads the file. `numpy=1.26` becomes `numpy==1.26.*`, as conda means it; what stands under `pip:` stays as it is. */
export const condaAsPip = (path: string): CondaAsPip => {
  const file = readYaml(path);
  const dependencies = isObject(file) ? (file["dependencies"] ?? []) : undefined;
  if (!Array.isArray(dependencies)) return refuse(`${path}: expected a conda environment file with a list of dependencies`);
  const specs = dependencies.filter((each) => typeof each === "string").map(parseSpec);
  const pip = dependencies.flatMap((each) => (isObject(each) && Array.isArray(each["pip"]) ? each["pip"].map(String) : []));
  const packages = specs.filter(({ name }) => name !== "python" && !TOOLS.has(name));
  return {
    python: /\d+\.\d+/.exec(specs.find(({ name }) => name === "python")?.version ?? "")?.[0],
    requirements: [...packages.map(({ name, version }) => `${name}${version}`), ...pip],
    translated: packages.map(({ name }) => name),
  };
};

/** `channel::name=version=build`, with `>=`, `<`, `==` as they are. */
const parseSpec = (spec: string): { readonly name: string; readonly version: string } => {
  const match = /^(?:[^:]+::)?([A-Za-z0-9._-]+)\s*(.*)$/.exec(spec.trim());
  const written = (match?.[2] ?? "").trim();
  return { name: (match?.[1] ?? spec).toLowerCase(), version: pipVersion(written) };
};

const pipVersion = (written: string): string => {
  if (!/^=[^=]/.test(written)) return written;
  const version = written.slice(1).split("=")[0] ?? "";
  return version.endsWith("*") ? `==${version}` : `==${version}.*`;
};
