/** What `render` makes of every example, for every target; programs run as `render` runs them, in a child of their own. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cli } from "./cli.ts";

/** Examples with their stacks. The first target of each is the program's own. */
const examples: readonly (readonly [example: string, stack: string | undefined, own: "azure" | "kubernetes"])[] = [
  ["quickstart", undefined, "kubernetes"],
  ["blue-green", undefined, "kubernetes"],
  ["environments", "dev", "kubernetes"],
  ["environments", "prod", "azure"],
  ["pipeline", "stage", "kubernetes"],
  ["pipeline", "prod", "azure"],
  ["module", undefined, "kubernetes"],
  ["escape-hatch", undefined, "kubernetes"],
  ["batch", "dev", "azure"],
  ["batch", "stage", "kubernetes"],
];

/** Arguments of the target that a program does not name. */
const elsewhere = {
  azure: { resourceGroupName: "rg", workspaceName: "ws", location: "westeurope", "storage.accountName": "acct", "storage.containerName": "models", scoringImage: "registry.example.com/scoring:0.1.0" },
  kubernetes: { namespace: "ml", jobsNamespace: "ml-jobs", "gateway.name": "public", "gateway.namespace": "gateways", "gateway.implementation": "envoy-gateway", "gateway.url": "https://models.example.com", scoringImage: "registry.example.com/scoring:0.1.0" },
  local: {},
} as const;

const golden = (name: string): string => fileURLToPath(new URL(`./golden/${name}.yaml`, import.meta.url));

/** Examples of what one target alone can do. */
const azureAlone = ["azure-managed", "azure-kubernetes-compute"] as const;

/** Two programs with one endpoint between them, whose models are registered in its workspace. */
const shared = ["shared-endpoint", "shared-deployment"] as const;

/** The same of clusters, with its stack: Azure asks for an image of each step. */
const clusterAlone = [["batch-pipeline", "stage"]] as const;

const rendered = async (example: string, stack: string | undefined, own: "azure" | "kubernetes", target: keyof typeof elsewhere): Promise<string> => {
  const settings = target === own ? [] : Object.entries(elsewhere[target]).flatMap(([key, value]) => ["--set", `target.${key}=${value}`]);
  const program = example === "quickstart" ? "." : `examples/${example}`;
  const { code, err, out } = await cli(["render", program, "--target", target, ...(stack === undefined ? [] : ["--stack", stack]), ...settings]);
  expect(err.replaceAll(/^(warning|note): .*\n/gm, "")).toBe("");
  expect(code).toBe(0);
  return out;
};

describe.each(examples)("%s %s", (example, stack, own) => {
  it.each(["azure", "kubernetes", "local"] as const)("on %s", async (target) =>
    expect(await rendered(example, stack, own, target)).toMatchFileSnapshot(golden(`${example}${stack === undefined ? "" : `-${stack}`}.${target}`)));
});

describe.each(azureAlone)("%s dev", (example) => {
  it.each(["azure", "local"] as const)("on %s", async (target) => expect(await rendered(example, "dev", "azure", target)).toMatchFileSnapshot(golden(`${example}-dev.${target}`)));
});

describe.each(shared)("%s", (example) => {
  it("on azure", async () => expect(await rendered(example, undefined, "azure", "azure")).toMatchFileSnapshot(golden(`${example}.azure`)));
});

describe.each(clusterAlone)("%s %s", (example, stack) => {
  it.each(["kubernetes", "local"] as const)("on %s", async (target) => expect(await rendered(example, stack, "kubernetes", target)).toMatchFileSnapshot(golden(`${example}-${stack}.${target}`)));
});
