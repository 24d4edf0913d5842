/** The arrows between the folders of lib, as the map in `lib/README.md` draws them: left may import right, nothing else may. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

type Sources = Readonly<Record<string, string>>;

interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
}

/** By unit: what of ours it may import. A name allows every unit below it; `types` stands for type-only. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  index: ["components", "model", "scoring/context"],
  components: ["assets", "compile/azure", "compile/kubernetes", "model"],
  // Bundles are types of the model, so that compilers need not know `assets`.
  assets: ["model"],
  compile: ["model", "scoring/contract"],
  model: ["scoring/contract"],
  scoring: ["scoring/contract"],
  // The same doors, logs, Python processes and ONNX sessions, for work that takes longer.
  "scoring/batch": ["scoring/contract", "scoring/online"],
  local: ["types compile/local", "scoring/contract"],
  cli: ["local", "scoring", "assets", "compile", "model"],
  "cli/collect": ["local", "scoring", "assets", "compile", "model", "types components"],
};

/** By unit: packages it may import. `*` is any that package.json promises to users. */
const PACKAGES: Readonly<Record<string, readonly (RegExp | { readonly types: RegExp })[]>> = {
  model: [/^zod$/],
  "compile/kubernetes": [{ types: /^(kubernetes-models|@kubernetes-models\/[^/]+)(\/|$)/ }],
  "compile/azure": [/cldr/],
  components: [/^node:/, /^@pulumi\//],
  assets: [/^node:/],
  cli: [/^/],
  local: [/^(?!@pulumi\/)/],
  scoring: [/^(?!@pulumi\/)/],
};

/** Folders that are several units. */
const DIVIDED = new Set(["compile", "scoring"]);

/** `components`, `compile/azure`, `scoring/contract`, `cli/collect`. */
const unitOf = (file: string): string => {
  const [folder = "", second] = file.replace(/^lib\//, "").replace(/\.ts$/, "").split("/");
  return second !== undefined && (DIVIDED.has(folder) || file === "lib/cli/collect.ts") ? `${folder}/${second}` : folder;
};

const folderOf = (unit: string): string => unit.split("/")[0] ?? "";

const isWithin = (unit: string, folder: string): boolean => unit === folder || unit.startsWith(`${folder}/`);

/** What a table says of a unit: its own line, else its folder's. */
const rule = <T>(table: Readonly<Record<string, readonly T[]>>, unit: string): readonly T[] => table[unit] ?? table[folderOf(unit)] ?? [];

const importsOf = (from: string, text: string): Import[] => {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean): void => {
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) found.push({ from, specifier: specifier.text, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword || onlyTypes(node.importClause?.namedBindings));
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly || onlyTypes(node.exportClause));
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(from, text, ts.ScriptTarget.Latest, true));
  return found;
};

const onlyTypes = (names: ts.Node | undefined): boolean =>
  names !== undefined && (ts.isNamedImports(names) || ts.isNamedExports(names)) && names.elements.length > 0 && names.elements.every((element) => element.isTypeOnly);

const say = ({ from, specifier }: Import, reason: string): string => `${from} imports ${specifier}: ${reason}`;

const target = ({ from, specifier }: Import): string => normalize(join(dirname(from), specifier));

const checkOwn = (each: Import, sources: Sources): string[] => {
  if (!each.specifier.endsWith(".ts")) return [say(each, "a relative import ends in .ts")];
  const to = target(each);
  if (sources[to] === undefined) return [say(each, "no such file in lib")];
  const [here, there] = [unitOf(each.from), unitOf(to)];
  if (here === there || (folderOf(here) === folderOf(there) && !DIVIDED.has(folderOf(here)))) return [];
  const allowed = rule(ARROWS, here).some((arrow) => isWithin(there, arrow.replace("types ", "")) && (each.typeOnly || !arrow.startsWith("types ")));
  return allowed ? [] : [say(each, `no arrow from ${here} to ${there}${each.typeOnly ? "" : " for values"}`)];
};

const checkOutside = (each: Import, promised: ReadonlySet<string>): string[] => {
  const { specifier, typeOnly } = each;
  const unit = unitOf(each.from);
  const fits = (allowed: RegExp | { readonly types: RegExp }): boolean => (allowed instanceof RegExp ? allowed.test(specifier) : typeOnly && allowed.types.test(specifier));
  if (!rule(PACKAGES, unit).some(fits)) return [say(each, `not a package of ${unit}${typeOnly ? "" : " for values"}`)];
  const name = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  return typeOnly || specifier.startsWith("node:") || promised.has(name) ? [] : [say(each, "neither a dependency nor a peer in package.json")];
};

/** A file that only passes on what others export. */
const barrels = (sources: Sources): string[] =>
  Object.entries(sources).flatMap(([file, text]) => {
    const { statements } = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const passesOn = statements.length > 0 && statements.every((statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined);
    return passesOn && file !== "lib/index.ts" ? [`${file} is a barrel`] : [];
  });

/** Import cycles between files, type-only ones too: whoever reads one file has to read all of them. */
const cycles = (imports: readonly Import[]): string[] => {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push(`a cycle: ${[...path.slice(path.indexOf(file)), file].join(" → ")}`);
    if (path.includes(file) || done.has(file)) return;
    for (const each of imports) if (each.from === file && each.specifier.startsWith(".")) visit(target(each), [...path, file]);
    done.add(file);
  };
  for (const { from } of imports) visit(from, []);
  return found;
};

const violations = (sources: Sources, promised: ReadonlySet<string>): string[] => {
  const imports = Object.entries(sources).flatMap(([file, text]) => importsOf(file, text));
  const wrong = imports.flatMap((each) => (each.specifier.startsWith(".") ? checkOwn(each, sources) : checkOutside(each, promised)));
  return [...wrong, ...barrels(sources), ...cycles(imports)];
};

describe("the checker sees", () => {
  const check = (sources: Sources): string[] => violations(sources, new Set(["zod", "@pulumi/pulumi"]));
  const planted: readonly (readonly [what: string, sources: Sources, message: string])[] = [
    ["an arrow that is not drawn", { "lib/model/a.ts": 'import { b } from "../assets/b.ts";', "lib/assets/b.ts": "" }, "no arrow from model to assets for values"],
    ["a neighbouring compiler", { "lib/compile/azure/a.ts": 'export { b } from "../local/b.ts"; const c = 1;', "lib/compile/local/b.ts": "" }, "no arrow from compile/azure to compile/local for values"],
    ["a type of a folder without an arrow", { "lib/model/a.ts": 'import type { B } from "../cli/b.ts";', "lib/cli/b.ts": "" }, "no arrow from model to cli"],
    ["a value where types are allowed", { "lib/local/a.ts": 'import { b } from "../compile/local/b.ts";', "lib/compile/local/b.ts": "" }, "no arrow from local to compile/local for values"],
    ["components in another verb than collect", { "lib/cli/dev.ts": 'import type { B } from "../components/b.ts";', "lib/components/b.ts": "" }, "no arrow from cli to components"],
    ["an import()", { "lib/assets/a.ts": 'await import("../local/b.ts");', "lib/local/b.ts": "" }, "no arrow from assets to local for values"],
    ["an import type", { "lib/assets/a.ts": 'let a: import("../local/b.ts").B;', "lib/local/b.ts": "" }, "no arrow from assets to local"],
    ["node in a compiler", { "lib/compile/local/a.ts": 'import { join } from "node:path";' }, "not a package of compile/local for values"],
    ["a value of kubernetes-models", { "lib/compile/kubernetes/a.ts": 'import { Pod } from "kubernetes-models/v1";' }, "not a package of compile/kubernetes for values"],
    ["a package that users do not get", { "lib/cli/a.ts": 'import { test } from "vitest";' }, "neither a dependency nor a peer in package.json"],
    ["Pulumi in the container", { "lib/scoring/online/a.ts": 'import "@pulumi/pulumi";' }, "not a package of scoring/online for values"],
    ["a missing extension", { "lib/model/a.ts": 'import "./b";' }, "a relative import ends in .ts"],
    ["a barrel", { "lib/model/all.ts": 'export * from "./b.ts";', "lib/model/b.ts": "" }, "is a barrel"],
    ["a cycle", { "lib/model/a.ts": 'import "./b.ts";', "lib/model/b.ts": 'import type { A } from "./a.ts";' }, "a cycle: lib/model/a.ts → lib/model/b.ts → lib/model/a.ts"],
  ];
  test.each(planted)("%s", (_what, sources, message) => {
    const found = check(sources);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  test("nothing where all is drawn", () => {
    const sources = {
      "lib/index.ts": 'export { A } from "./components/a.ts";',
      "lib/components/a.ts": 'import * as pulumi from "@pulumi/pulumi"; import { b } from "../model/b.ts";',
      "lib/model/b.ts": 'import { z } from "zod"; import type { C } from "../scoring/contract.ts";',
      "lib/scoring/contract.ts": "",
      "lib/compile/kubernetes/a.ts": 'import type { IPod } from "kubernetes-models/v1"; import { type IRoute } from "@kubernetes-models/gateway-api/x";',
      "lib/cli/collect.ts": 'import type { A } from "../components/a.ts"; import { D } from "./dev.ts";',
      "lib/cli/dev.ts": "",
    };
    expect(check(sources)).toEqual([]);
  });
});

test("every import of lib follows an arrow", () => {
  const top = fileURLToPath(new URL("..", import.meta.url));
  const files = globSync("lib/**/*.ts", { cwd: top });
  expect(files.length).toBeGreaterThan(50);
  const manifest = JSON.parse(readFileSync(join(top, "package.json"), "utf8")) as Record<"dependencies" | "peerDependencies", Record<string, string>>;
  const promised = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));
  const sources = Object.fromEntries(files.map((file) => [file, readFileSync(join(top, file), "utf8")]));
  expect(violations(sources, promised)).toEqual([]);
});
