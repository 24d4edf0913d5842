/** The packed package in a default CommonJS Pulumi project and in an ESM one: it type-checks, it previews, and there is one of it. */
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { consumer, install, link, manifest, pack, preview, registered, run, scratch, unpack, type Recorded } from "./consumer.ts";

const folders: string[] = [];
const keep = (folder: string): string => {
  folders.push(folder);
  return folder;
};
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** Without `skipLibCheck`, as the template has it: the declarations of everything that the package's own reach are checked too. */
const typeCheck = (project: string): Promise<string> => run(process.execPath, ["node_modules/typescript/bin/tsc", "--noEmit", "--pretty", "false"], project);

let tarball: string;
beforeAll(async () => {
  tarball = await pack(keep(scratch()));
});

describe("a default Pulumi TypeScript project: CommonJS, ts-node, TypeScript 5.9", () => {
  const project = keep(consumer("consumer-commonjs"));
  let recorded: Recorded;
  beforeAll(async () => {
    await install(project, tarball);
    recorded = await preview(project, "preview.cjs");
  });

  test("type-checks", { timeout: 120_000 }, async () => expect(await typeCheck(project)).toBe(""));

  test("previews exactly these resources", () =>
    expect(registered(recorded)).toEqual([
      "inference-endpoints:index:Endpoint credit",
      "inference-endpoints:index:OnlineDeployment credit--blue",
      "inference-endpoints:index:OnlineDeployment credit--green",
      "kubernetes:apps/v1:Deployment credit--blue-deployment",
      "kubernetes:apps/v1:Deployment credit--green-deployment",
      "kubernetes:core/v1:ConfigMap credit--blue-model-3e5d67ef6a32",
      "kubernetes:core/v1:ConfigMap credit--green-model-3e5d67ef6a32",
      "kubernetes:core/v1:Secret credit-keys",
      "kubernetes:core/v1:Service credit--blue-service",
      "kubernetes:core/v1:Service credit--green-service",
      "kubernetes:core/v1:ServiceAccount credit--blue-service-account",
      "kubernetes:core/v1:ServiceAccount credit--green-service-account",
      "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute credit--blue-route",
      "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute credit--green-route",
      "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute credit-route",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy credit--blue-network-policy",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy credit--green-network-policy",
      "kubernetes:policy/v1:PodDisruptionBudget credit--blue-pod-disruption-budget",
      "kubernetes:policy/v1:PodDisruptionBudget credit--green-pod-disruption-budget",
      "random:index/randomPassword:RandomPassword credit-primary-key",
      "random:index/randomPassword:RandomPassword credit-secondary-key",
    ]));

  test("has one instance of the package, required or imported", () => expect(recorded.oneInstance).toBe(true));
});

describe("an ESM project: Node strips the types, TypeScript 5.9 with nodenext", () => {
  const project = keep(consumer("consumer-esm"));
  let recorded: Recorded;
  beforeAll(async () => {
    await unpack(tarball, project);
    const needed = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    link(project, [...needed, "@types/node"].map((name) => [name, name] as const));
    link(project, [["typescript-5", "typescript"]]);
    recorded = await preview(project, "preview.mjs");
  });

  test("type-checks", { timeout: 120_000 }, async () => expect(await typeCheck(project)).toBe(""));

  test("previews exactly these resources", () =>
    expect(registered(recorded)).toEqual([
      "azure-native:machinelearningservices:EnvironmentVersion cloud-65b720--blue-environment",
      "azure-native:machinelearningservices:ModelVersion cloud-65b720-model-3e5d67ef6a32",
      "azure-native:machinelearningservices:OnlineDeployment cloud-65b720--blue-deployment",
      "azure-native:machinelearningservices:OnlineEndpoint cloud-65b720-endpoint",
      "azure-native:resources:Deployment cloud-65b720-routing",
      "azure-native:storage:Blob cloud-65b720-model-3e5d67ef6a32-model.onnx",
      "inference-endpoints:index:Endpoint Wrong",
      "inference-endpoints:index:Endpoint cloud",
      "inference-endpoints:index:Endpoint cluster",
      "inference-endpoints:index:OnlineDeployment cloud--blue",
      "inference-endpoints:index:OnlineDeployment cluster--blue",
      "kubernetes:apps/v1:Deployment cluster--blue-deployment",
      "kubernetes:core/v1:ConfigMap cluster--blue-model-3e5d67ef6a32",
      "kubernetes:core/v1:Secret cluster-keys",
      "kubernetes:core/v1:Service cluster--blue-service",
      "kubernetes:core/v1:ServiceAccount cluster--blue-service-account",
      "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute cluster--blue-route",
      "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute cluster-route",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy cluster--blue-network-policy",
      "kubernetes:policy/v1:PodDisruptionBudget cluster--blue-pod-disruption-budget",
      "random:index/randomPassword:RandomPassword cluster-primary-key",
      "random:index/randomPassword:RandomPassword cluster-secondary-key",
    ]));

  test("has one instance of the package, required or imported", () => expect(recorded.oneInstance).toBe(true));

  /** The component itself is in the list above: only `super()` can come before a check. */
  test("gets refusals as InvalidArgs, and none of the refused endpoint's children", () => expect(recorded.refused).toBe(true));
});
