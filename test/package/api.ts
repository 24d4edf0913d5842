/** The public surface in words: every export of `lib/index.ts` with its members and their types, inherited ones of our own included. */
import { join } from "node:path";
import ts from "typescript";
import { top } from "./consumer.ts";

const FORMAT = ts.TypeFormatFlags.NoTruncation;
const PULUMI = /import\("[^"]*node_modules\/@pulumi\/pulumi\/[^"]*"\)\./g;

/** The report as a page of Markdown. */
export const apiReport = (entry = join(top, "lib/index.ts")): string => {
  const program = ts.createProgram([entry], options());
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!;
  const exported = checker.getExportsOfModule(module).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const sections = exported.map((symbol) => describeExport(symbol, checker));
  return `# Public surface\n\nWritten by \`UPDATE=1 npx vitest run --config test/vitest.config.ts test/package/api.test.ts\`.\n\n${sections.join("\n")}`;
};

const options = (): ts.CompilerOptions => {
  const path = join(top, "tsconfig.json");
  const { config } = ts.readConfigFile(path, ts.sys.readFile) as { config: unknown };
  return { ...ts.parseJsonConfigFileContent(config, ts.sys, top).options, noEmit: true, incremental: false, tsBuildInfoFile: undefined };
};

const describeExport = (symbol: ts.Symbol, checker: ts.TypeChecker): string => {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declaration = target.declarations?.[0];
  if (declaration === undefined) throw new Error(`${symbol.name} has no declaration`);
  const lines = describeDeclaration(symbol.name, target, declaration, checker);
  return `## ${symbol.name}\n\n\`\`\`ts\n${lines.join("\n")}\n\`\`\`\n`;
};

const describeDeclaration = (name: string, symbol: ts.Symbol, declaration: ts.Declaration, checker: ts.TypeChecker): string[] => {
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  const base = ts.isClassDeclaration(declaration) || ts.isInterfaceDeclaration(declaration) ? heritage(declaration) : "";
  if (ts.isClassDeclaration(declaration)) {
    const constructors = checker.getTypeOfSymbol(symbol).getConstructSignatures().filter(isPublic);
    const made = constructors.map((signature) => `  new${checker.signatureToString(signature, declaration, FORMAT).replace(/: \w+$/, "")};`);
    return [`class ${name}${base} {`, ...made, ...members(type, declaration, checker), "}"];
  }
  const parameters = ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration) ? parametersOf(declaration) : "";
  if (ts.isInterfaceDeclaration(declaration)) return [`interface ${name}${parameters}${base} {`, ...members(type, declaration, checker), "}"];
  if (ts.isTypeAliasDeclaration(declaration)) {
    const own = type.isUnion() ? [] : members(type, declaration, checker);
    if (own.length > 0) return [`type ${name}${parameters} = {`, ...own, "}"];
    return [`type ${name}${parameters} = ${text(type, declaration, checker, ts.TypeFormatFlags.InTypeAlias)};`];
  }
  return [`const ${name}: ${text(checker.getTypeOfSymbol(symbol), declaration, checker)};`];
};

const heritage = ({ heritageClauses }: ts.ClassDeclaration | ts.InterfaceDeclaration): string => heritageClauses?.map((clause) => ` ${clause.getText()}`).join("") ?? "";

const parametersOf = ({ typeParameters }: ts.InterfaceDeclaration | ts.TypeAliasDeclaration): string =>
  typeParameters === undefined ? "" : `<${typeParameters.map((parameter) => parameter.getText()).join(", ")}>`;

/** Members that we declare: those of Pulumi's and JavaScript's classes go without saying. */
const members = (type: ts.Type, at: ts.Node, checker: ts.TypeChecker): string[] =>
  type.getProperties().flatMap((property) => {
    const declaration = property.declarations?.[0];
    if (declaration === undefined || declaration.getSourceFile().fileName.includes("/node_modules/") || !isPublic({ declaration })) return [];
    const writable = !(ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Readonly) && !ts.isGetAccessor(declaration);
    const optional = property.flags & ts.SymbolFlags.Optional ? "?" : "";
    const said = text(checker.getTypeOfSymbolAtLocation(property, at), at, checker);
    return [`  ${writable ? "" : "readonly "}${property.name}${optional}: ${optional === "" ? said : said.replace(/ \| undefined$/, "").replace(/^undefined \| /, "")};`];
  });

const isPublic = ({ declaration }: { readonly declaration?: ts.Declaration | ts.SignatureDeclaration }): boolean =>
  declaration === undefined ||
  (!(ts.getCombinedModifierFlags(declaration) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) &&
    !ts.getJSDocTags(declaration).some((tag) => tag.tagName.text === "internal") &&
    !(ts.isClassElement(declaration) && declaration.name !== undefined && ts.isPrivateIdentifier(declaration.name)));

const text = (type: ts.Type, at: ts.Node, checker: ts.TypeChecker, more = ts.TypeFormatFlags.None): string =>
  checker.typeToString(type, at, FORMAT | more).replaceAll(PULUMI, "pulumi.").replaceAll(/import\("[^"]*"\)\./g, "");
