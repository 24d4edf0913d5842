/** Rules of online deployments. */
import { describe, expect, test } from "vitest";
import { principalOf } from "./identity.ts";
import { ACR_PULL, BLOB_READER } from "./kinds/roles.ts";
import { done } from "./log.ts";
import { plant } from "./store.ts";
import { BLUE, blueGreen, deployment, ENDPOINT, endpoint, fresh, GREEN, GROUP, WORKSPACE, type Trying } from "./trying.ts";

const USER = `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/scorer`;

const withEndpoint = async (body = endpoint()): Promise<Trying> => {
  const trying = fresh();
  await trying.put(ENDPOINT, body);
  return trying;
};

test("rule 30: a deployment needs its endpoint", async () => expect(await fresh().put(BLUE, deployment())).toMatchObject({ status: 404, rule: 30 }));

test.each([
  [1, "an underscore in the name", `${ENDPOINT}/deployments/the_blue`, deployment()],
  [3, "no location", BLUE, deployment({}, { location: undefined })],
  [32, "no instances", BLUE, deployment({}, { sku: { name: "Default", capacity: 0 } })],
  [32, "51 instances", BLUE, deployment({}, { sku: { name: "Default", capacity: 51 } })],
  [42, "utilisation targets on managed compute", BLUE, deployment({ scaleSettings: { scaleType: "TargetUtilization" } })],
  [43, "a request that takes longer than 180 s", BLUE, deployment({ requestSettings: { requestTimeout: "PT3M1S" } })],
  [43, "a timeout that is no duration", BLUE, deployment({ requestSettings: { requestTimeout: "5000" } })],
  [44, "a liveness probe that must succeed twice", BLUE, deployment({ livenessProbe: { successThreshold: 2 } })],
])("rule %i: %s", async (rule, _what, path, body) => expect(await (await withEndpoint()).put(path, body)).toMatchObject({ status: 400, rule }));

test("rules 43 and 45: a request on Kubernetes compute may take 300 s, and names are at most 62 long together", async () => {
  const { put } = await withEndpoint(endpoint({ compute: "c" }));
  const kubernetes = (seconds: number) => ({ location: "westeurope", properties: { endpointComputeType: "Kubernetes", requestSettings: { requestTimeout: `PT${seconds}S` } } });
  expect(await put(BLUE, kubernetes(300))).toMatchObject({ status: 201 });
  expect(await put(BLUE, kubernetes(301))).toMatchObject({ status: 400, rule: 43 });
  const [long, longer] = [`${WORKSPACE}/onlineEndpoints/${"e".repeat(31)}`, `${WORKSPACE}/onlineEndpoints/${"e".repeat(32)}`];
  for (const path of [long, longer]) await put(path, endpoint({ compute: "c" }));
  expect(await put(`${long}/deployments/${"d".repeat(31)}`, kubernetes(5))).toMatchObject({ status: 201 });
  expect(await put(`${longer}/deployments/${"d".repeat(31)}`, kubernetes(5))).toMatchObject({ status: 400, rule: 45 });
});

test("rule 31: the twenty-first deployment is one too many", async () => {
  const { folder, put } = await withEndpoint();
  plant(folder, { operationMs: 0 });
  for (let i = 1; i <= 20; i += 1) expect(await put(`${ENDPOINT}/deployments/d${i}x`, deployment())).toMatchObject({ status: 201 });
  expect(await put(BLUE, deployment())).toMatchObject({ status: 400, rule: 31, body: { error: { code: "OutOfQuota" } } });
  expect(await put(`${ENDPOINT}/deployments/d1x`, deployment())).toMatchObject({ status: 200 });
});

test("rule 33: cores count with the upgrade reservation", async () => {
  const { folder, put } = await withEndpoint();
  plant(folder, { quota: { standardDSv2Family: 24 } });
  expect(await put(BLUE, deployment())).toMatchObject({ status: 201 });
  expect(await put(GREEN, deployment({}, { sku: { name: "Default", capacity: 3 } }))).toMatchObject({ status: 400, rule: 33, body: { error: { code: "OutOfQuota" } } });
  expect(await put(GREEN, deployment({ instanceType: "Standard_F4s_v2" }, { sku: { name: "Default", capacity: 3 } }))).toMatchObject({ status: 201 });
  expect(await put(BLUE, deployment({}, { sku: { name: "Default", capacity: 5 } }))).toMatchObject({ status: 200 });
});

test("rule 34: an update silently keeps the instance type", async () => {
  const { ask, put } = await blueGreen();
  expect(await put(BLUE, deployment({ instanceType: "Standard_DS4_v2" }))).toMatchObject({ status: 200, rule: 34 });
  expect((await ask("GET", BLUE)).body["properties"].instanceType).toBe("Standard_DS3_v2");
});

test.each([
  [9, "the dictionary", { properties: {} }],
  [35, "the kind of compute", { endpointComputeType: "Kubernetes", properties: { team: "risk" } }],
  [36, "egress", { egressPublicNetworkAccess: "Disabled", properties: { team: "risk" } }],
])("rule %i: an update cannot change %s", async (rule, _what, properties) => {
  const { put } = await withEndpoint();
  await put(BLUE, deployment({ properties: { team: "risk" } }));
  expect(await put(BLUE, deployment(properties))).toMatchObject({ status: 400, rule });
});

test("rule 37: a live deployment is not deleted; at 0 percent it is, and leaves the map", async () => {
  const { ask, put } = await blueGreen();
  expect(await ask("DELETE", GREEN)).toMatchObject({ status: 400, rule: 37 });
  await put(ENDPOINT, endpoint({ traffic: { blue: 100, green: 0 } }));
  expect(await ask("DELETE", GREEN)).toMatchObject({ status: 202 });
  expect(await ask("GET", GREEN)).toMatchObject({ status: 404 });
  expect((await ask("GET", ENDPOINT)).body["properties"].traffic).toEqual({ blue: 100 });
});

describe("provisioning that fails", () => {
  test("rules 41 and 38: the first time, it can only be deleted", async () => {
    const { ask, folder, put } = await withEndpoint();
    const broken = deployment({ environmentVariables: { RIG_FAIL_PROVISIONING: "score.py: no module named sklearn" } });
    expect(await put(BLUE, broken)).toMatchObject({ status: 201, rule: 41, body: { error: { code: "ResourceNotReady", message: expect.stringContaining("no module named sklearn") } } });
    expect((await ask("GET", BLUE)).body["properties"].provisioningState).toBe("Failed");
    expect(await put(BLUE, deployment())).toMatchObject({ status: 400, rule: 38, body: { error: { message: expect.stringContaining("Delete and re-create") } } });
    expect(await ask("DELETE", BLUE)).toMatchObject({ status: 202 });
    expect(await put(BLUE, deployment())).toMatchObject({ status: 201, rule: undefined });
    expect(done(folder).map(({ state, rule }) => [state, rule])).toEqual([["Succeeded", undefined], ["Failed", 41], ["Succeeded", undefined], ["Succeeded", undefined]]);
  });

  test("later, the next update mends it", async () => {
    const { put } = await blueGreen();
    expect(await put(BLUE, deployment({ environmentVariables: { RIG_FAIL_PROVISIONING: "no" } }))).toMatchObject({ status: 200, rule: 41 });
    expect(await put(BLUE, deployment())).toMatchObject({ status: 200, rule: undefined });
  });
});

describe("rule 40: a user-assigned identity", () => {
  const identity = { type: "UserAssigned", userAssignedIdentities: { [USER]: {} } };
  const REGISTRY = `${GROUP}/providers/Microsoft.ContainerRegistry/registries/reg`;
  const grant = (trying: Trying, role: string, scope: string, n: number) =>
    trying.put(`${scope}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-00000000000${n}`, {
      properties: { principalId: principalOf(USER), principalType: "ServicePrincipal", roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${role}` },
    });

  test("fails for good without its roles", async () => {
    const trying = await withEndpoint(endpoint({}, { identity }));
    await grant(trying, ACR_PULL, REGISTRY, 1);
    expect(await trying.put(BLUE, deployment())).toMatchObject({ status: 201, rule: 40, body: { error: { code: "BadArgument", message: expect.stringContaining("Storage Blob Data Reader") } } });
    await grant(trying, BLOB_READER, GROUP, 2);
    expect(await trying.put(BLUE, deployment())).toMatchObject({ status: 400, rule: 38 });
  });

  test("works with both", async () => {
    const trying = await withEndpoint(endpoint({}, { identity }));
    await grant(trying, ACR_PULL, REGISTRY, 1);
    await grant(trying, BLOB_READER, GROUP, 2);
    expect(await trying.put(BLUE, deployment())).toMatchObject({ status: 201, rule: undefined });
  });

  test("needs them to have spread", async () => {
    const trying = await withEndpoint(endpoint({}, { identity }));
    plant(trying.folder, { lateRoles: 1 });
    await grant(trying, ACR_PULL, REGISTRY, 1);
    await grant(trying, BLOB_READER, GROUP, 2);
    expect(await trying.put(BLUE, deployment())).toMatchObject({ rule: 40, body: { error: { message: expect.stringContaining("Storage Blob Data Reader") } } });
    expect(await trying.put(GREEN, deployment())).toMatchObject({ status: 201, rule: undefined });
  });

  test("needs them where the workspace has its registry", async () => {
    const trying = await withEndpoint(endpoint({}, { identity }));
    plant(trying.folder, { workspaces: { ws: { registryId: `${REGISTRY}2` } } });
    await grant(trying, ACR_PULL, REGISTRY, 1);
    await grant(trying, BLOB_READER, GROUP, 2);
    expect(await trying.put(BLUE, deployment())).toMatchObject({ rule: 40 });
  });
});

test("rule 46: a version of a name that is registered must exist", async () => {
  const { put } = await withEndpoint();
  await put(`${WORKSPACE}/models/credit/versions/1`, { properties: { modelUri: "https://a/b" } });
  expect(await put(BLUE, deployment({ model: `${WORKSPACE}/models/credit/versions/2` }))).toMatchObject({ status: 400, rule: 46 });
  expect(await put(BLUE, deployment({ model: `${WORKSPACE}/models/credit/versions/1`, environmentId: `${WORKSPACE}/environments/of-old/versions/3` }))).toMatchObject({ status: 201 });
});

test("rule 11: a custom container's route is the path of the scoring URI, once its deployment is there", async () => {
  const { ask, folder, put } = await withEndpoint();
  const uri = async (): Promise<string> => (await ask("GET", ENDPOINT)).body["properties"].scoringUri;
  const environment = (version: string) => `${WORKSPACE}/environments/own/versions/${version}`;
  for (const [version, path] of [["1", "/predict"], ["2", "/v2/predict"]] as const)
    await put(environment(version), { properties: { image: "own:1", inferenceConfig: { scoringRoute: { path, port: 8080 } } } });
  expect(await uri()).toMatch(/\/score$/);
  await put(BLUE, deployment({ environmentId: environment("1") }));
  expect(await uri()).toBe("https://credit.westeurope.inference.ml.azure.com/predict");
  expect(done(folder).map(({ rule }) => rule)).toEqual([undefined, 11]);
  await put(BLUE, deployment({ environmentId: environment("2") }));
  expect(await uri()).toMatch(/\.com\/v2\/predict$/);
  await put(GREEN, deployment());
  expect(await uri()).toMatch(/\.com\/v2\/predict$/);
});

test("rule 48: a deployment has its endpoint's kind of compute", async () => {
  const kubernetes = { location: "westeurope", properties: { endpointComputeType: "Kubernetes" } };
  const managed = await withEndpoint();
  expect(await managed.put(BLUE, kubernetes)).toMatchObject({ status: 400, rule: 48 });
  expect(await managed.put(BLUE, deployment())).toMatchObject({ status: 201, rule: undefined });
  const attached = await withEndpoint(endpoint({ compute: "c" }));
  expect(await attached.put(BLUE, deployment())).toMatchObject({ status: 400, rule: 48 });
  expect(await attached.put(BLUE, kubernetes)).toMatchObject({ status: 201, rule: undefined });
});

test("rule 26: PATCH is for tags and the count", async () => {
  const { ask } = await blueGreen();
  expect(await ask("PATCH", BLUE, { sku: { capacity: 7 } })).toMatchObject({ status: 200 });
  expect((await ask("GET", BLUE)).body["sku"]).toEqual({ name: "Default", capacity: 7 });
  expect(await ask("PATCH", BLUE, { properties: {} })).toMatchObject({ status: 400, rule: 26 });
});
