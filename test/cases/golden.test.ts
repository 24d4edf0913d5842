/** One declaration, one golden file per target beside it, refusals included. UPDATE: `vitest run -u test/cases`. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readAssets } from "../../lib/assets/read.ts";
import { printPlan } from "../../lib/cli/print-plan.ts";
import type { TargetName } from "../../lib/cli/target-name.ts";
import { parseAny } from "../../lib/model/parse.ts";
import { InvalidArgs } from "../../lib/model/refusal.ts";
import { azureTarget, kubernetesTarget, naming } from "../model/declare.ts";
import type { Case } from "./declare.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const top = fileURLToPath(new URL("../..", import.meta.url));
const names = readdirSync(here).flatMap((file) => (file.endsWith(".in.ts") ? [file.replace(/\.in\.ts$/, "")] : []));
const targets: readonly TargetName[] = ["azure", "kubernetes", "local"];

/** The plan as YAML, or every problem. What `render` prints comes from the same functions. */
const compiled = ({ args, azure, kubernetes, name }: Case, target: TargetName): string => {
  const on = target === "azure" ? { ...azureTarget, ...azure } : { ...kubernetesTarget, ...kubernetes };
  const { endpoint, problems } = parseAny<string>(name, { kind: "online", target: on, ...args }, naming);
  const { assets, problems: missing } = readAssets(endpoint, target === "kubernetes" ? "inline" : "content");
  try {
    return printPlan(endpoint, target, assets, { folder: top, missing: [...problems, ...missing] });
  } catch (error) {
    if (!(error instanceof InvalidArgs)) throw error;
    return `InvalidArgs: ${error.message.replaceAll(process.cwd(), ".")}\n`;
  }
};

describe.each(names)("%s", (name) => {
  it.each(targets)("on %s", async (target) => {
    const { default: declared } = (await import(`./${name}.in.ts`)) as { default: Case };
    const golden = `${here}${name}.${target}.yaml`;
    const text = compiled(declared, target);
    expect(text).not.toContain("[object Object]");
    // The API server keeps none: what writes one differs from what there is, at every `up`.
    if (target === "kubernetes") expect(text).not.toMatch(/^[ -]*\w+: \[\]$/m);
    await expect(text).toMatchFileSnapshot(golden);
  });
});

it("there is no golden file without its case", () => {
  const orphans = readdirSync(here).filter((file) => file.endsWith(".yaml") && !names.includes(file.replace(/\.[a-z]+\.yaml$/, "")));
  expect(orphans).toEqual([]);
  expect(names.length).toBeGreaterThan(5);
});
