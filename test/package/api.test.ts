/** The public surface is what the committed report says. A change of the one is a change of the other, in the same commit. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { apiReport } from "./api.ts";
import { scratch, top } from "./consumer.ts";

const REPORT = join(top, "test/package/api.md");

describe("the public surface", () => {
  let report: string;
  beforeAll(() => {
    report = apiReport();
    if (process.env["UPDATE"] === "1") writeFileSync(REPORT, report);
  });

  test("is the reported one; UPDATE=1 writes the report again", () => expect(report).toBe(readFileSync(REPORT, "utf8")));
  test("shows nothing of zod or of this machine", () => expect(report).not.toMatch(/zod|import\(|node_modules/i));
});

test("the report sees members, inherited ones, optional ones and what is internal", () => {
  const folder = scratch();
  const entry = join(folder, "index.ts");
  writeFileSync(
    entry,
    `interface Base<V> { readonly inherited?: V }
export interface Args extends Base<string> { writable: number }
export type Both = Base<number>;
export type Kind = "a" | "b";
export const make = (kind: Kind): Args => ({ writable: kind.length });
export class Made {
  readonly shown: string = "";
  readonly #hidden = 1;
  private left = 2;
  constructor(name: string) { void name; }
  /** @internal */
  finish(): void {}
  get size(): number { return this.#hidden + this.left; }
}
`,
  );
  const report = apiReport(entry);
  rmSync(folder, { recursive: true, force: true });
  const blocks = [...report.matchAll(/```ts\n([\s\S]*?)\n```/g)].map((match) => match[1]);
  expect(blocks).toEqual([
    "interface Args extends Base<string> {\n  writable: number;\n  readonly inherited?: string;\n}",
    "type Both = {\n  readonly inherited?: number;\n}",
    'type Kind = "a" | "b";',
    "class Made {\n  new(name: string);\n  readonly shown: string;\n  readonly size: number;\n}",
    "const make: (kind: Kind) => Args;",
  ]);
});
