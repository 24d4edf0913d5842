/** Rules of online endpoints. */
import { expect, test } from "vitest";
import { plant } from "./store.ts";
import { BLUE, blueGreen, ENDPOINT, endpoint, fresh, GREEN, WORKSPACE } from "./trying.ts";

const USER = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/scorer";

test("a new endpoint answers with its addresses, its principal and no keys", async () => {
  const { ask, put } = fresh();
  expect(await put(ENDPOINT, endpoint({ keys: { primaryKey: "secret" } }))).toMatchObject({ status: 201, rule: undefined });
  const { body } = await ask("GET", ENDPOINT);
  expect(body).toMatchObject({
    name: "credit",
    identity: { type: "SystemAssigned", principalId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    properties: { authMode: "Key", publicNetworkAccess: "Enabled", provisioningState: "Succeeded", scoringUri: "https://credit.westeurope.inference.ml.azure.com/score", traffic: {} },
  });
  expect(JSON.stringify(body)).not.toContain("secret");
});

test("what is not there is not found", async () => {
  const { ask } = fresh();
  expect(await ask("GET", ENDPOINT)).toMatchObject({ status: 404 });
  expect(await ask("GET", "/subscriptions/sub/nonsense")).toMatchObject({ status: 404 });
  expect(await ask("DELETE", ENDPOINT)).toMatchObject({ status: 204 });
});

test.each([
  [1, "a double dash in the name", `${WORKSPACE}/onlineEndpoints/cre--dit`, endpoint()],
  [1, "a name that is too short", `${WORKSPACE}/onlineEndpoints/cr`, endpoint()],
  [3, "no location", ENDPOINT, endpoint({}, { location: undefined })],
  [4, "no authMode", ENDPOINT, endpoint({ authMode: undefined })],
  [4, "Entra tokens on Kubernetes", ENDPOINT, endpoint({ authMode: "AADToken", compute: "c" })],
  [6, "a user-assigned identity without ids", ENDPOINT, endpoint({}, { identity: { type: "UserAssigned" } })],
  [7, "the secret stores' flag with a user-assigned identity", ENDPOINT, endpoint({ properties: { enforce_access_to_default_secret_stores: "enabled" } }, { identity: { type: "UserAssigned", userAssignedIdentities: { [USER]: {} } } })],
  [21, "traffic in the first PUT", ENDPOINT, endpoint({ traffic: { blue: 100 } })],
])("rule %i: %s", async (rule, _what, path, body) => expect(await fresh().put(path, body)).toMatchObject({ status: 400, rule }));

test.each([
  [5, "another identity", endpoint({ traffic: { blue: 90, green: 10 } }, { identity: { type: "UserAssigned", userAssignedIdentities: { [USER]: {} } } })],
  [8, "another compute", endpoint({ compute: "c" })],
  [20, "90 percent in all", endpoint({ traffic: { blue: 90 } })],
  [20, "half a percent", endpoint({ traffic: { blue: 99.5, green: 0.5 } })],
  [20, "less than nothing", endpoint({ traffic: { blue: 110, green: -10 } })],
  [21, "a deployment that is not there", endpoint({ traffic: { red: 100 } })],
  [21, "a mirror that is not there", endpoint({ traffic: { blue: 100 }, mirrorTraffic: { red: 10 } })],
  [22, "a mirror of more than half", endpoint({ traffic: { blue: 100 }, mirrorTraffic: { green: 60 } })],
  [22, "two mirrors", endpoint({ traffic: {}, mirrorTraffic: { green: 10, blue: 10 } })],
  [24, "live and mirrored at once", endpoint({ traffic: { blue: 100 }, mirrorTraffic: { blue: 10 } })],
])("rule %i: %s, and nothing is lost", async (rule, _what, body) => {
  const { ask, put } = await blueGreen();
  expect(await put(ENDPOINT, body)).toMatchObject({ status: 400, rule });
  expect((await ask("GET", ENDPOINT)).body["properties"].traffic).toEqual({ blue: 90, green: 10 });
});

test("rule 2: a name is taken in the whole region", async () => {
  const { put } = fresh();
  await put(ENDPOINT, endpoint());
  const elsewhere = ENDPOINT.replace("/ws/", "/other/");
  expect(await put(elsewhere, endpoint({}, { location: "West Europe" }))).toMatchObject({ status: 409, rule: 2 });
  expect(await put(elsewhere, endpoint({}, { location: "northeurope" }))).toMatchObject({ status: 201 });
});

test("rule 3: the location is the workspace's", async () => {
  const { folder, put } = fresh();
  plant(folder, { workspaces: { ws: { location: "northeurope" } } });
  expect(await put(ENDPOINT, endpoint())).toMatchObject({ status: 400, rule: 3 });
});

test("rule 9: entries of the dictionary stay", async () => {
  const { put } = fresh();
  await put(ENDPOINT, endpoint({ properties: { team: "risk" } }));
  expect(await put(ENDPOINT, endpoint({ properties: { team: "risk", cost: "1" } }))).toMatchObject({ status: 200 });
  expect(await put(ENDPOINT, endpoint({ properties: { team: "other", cost: "1" } }))).toMatchObject({ status: 400, rule: 9 });
  expect(await put(ENDPOINT, endpoint())).toMatchObject({ status: 400, rule: 9 });
});

test("rule 10: a PUT without traffic takes it away, and the log says so", async () => {
  const { ask, put } = await blueGreen();
  expect(await put(ENDPOINT, endpoint())).toMatchObject({ status: 200, rule: 10 });
  expect((await ask("GET", ENDPOINT)).body["properties"].traffic).toEqual({});
});

test("all of it at 0 drains on purpose", async () => {
  const { put } = await blueGreen();
  expect(await put(ENDPOINT, endpoint({ traffic: { blue: 0, green: 0 } }))).toMatchObject({ status: 200, rule: undefined });
  expect(await put(ENDPOINT, endpoint({ traffic: { blue: 100, green: 0 }, mirrorTraffic: { green: 50 } }))).toMatchObject({ status: 200, rule: undefined });
});

test("rule 23: no mirror on Kubernetes compute", async () => {
  const { put } = fresh();
  await put(ENDPOINT, endpoint({ compute: "c" }));
  await put(BLUE, { location: "westeurope", properties: { endpointComputeType: "Kubernetes" } });
  expect(await put(ENDPOINT, endpoint({ compute: "c", mirrorTraffic: { blue: 10 } }))).toMatchObject({ status: 400, rule: 23 });
});

test("rules 25 and 5: PATCH takes tags, and an identity that is the same", async () => {
  const { ask } = await blueGreen();
  expect(await ask("PATCH", ENDPOINT, { tags: { team: "risk" }, identity: { type: "SystemAssigned" } })).toMatchObject({ status: 200 });
  expect((await ask("GET", ENDPOINT)).body).toMatchObject({ tags: { team: "risk" }, properties: { traffic: { blue: 90, green: 10 } } });
  expect(await ask("PATCH", ENDPOINT, { properties: { traffic: {} } })).toMatchObject({ status: 400, rule: 25 });
  expect(await ask("PATCH", ENDPOINT, { identity: { type: "None" } })).toMatchObject({ status: 400, rule: 5 });
});

test("deleting an endpoint deletes its deployments, live or not", async () => {
  const { ask } = await blueGreen();
  expect(await ask("DELETE", ENDPOINT)).toMatchObject({ status: 202 });
  for (const path of [ENDPOINT, BLUE, GREEN]) expect(await ask("GET", path)).toMatchObject({ status: 404 });
});
