/**
 * The lowest versions that package.json promises to work with: what a preview asks of the engine through them. They are installed once into
 * `node_modules/.cache`, and again when a range or our dependencies change.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { consumer, install, manifest, pack, preview, scratch, top, unpack, type Recorded } from "./consumer.ts";

const pulumiPeers = Object.entries(manifest.peerDependencies).filter(([name]) => name.startsWith("@pulumi/"));
const lowest = Object.fromEntries(pulumiPeers.map(([name, range]) => [name, range.replace(/^\^/, "")]));

/** A project with the lowest peers, and our own dependencies as an installation resolves them. */
const place = join(top, "node_modules/.cache/lowest-peers");
const setUp = async (): Promise<void> => {
  const wanted = JSON.stringify({ private: true, type: "module", dependencies: { ...lowest, ...manifest.dependencies } });
  const stamp = join(place, "installed.json");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "package.json"), wanted);
  await install(place);
  writeFileSync(stamp, wanted);
};

const folder = scratch();
const program = consumer("consumer-esm");
afterAll(() => [folder, program].forEach((each) => rmSync(each, { recursive: true, force: true })));

let recorded: Recorded;
beforeAll(async () => {
  await setUp();
  await unpack(await pack(folder), place);
  symlinkSync(join(place, "node_modules"), join(program, "node_modules"));
  recorded = await preview(program, "preview.mjs");
});

const optionsOf = (name: string) => recorded.resources.find((resource) => resource.name === name)?.options;
const urn = (parent: string, type: string, name: string): string => `urn:pulumi:test::consumer::inference-endpoints:index:${parent}$${type}::${name}`;
const shell = urn("Endpoint", "azure-native:machinelearningservices:OnlineEndpoint", "cloud-65b720-endpoint");

test("is what runs here", () => {
  const versionOf = (name: string): string => (JSON.parse(readFileSync(join(program, "node_modules", name, "package.json"), "utf8")) as { version: string }).version;
  const versions = Object.keys(lowest).map((name) => [name, versionOf(name).replace(/^v/, "")]);
  expect(Object.fromEntries(versions)).toEqual(lowest);
});

test("both targets preview", () => expect(recorded.resources).toHaveLength(22));

test("nothing is said of an Azure endpoint's cores under mocks", () => expect(recorded.logged).toEqual([]));

test("the shell of an Azure endpoint is never changed in place", () =>
  expect(optionsOf("cloud-65b720-endpoint")).toMatchObject({ ignorechangesList: ["properties", "identity", "tags", "sku", "kind"] }));

test("Azure's routing goes with the shell and is replaced with it", () => {
  const deployment = urn("OnlineDeployment", "azure-native:machinelearningservices:OnlineDeployment", "cloud-65b720--blue-deployment");
  const options = optionsOf("cloud-65b720-routing");
  expect(options).toMatchObject({ deletedwith: shell, replaceWithList: [shell] });
  expect(options?.["dependenciesList"]).toContain(deployment);
});

test("an Azure deployment goes with the shell and is deleted before it is made again", () => {
  expect(optionsOf("cloud-65b720--blue-deployment")).toMatchObject({ deletedwith: shell, deletebeforereplace: true });
  expect(optionsOf("cloud-65b720--blue-deployment")?.["replaceonchangesList"]).toContain("#initerror");
});
