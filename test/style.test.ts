/** The plain rules of the house that can be counted. */
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const FILE_LINES = 300;
const FUNCTION_LINES = 50;

type Rule = (node: ts.Node, source: ts.SourceFile) => string | undefined;

const longFunction: Rule = (node, source) => {
  if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) return undefined;
  const lines = lineOf(node.getEnd(), source) - lineOf(node.getStart(source), source) + 1;
  return lines > FUNCTION_LINES ? `a function of ${lines} lines` : undefined;
};

const notErasable: Rule = (node) => {
  if (ts.isEnumDeclaration(node)) return "an enum";
  if (ts.isModuleDeclaration(node)) return "a namespace";
  if (ts.isParameter(node) && ts.isParameterPropertyDeclaration(node, node.parent)) return "a parameter property";
  return undefined;
};

/** `size || 1`: zero, empty and false are values. Words for an empty list, `names.join(", ") || "none"`, are no default. */
const swallowedZero: Rule = (node) => {
  if (!ts.isBinaryExpression(node) || isJoin(node.left)) return undefined;
  const or = node.operatorToken.kind === ts.SyntaxKind.BarBarToken || node.operatorToken.kind === ts.SyntaxKind.BarBarEqualsToken;
  return or && isLiteral(node.right) ? "a default after ||" : undefined;
};

const isJoin = (node: ts.Expression): boolean => ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === "join";

const isLiteral = (node: ts.Expression): boolean =>
  ts.isLiteralExpression(node) ||
  ts.isArrayLiteralExpression(node) ||
  ts.isObjectLiteralExpression(node) ||
  node.kind === ts.SyntaxKind.TrueKeyword ||
  node.kind === ts.SyntaxKind.FalseKeyword;

const SUITES = new Set(["describe", "it", "test", "suite"]);
const LEFT_OUT = new Set(["skip", "skipIf", "runIf", "only", "todo", "fails"]);

/** What another platform cannot do, it need not show. */
const skippedTest: Rule = (node) => {
  if (!ts.isPropertyAccessExpression(node) || !LEFT_OUT.has(node.name.text) || /\.(skipIf|runIf)\(process\.platform\b/.test(node.parent.getText())) return undefined;
  let owner: ts.Expression = node.expression;
  while (ts.isPropertyAccessExpression(owner)) owner = owner.expression;
  return ts.isIdentifier(owner) && SUITES.has(owner.text) ? `${owner.text}.${node.name.text}` : undefined;
};

const lineOf = (position: number, source: ts.SourceFile): number => source.getLineAndCharacterOfPosition(position).line + 1;

/** Offenders against rules on the syntax of one file. */
const inSyntax = (file: string, text: string, rules: readonly Rule[]): string[] => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    for (const rule of rules) {
      const what = rule(node, source);
      if (what !== undefined) found.push(`${file}:${lineOf(node.getStart(source), source)}: ${what}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
};

const longFile = (file: string, text: string): string[] => {
  const lines = text.replace(/\n$/, "").split("\n").length;
  return lines > FILE_LINES ? [`${file}: ${lines} lines`] : [];
};

/** Offenders against a pattern, line by line. */
const inText = (file: string, text: string, pattern: RegExp): string[] =>
  text.split("\n").flatMap((line, index) => {
    const match = pattern.exec(line);
    return match === null ? [] : [`${file}:${index + 1}: ${match[0]}`];
  });

const UNFINISHED = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "X".repeat(3)].join("|")})\\b`);
/** A path of somebody's machine; the same word further down a path or a URL is none. */
const MACHINE = /(?<![\w.})>*-])\/(work|tmp|root|home|Users)\//;
const CATCH_ALL = /^(utils?|helpers?|misc|common)\.(ts|py)$/;

const top = fileURLToPath(new URL("..", import.meta.url));
const listed = (...patterns: string[]): string[] => globSync(patterns, { cwd: top, exclude: ["**/node_modules/**", "**/__pycache__/**"] }).toSorted();
const read = (file: string): string => readFileSync(`${top}${file}`, "utf8");
const offenders = (files: readonly string[], check: (file: string, text: string) => string[]): string[] => files.flatMap((file) => check(file, read(file)));

const library = listed("lib/**/*.{ts,py}");
const typescript = listed("lib/**/*.ts", "examples/**/*.ts");
const tests = listed("test/**/*.ts");

describe("the repository", () => {
  test("is looked at", () => expect(library.length).toBeGreaterThan(50));
  test(`has no file of lib over ${FILE_LINES} lines`, () => expect(offenders(library, longFile)).toEqual([]));
  test(`has no function over ${FUNCTION_LINES} lines`, () => expect(offenders(typescript, (file, text) => inSyntax(file, text, [longFunction]))).toEqual([]));
  test("has erasable syntax alone", () => {
    const own = [...typescript, ...tests.filter((file) => !file.startsWith("test/fixtures/"))];
    expect(offenders(own, (file, text) => inSyntax(file, text, [notErasable]))).toEqual([]);
  });
  test("gives defaults by ?? alone", () => expect(offenders(typescript, (file, text) => inSyntax(file, text, [swallowedZero]))).toEqual([]));
  test("skips no test", () => expect(offenders(tests, (file, text) => inSyntax(file, text, [skippedTest]))).toEqual([]));
  test("leaves nothing unfinished", () => {
    const files = [...library, ...tests, ...listed("examples/**/*.{ts,py}", "README.md", "lib/**/*.md")];
    expect(offenders(files, (file, text) => inText(file, text, UNFINISHED))).toEqual([]);
  });
  test("names no path of one machine", () => {
    const files = [...library, ...listed("examples/**/*.{ts,py,yaml,txt}", "lib/**/{*.md,Dockerfile}", "README.md", "package.json", "Pulumi.yaml", "CHANGELOG.md")];
    expect(offenders(files, (file, text) => inText(file, text, MACHINE))).toEqual([]);
  });
  test("has no file for everything", () => expect([...library, ...tests].filter((file) => CATCH_ALL.test(basename(file)))).toEqual([]));
});

describe("the rules see", () => {
  const lines = (count: number): string => "\n".repeat(count);
  test.each([
    ["a function one line too long", `const f = () => {${lines(FUNCTION_LINES)}};`, longFunction, true],
    ["a function just short enough", `const f = () => {${lines(FUNCTION_LINES - 1)}};`, longFunction, false],
    ["a long constructor", `class A { constructor() {${lines(60)}} }`, longFunction, true],
    ["an enum", "enum A { B }", notErasable, true],
    ["a namespace", "namespace A { const b = 1; }", notErasable, true],
    ["a parameter property", "class A { constructor(private b: string) {} }", notErasable, true],
    ["a plain parameter", "class A { constructor(b: string) {} }", notErasable, false],
    ["a number after ||", "const a = b || 1;", swallowedZero, true],
    ["words for an empty list", 'const a = b.map(show).join(", ") || "none";', swallowedZero, false],
    ["a text after ||=", 'a ||= "b";', swallowedZero, true],
    ["two conditions", "const a = b || c === 1;", swallowedZero, false],
    ["a skipped test", 'it.skip("a", f);', skippedTest, true],
    ["a skipped table", 'describe.concurrent.skip("a", f);', skippedTest, true],
    ["a test of another platform", 'test.skipIf(process.platform !== "linux")("a", f);', skippedTest, false],
    ["a test that needs luck", 'test.skipIf(!found)("a", f);', skippedTest, true],
    ["another skip", "reader.skip(3);", skippedTest, false],
  ] as const)("%s", (_what, text, rule, seen) => expect(inSyntax("a.ts", text, [rule])).toHaveLength(seen ? 1 : 0));

  test("a long file", () => {
    expect(longFile("a.ts", "x\n".repeat(FILE_LINES))).toEqual([]);
    expect(longFile("a.ts", "x\n".repeat(FILE_LINES + 1))).toHaveLength(1);
  });

  test.each([
    ["// TO" + "DO: later", UNFINISHED, true],
    ["mastodon", UNFINISHED, false],
    ['"/work' + '/main/x"', MACHINE, true],
    ["see /tmp" + "/x", MACHINE, true],
    ["https://example.com/home" + "/x", MACHINE, false],
    ["${" + "folder}/tmp/x", MACHINE, false],
  ] as const)("%s", (text, pattern, seen) => expect(inText("a.ts", text, pattern)).toHaveLength(seen ? 1 : 0));
});
