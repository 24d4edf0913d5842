/** The snippets of README.md are regions of the examples, word for word. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const top = fileURLToPath(new URL("../../", import.meta.url));

interface Block {
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** `examples/quickstart/index.ts#quickstart`, from the comment above. */
  readonly region: string | undefined;
}

/** The fenced blocks of a page. A mark is an HTML comment right above, with at most empty lines between. */
const blocksOf = (page: string): Block[] => {
  const fenced = /(?:<!--\s*region:\s*(?<region>\S+)\s*-->[ \t]*\n(?:[ \t]*\n)*)?^(?<fence>```+)(?<language>\w*)[^\n]*\n(?<text>[\s\S]*?)^\k<fence>[ \t]*$/gm;
  return [...page.matchAll(fenced)].map(({ index, groups }) => ({
    line: page.slice(0, index).split("\n").length,
    language: groups?.["language"] ?? "",
    text: groups?.["text"] ?? "",
    region: groups?.["region"],
  }));
};

/** What stands between `// #region name` and the end of the region, without its indentation; `#` begins a comment in YAML and Python. */
const regionOf = (source: string, name: string): string | undefined => {
  const lines = source.split("\n");
  const is = (line: string, mark: string): boolean => line.trim().replace(/^(\/\/|#)\s*/, "") === mark;
  const begin = lines.findIndex((line) => is(line, `#region ${name}`));
  if (begin === -1) return undefined;
  const end = lines.findIndex((line, index) => index > begin && is(line, "#endregion"));
  if (end === -1) return undefined;
  const indentation = /^\s*/.exec(lines[begin] ?? "")?.[0] ?? "";
  const inside = lines.slice(begin + 1, end).map((line) => (line.startsWith(indentation) ? line.slice(indentation.length) : line));
  return `${inside.join("\n").trim()}\n`;
};

const TYPESCRIPT = new Set(["ts", "typescript", "tsx", "js", "javascript"]);

/** What is wrong with a page's blocks. `read` gives a file's text, or undefined. */
const problemsOf = (page: string, read: (path: string) => string | undefined): string[] =>
  blocksOf(page).flatMap(({ line, language, text, region }) => {
    if (region === undefined) return TYPESCRIPT.has(language) ? [`line ${line}: no region is named above this block`] : [];
    const [path = "", name = ""] = region.split("#");
    const source = read(path);
    if (source === undefined) return [`line ${line}: there is no ${path}`];
    const wanted = name === "" ? source : regionOf(source, name);
    if (wanted === undefined) return [`line ${line}: ${path} has no region ${name}`];
    return text.trim() === wanted.trim() ? [] : [`line ${line}: differs from ${region}:\n${wanted}`];
  });

const read = (path: string): string | undefined => (existsSync(top + path) ? readFileSync(top + path, "utf8") : undefined);

describe("README.md", () => {
  const page = read("README.md");
  test("exists and shows TypeScript", () => expect(blocksOf(page ?? "").filter(({ language }) => TYPESCRIPT.has(language))).not.toEqual([]));
  test("shows regions of files alone", () => expect(problemsOf(page ?? "", read)).toEqual([]));
});

describe("the checker", () => {
  const source = "// #region one\nconst a = 1;\n\nconst b = 2;\n// #endregion\nfunction f() {\n  // #region two\n  return 1;\n  // #endregion\n}\n";
  const check = (page: string): string[] => problemsOf(page, (path) => (path === "a.ts" ? source : undefined));
  const block = (mark: string, text: string, language = "ts"): string => `# Page\n\n${mark}\n\`\`\`${language}\n${text}\n\`\`\`\n\nafter\n`;

  test.each([
    ["takes a region as it is", block("<!-- region: a.ts#one -->", "const a = 1;\n\nconst b = 2;"), undefined],
    ["takes a region without its indentation", block("<!-- region: a.ts#two -->", "return 1;"), undefined],
    ["takes an empty line below the mark", block("<!-- region: a.ts#two -->\n", "return 1;"), undefined],
    ["leaves shell alone", block("", "npm start", "sh"), undefined],
    ["sees a difference", block("<!-- region: a.ts#one -->", "const a = 2;\n\nconst b = 2;"), "line 3: differs from a.ts#one"],
    ["sees a difference in YAML that is marked", block("<!-- region: a.ts#two -->", "return: 1", "yaml"), "line 3: differs from a.ts#two"],
    ["sees a block without a mark", block("", "const a = 1;"), "no region is named above this block"],
    ["sees a mark too far above", block("<!-- region: a.ts#one -->\n\ntext\n", "const a = 1;"), "no region is named above this block"],
    ["sees a missing region", block("<!-- region: a.ts#three -->", "const a = 1;"), "a.ts has no region three"],
    ["sees a missing file", block("<!-- region: b.ts#one -->", "const a = 1;"), "there is no b.ts"],
  ])("%s", (_what, page, problem) => {
    const found = check(page);
    expect(found).toHaveLength(problem === undefined ? 0 : 1);
    if (problem !== undefined) expect(found[0]).toContain(problem);
  });
});
