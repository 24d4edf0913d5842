/** Every example, previewed: what the engine would be asked, inputs and options whole. Named assertions stand in the tests beside this one. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it, vi } from "vitest";
import { parse, stringify } from "yaml";
import { called, preview, type Registered } from "./preview.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));

const prod = {
  target: "azure",
  resourceGroupName: "ml-prod",
  workspaceName: "models",
  location: "westeurope",
  storageAccount: "mlprodmodels",
  storageContainer: "models",
  scoringImage: "registry.example.com/scoring:0.1.0",
  instanceCount: "3",
  greenShare: "10",
};

/** What the file of a stack says. */
const stage = (example: string): Readonly<Record<string, string>> => {
  const { config } = parse(readFileSync(`${top}examples/${example}/Pulumi.stage.yaml`, "utf8")) as { readonly config: Readonly<Record<string, unknown>> };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.split(":")[1] ?? "", typeof value === "object" ? JSON.stringify(value) : `${value}`]));
};

const run = (example: string, config: Readonly<Record<string, string>> = {}): Promise<readonly Registered[]> =>
  preview(() => {
    pulumi.runtime.setAllConfig(Object.fromEntries(Object.entries(config).map(([key, value]) => [`models:${key}`, value])));
    return import(`../../examples/${example}/index.ts`);
  });

/** As YAML, in an order that does not depend on which answer came first, with paths of this repository. */
const golden = (all: readonly Registered[]): string => {
  const ordered = all.toSorted((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1));
  const shown = ordered.map(({ dependsOn, inputs, name, options, parent, type }) => ({ type, name, parent, inputs, dependsOn, options }));
  return stringify(JSON.parse(JSON.stringify(shown)), { lineWidth: 0, aliasDuplicateObjects: false, sortMapEntries: true }).replaceAll(top, "");
};

/** A module runs once: what its run gave is kept for the tests after it. */
const previewed = new Map<string, readonly Registered[]>();

describe("examples", () => {
  it.each([
    ["quickstart", {}],
    ["blue-green", {}],
    ["environments", prod],
    ["environments-stage", stage("environments")],
    ["module", {}],
    ["escape-hatch", {}],
    ["shared-endpoint", { greenShare: "10" }],
    ["shared-deployment", {}],
    ["azure-managed", prod],
    ["batch", prod],
    ["batch-stage", stage("batch")],
    ["pipeline-stage", stage("pipeline")],
    ["batch-pipeline", { namespace: "ml", jobsNamespace: "ml-jobs", jobsClaim: "batch", scoringImage: prod.scoringImage, url: "https://models.example.com" }],
    ["azure-kubernetes-compute", { ...prod, subscriptionId: "00000000-0000-0000-0000-000000000000" }],
  ])("%s", async (name, config) => {
    // A program that has run for another stack runs again.
    if (name.endsWith("-stage")) vi.resetModules();
    const all = await run(name.replace(/-stage$/, ""), config);
    previewed.set(name, all);
    const text = golden(all);
    expect(text).not.toContain("[object Object]");
    await expect(text).toMatchFileSnapshot(fileURLToPath(new URL(`./golden/${name}.yaml`, import.meta.url)));
  });

  it("module: both endpoints have a deployment blue, each with the provider that was given", async () => {
    const all = await preview(async () => {
      const { ModelService } = await import("../../examples/module/model-service.ts");
      const { Provider } = await import("@pulumi/kubernetes");
      const args = { namespace: "ml", model: `${top}examples/quickstart/models/blue.onnx`, url: "https://models.example.com" };
      return ["west", "east"].map((side) => new ModelService(`wine-${side}`, args, { providers: { kubernetes: new Provider(side, {}) } }));
    });
    for (const side of ["west", "east"]) {
      expect(called(all, `wine-${side}-endpoint--blue-deployment`).options["provider"]).toBe(side);
      expect(called(all, `wine-${side}-endpoint`).parent).toBe(`wine-${side}`);
    }
    expect(new Set(all.map(({ urn }) => urn)).size).toBe(all.length);
  });

  it("escape-hatch: transforms arrive, and other resources can depend on a child", () => {
    const all = previewed.get("escape-hatch") ?? [];
    const { template } = called(all, "wine--blue-deployment").inputs["spec"] as { template: { spec: { priorityClassName?: string } } };
    expect(template.spec.priorityClassName).toBe("live-models");
    expect(called(all, "wine-callers").dependsOn).toEqual(["wine-keys", "wine-route"]);
    expect(called(all, "wine-route").inputs["metadata"]).toMatchObject({ annotations: { "example.com/owner": "cellar" } });
  });
});
