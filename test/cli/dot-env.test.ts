import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { withSecrets } from "../../lib/cli/dot-env.ts";
import type { LocalPlan } from "../../lib/compile/local/plan.ts";

const folderWith = (text: string | undefined): string => {
  const folder = mkdtempSync(join(tmpdir(), "dot-env-"));
  if (text !== undefined) writeFileSync(join(folder, ".env"), text);
  return folder;
};
const plan = (secrets: readonly string[], environment: Readonly<Record<string, string>> = {}): LocalPlan<string> =>
  ({ name: "wine", path: "/", traffic: [], deployments: [{ name: "blue", secrets, environment, serve: {}, needsPython: false, probes: {}, filesHash: "" }] }) as unknown as LocalPlan<string>;
const environment = (made: readonly LocalPlan<string>[]): unknown => made[0]?.deployments[0]?.environment;

describe("secrets on localhost", () => {
  test("come from .env beside the program", () => expect(environment(withSecrets([plan(["DB"], { A: "1" })], folderWith('DB="a b" # note\nOTHER=x\n')))).toEqual({ DB: "a b", A: "1" }));
  test("may be empty", () => expect(environment(withSecrets([plan(["DB"])], folderWith("DB=\n")))).toEqual({ DB: "" }));
  test("are each asked for by name", () => {
    const folder = folderWith("DB=1\n");
    expect(() => withSecrets([plan(["DB", "TOKEN", "KEY"])], folder)).toThrow(
      [
        "Secrets of a cluster or a vault are not read on localhost",
        ...["TOKEN", "KEY"].map((name) => `  - wine: deployments.blue.environmentVariables.${name}: write ${name}=… into ${folder}/.env, or give it with --set`),
      ].join("\n"),
    );
  });
  test("need no file where there are none", () => expect(environment(withSecrets([plan([])], folderWith(undefined)))).toEqual({}));
});
