/** What azure-native does before it asks the service: Check, Diff and previews, over the engine's protocol. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { blue, credit, DEPLOYMENT, ENDPOINT, started } from "./asking.ts";
import { writes } from "./log.ts";
import { TOKENS, typeOf } from "./plugin/types.ts";
import { UNKNOWN } from "../plugin/values.ts";
import { plant } from "./store.ts";

test.each(TOKENS.filter((token) => token !== "storage:Blob"))("%s speaks the API that azure-native speaks", (token) => {
  const [module = "", name = ""] = token.split(":");
  const file = `@pulumi/azure-native/${module}/${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  const declared = readFileSync(createRequire(import.meta.url).resolve(file).replace(/js$/, "d.ts"), "utf8");
  expect(/Uses Azure REST API version ([\w-]+)/.exec(declared)?.[1]).toBe(typeOf(`azure-native:${token}`).apiVersion);
});

describe("Check", () => {
  test("names by the logical name, with eight digits where the API wants it unique", async () => {
    const { check } = await started();
    const { inputs } = await check(ENDPOINT, "credit", { ...credit, endpointName: undefined });
    expect(inputs).toMatchObject({ endpointName: expect.stringMatching(/^credit[0-9a-f]{8}$/), __createBeforeDelete: true, azureApiVersion: "2025-12-01" });
    expect((await check(ENDPOINT, "credit", { ...credit, endpointName: undefined }, inputs)).inputs).toMatchObject({ endpointName: inputs["endpointName"], __createBeforeDelete: true });
    expect((await check(DEPLOYMENT, "blue", { ...blue, deploymentName: undefined })).inputs).toMatchObject({ deploymentName: "blue" });
    expect((await check(DEPLOYMENT, "blue", blue)).inputs).not.toHaveProperty("__createBeforeDelete");
  });

  test("takes the location of the resource group", async () => {
    const { check, folder } = await started();
    plant(folder, { resourceGroups: { rg: "northeurope" } });
    expect((await check(ENDPOINT, "credit", { ...credit, location: undefined })).inputs).toMatchObject({ location: "northeurope" });
    expect((await check("resources:Deployment", "routing", { resourceGroupName: "rg", properties: { mode: "Incremental" } })).inputs).not.toHaveProperty("location");
  });

  test("misses what must be there, and waits for what is unknown", async () => {
    const { check } = await started();
    const given = { location: "westeurope", endpointName: "credit/1", workspaceName: "ws" };
    expect((await check(ENDPOINT, "credit", { ...given, properties: {} })).failures).toEqual([
      "missing required property 'properties.authMode'",
      "missing required property 'resourceGroupName'",
      expect.stringContaining("'endpointName' does not match"),
    ]);
    expect((await check(ENDPOINT, "credit", { ...given, endpointName: UNKNOWN, resourceGroupName: UNKNOWN, properties: UNKNOWN })).failures).toEqual([]);
  });

  test("leaves secrets marked", async () => {
    const { check } = await started();
    const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "x" };
    expect((await check(ENDPOINT, "credit", { ...credit, tags: { secret } })).inputs["tags"]).toEqual({ secret });
  });
});

describe("Diff", () => {
  test("says where inputs differ", async () => {
    const { create, diff } = await started();
    const old = await create(ENDPOINT, "credit", { ...credit, tags: { "a.b": "1", team: "risk" } });
    const news = { ...old.inputs, tags: { "a.b": "2" }, properties: { authMode: "Key", traffic: {} } };
    expect(await diff(ENDPOINT, old, news)).toEqual({ replaces: [], deleteBeforeReplace: false, details: { 'tags["a.b"]': 4, "tags.team": 2, "properties.traffic": 0 } });
    expect(await diff(ENDPOINT, old, { ...old.inputs, location: "West Europe" })).toMatchObject({ details: {} });
  });

  test("replaces when the path or the location changes, deleting first unless the name was random", async () => {
    const { create, diff } = await started();
    const named = await create(ENDPOINT, "credit", credit);
    expect(await diff(ENDPOINT, named, { ...named.inputs, endpointName: "debit" })).toMatchObject({ replaces: ["endpointName"], deleteBeforeReplace: true, details: { endpointName: 5 } });
    const random = await create(ENDPOINT, "random", { ...credit, endpointName: undefined });
    expect(await diff(ENDPOINT, random, { ...random.inputs, location: "northeurope" })).toMatchObject({ replaces: ["location"], deleteBeforeReplace: false });
  });

  test("replaces for nothing inside properties", async () => {
    const { create, diff } = await started();
    await create(ENDPOINT, "credit", credit);
    const old = await create(DEPLOYMENT, "blue", blue);
    const news = { ...old.inputs, properties: { ...blue.properties, instanceType: "Standard_DS4_v2" } };
    expect(await diff(DEPLOYMENT, old, news)).toMatchObject({ replaces: [], details: { "properties.instanceType": 4 } });
  });

  test("takes identities as a set", async () => {
    const { create, diff } = await started();
    const old = await create(ENDPOINT, "credit", { ...credit, identity: { type: "UserAssigned", userAssignedIdentities: ["/a", "/b"] } });
    expect(await diff(ENDPOINT, old, { ...old.inputs, identity: { type: "UserAssigned", userAssignedIdentities: ["/b", "/a"] } })).toMatchObject({ details: {} });
  });
});

describe("previews", () => {
  test("know the inputs, and not what only the service can say", async () => {
    const { preview } = await started();
    expect(await preview(ENDPOINT, credit)).toMatchObject({ location: "westeurope", name: UNKNOWN, identity: { principalId: UNKNOWN }, properties: { authMode: "Key", scoringUri: UNKNOWN } });
    expect(await preview(ENDPOINT, { ...credit, properties: UNKNOWN })).toMatchObject({ properties: UNKNOWN });
  });

  test("of an update know the name too", async () => {
    const { create, folder, update } = await started();
    const old = await create(ENDPOINT, "credit", credit);
    expect(await update(ENDPOINT, old, old.inputs, true)).toMatchObject({ name: "credit", properties: { scoringUri: UNKNOWN } });
    expect(writes(folder)).toHaveLength(1);
  });
});
