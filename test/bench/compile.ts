/** What `render` spends on an endpoint of twenty deployments: parsing, reading its files, and compiling for each target. */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { readAssets } from "../../lib/assets/read.ts";
import { compile } from "../../lib/cli/compile.ts";
import { parseEndpoint } from "../../lib/model/parse.ts";
import type { TargetArgs } from "../../lib/model/target.ts";

const DEPLOYMENTS = 20;
const ROUNDS = 200;

const scoringImage = "registry.example.com/scoring:1";
const TARGETS: Readonly<Record<"azure" | "kubernetes", TargetArgs<string>>> = {
  azure: { type: "azureMl", resourceGroupName: "group", workspaceName: "workspace", location: "westeurope", storage: { accountName: "account", containerName: "models" }, scoringImage },
  kubernetes: { type: "kubernetes", namespace: "ml", scoringImage, gateway: { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: "https://models.example.com" } },
};

const path = fileURLToPath(new URL("../../examples/quickstart/models/blue.onnx", import.meta.url));
const deployment = { model: { path }, instanceCount: 2, azure: { instanceType: "Standard_DS3_v2" } };
const names = Array.from({ length: DEPLOYMENTS }, (_, index) => `model-${index + 1}`);
const declaration = (target: TargetArgs<string>) => ({
  kind: "online",
  target,
  deployments: Object.fromEntries(names.map((name) => [name, deployment])),
  traffic: Object.fromEntries(names.slice(0, 10).map((name) => [name, 10])),
  mirrorTraffic: { [names.at(-1) ?? ""]: 5 },
});
const naming = { stack: "organisation/project/stack", sha256: (text: string) => createHash("sha256").update(text).digest("hex") };

const parse = (target: TargetArgs<string>) => {
  const { endpoint, problems } = parseEndpoint<string>("credit", declaration(target), naming);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return endpoint;
};

/** Measures and gives lines to print. */
export async function benchCompile(): Promise<string[]> {
  const azure = parse(TARGETS.azure);
  const kubernetes = parse(TARGETS.kubernetes);
  const uploaded = readAssets(azure, "content").assets;
  const inline = readAssets(kubernetes, "inline").assets;
  const place = readAssets(kubernetes, "place").assets;
  const steps: readonly (readonly [string, () => unknown])[] = [
    ["parse", () => parse(TARGETS.kubernetes)],
    ["read files", () => readAssets(kubernetes, "inline")],
    ["compile for azure", () => compile(azure, "azure", uploaded)],
    ["compile for kubernetes", () => compile(kubernetes, "kubernetes", inline)],
    ["compile for local", () => compile(kubernetes, "local", place)],
  ];
  const rows = steps.map(([what, step]) => `  ${what.padEnd(24)}${milliseconds(time(step))}${milliseconds(median(step)).padStart(17)}`);
  return [`compile: an endpoint of ${DEPLOYMENTS} deployments (aim: under 50 ms a target)`, `  ${"".padEnd(24)}${"first".padStart(12)}${`median of ${ROUNDS}`.padStart(17)}`, ...rows];
}

const time = (step: () => unknown): number => {
  const begin = performance.now();
  step();
  return performance.now() - begin;
};

const median = (step: () => unknown): number => {
  for (let round = 0; round < ROUNDS / 4; round += 1) step();
  return Array.from({ length: ROUNDS }, () => time(step)).toSorted((a, b) => a - b)[ROUNDS / 2]!;
};

const milliseconds = (value: number): string => `${value.toFixed(2)} ms`.padStart(12);
