/** Lives of local files: versions named by their content. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { deployment, target } from "../declarations.ts";
import type { Life } from "../life.ts";
import type { Declaration, Stack } from "../stack.ts";
import { story } from "../story.ts";

const storage = { accountName: "store", containerName: "models" };
const scored = deployment({ codeConfiguration: { code: "./scoring", scoringScript: "score.py" } });

const endpoint = (name: string): object => ({ kind: "online", name, target: { ...target, storage }, authMode: "key", deployments: { blue: scored }, traffic: { blue: 100 } });

const endpoints = (...names: readonly string[]): Declaration => ({ endpoints: Object.fromEntries(names.map((name) => [name, endpoint(name)])) });

const write = ({ folder }: Stack, version: number): void => {
  mkdirSync(join(folder, "project", "scoring"), { recursive: true });
  writeFileSync(join(folder, "project", "scoring", "score.py"), `def init():\n    pass\n\n\ndef run(data):\n    return ${version}\n`);
};

/** What happened to registered code, by the order in which contents appeared; and to the endpoint. The shell waits for no file, nor a file for it. */
const told = (lines: readonly string[], known: string[]): readonly [code: string[], endpoint: string[]] => {
  const numbered = (line: string): string =>
    line.replace(/[0-9a-f]{12}/, (hash) => {
      if (!known.includes(hash)) known.push(hash);
      return String(known.indexOf(hash) + 1);
    });
  return [lines.filter((line) => / codes\//.test(line)).map(numbered), lines.filter((line) => /^\w+ (credit|fraud)/.test(line))];
};

const whole = ["PUT credit", "PUT credit/blue", "PUT credit blue=100"];

export const files: Readonly<Record<string, Life>> = {
  "(p) one byte of code makes a version, and going back makes the former again": async (stack) => {
    const known: string[] = [];
    const lives: (readonly [string[], string[]])[] = [];
    const live = async (version: number): Promise<void> => {
      write(stack, version);
      const { calls, code, output } = await stack.up(endpoints("credit"));
      expect(code, output).toBe(0);
      lives.push(told(story(calls), known));
    };
    for (const version of [1, 1, 2, 1]) await live(version);
    const destroyed = await stack.run("destroy", "--yes", "--stack", "life");
    expect(destroyed.code, destroyed.output).toBe(0);
    await live(1);
    expect(lives).toEqual([
      [["PUT codes/credit/1"], whole],
      [[], []],
      [["PUT codes/credit/2", "DELETE codes/credit/1"], ["PUT credit/blue"]],
      [["PUT codes/credit/1", "DELETE codes/credit/2"], ["PUT credit/blue"]],
      [["PUT codes/credit/1"], whole],
    ]);
  },

  "(p) other content under a version that is registered is refused, and goes under another": async (stack) => {
    const named = (version: string): Declaration => ({ endpoints: { credit: { ...endpoint("credit"), deployments: { blue: deployment({ model: { path: "./scoring", name: "wine", version } }) } } } });
    write(stack, 1);
    const first = await stack.up(named("1"));
    expect(first.code, first.output).toBe(0);
    write(stack, 2);
    const refused = await stack.up(named("1"));
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain('What is registered under a version never changes. Give another "version", or leave it out');
    expect(refused.output).not.toContain("Wait until it is done");
    const { code, output } = await stack.up(named("2"));
    expect(code, output).toBe(0);
  },

  "(p) two endpoints share a folder, and neither takes the other's version along": async (stack) => {
    write(stack, 1);
    const both = await stack.up(endpoints("credit", "fraud"));
    expect(both.code, both.output).toBe(0);
    const { calls, code, output } = await stack.up(endpoints("fraud"));
    expect(code, output).toBe(0);
    expect(told(story(calls), [])).toEqual([["DELETE codes/credit/1"], ["DELETE credit"]]);
  },
};
