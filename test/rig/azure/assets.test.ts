/** Rules of registered versions, blobs and role assignments. */
import { expect, test } from "vitest";
import { principalOf } from "./identity.ts";
import { ACR_PULL, BLOB_READER } from "./kinds/roles.ts";
import { plant } from "./store.ts";
import { ENDPOINT, endpoint, fresh, GROUP, WORKSPACE } from "./trying.ts";

const MODEL = `${WORKSPACE}/models/credit/versions/1`;

test.each([
  ["models", "modelUri"],
  ["codes", "codeUri"],
  ["environments", "image"],
  ["data", "dataUri"],
])("rule 50: a version of %s keeps its %s; its description may change", async (kind, key) => {
  const { ask, put } = fresh();
  const path = `${WORKSPACE}/${kind}/credit/versions/1`;
  expect(await put(path, { properties: { [key]: "one" } })).toMatchObject({ status: 201 });
  expect(await put(path, { properties: { [key]: "two" } })).toMatchObject({ status: 409, rule: 50 });
  expect(await put(path, { properties: { [key]: "one", description: "The first" } })).toMatchObject({ status: 200 });
  expect((await ask("GET", path)).body).toMatchObject({ name: "1", properties: { [key]: "one", description: "The first", provisioningState: "Succeeded" } });
  expect(await ask("DELETE", path)).toMatchObject({ status: 200 });
  expect(await put(path, { properties: { [key]: "two" } })).toMatchObject({ status: 201 });
});

const component = (spec: object): object => ({ properties: { componentSpec: { name: "steps", version: "1", type: "command", ...spec } } });
const STEPS = `${WORKSPACE}/components/steps/versions/1`;

test.each([
  [110, "a name with dashes", `${WORKSPACE}/components/my-steps/versions/1`, component({ name: "my-steps" })],
  [110, "another name inside", STEPS, component({ name: "others" })],
  [110, "another version inside", STEPS, component({ version: "2" })],
  [111, "code by a short name", STEPS, component({ code: "azureml:steps:1" })],
  [111, "an environment of a task without its mark", STEPS, component({ task: { environment: `${WORKSPACE}/environments/steps/versions/1` } })],
  [112, "an output that nobody writes", STEPS, component({ type: "pipeline", outputs: { scores: {} }, jobs: {} })],
  [112, "an input that is not there", STEPS, component({ type: "pipeline", jobs: { one: { inputs: { raw: { value: "${{parent.inputs.raw}}" } } } } })],
])("rule %i: %s", async (rule, _what, path, body) => expect(await fresh().put(path, body)).toMatchObject({ status: 400, rule }));

test("rules 46 and 50: a component refers to what is there, and keeps what it says", async () => {
  const { put } = fresh();
  const code = (version: number) => `${WORKSPACE}/codes/steps/versions/${version}`;
  await put(code(1), { properties: { codeUri: "one" } });
  expect(await put(STEPS, component({ code: `azureml:${code(2)}` }))).toMatchObject({ status: 400, rule: 46 });
  expect(await put(STEPS, component({ code: `azureml:${code(1)}` }))).toMatchObject({ status: 201, rule: undefined });
  expect(await put(STEPS, component({ code: `azureml:${code(1)}`, command: "other" }))).toMatchObject({ status: 409, rule: 50 });
  const whole = (id: string) => ({ properties: { componentSpec: { name: "whole", version: "1", type: "pipeline", jobs: { one: { componentId: id } } } } });
  expect(await put(`${WORKSPACE}/components/whole/versions/1`, whole(`${WORKSPACE}/components/steps/versions/9`))).toMatchObject({ status: 400, rule: 46 });
  expect(await put(`${WORKSPACE}/components/whole/versions/1`, whole(STEPS))).toMatchObject({ status: 201 });
});

test("a container holds what is common to its versions", async () => {
  const { ask, put } = fresh();
  await put(`${WORKSPACE}/models/credit`, { properties: { description: "Credit" } });
  expect((await ask("GET", `${WORKSPACE}/models/credit`)).body).toMatchObject({ name: "credit", properties: { description: "Credit" } });
  expect(await ask("GET", MODEL)).toMatchObject({ status: 404 });
});

test("rule 51: an account that forbids its keys takes no blob, and gives none back", async () => {
  const { ask, folder, put } = fresh();
  const blob = `${GROUP}/providers/Microsoft.Storage/storageAccounts/acct/blobServices/default/containers/models/blobs/credit/model/3f2a/blue.onnx`;
  expect(await put(blob, { source: { sha256: "3f2a", bytes: 1 } })).toMatchObject({ status: 201 });
  plant(folder, { accounts: { acct: { allowSharedKeyAccess: false } } });
  expect(await put(blob, { source: { sha256: "3f2a", bytes: 1 } })).toMatchObject({ status: 403, rule: 51, body: { error: { code: "KeyBasedAuthenticationNotPermitted" } } });
  expect(await ask("DELETE", blob)).toMatchObject({ status: 403, rule: 51 });
  expect((await ask("GET", blob)).body).toMatchObject({ name: "credit/model/3f2a/blue.onnx", type: "Block", source: { bytes: 1 } });
});

const assignment = (n: number, scope = GROUP): string => `${scope}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-00000000000${n}`;
const role = (principalId: string, more = {}) => ({ properties: { principalId, roleDefinitionId: "/providers/Microsoft.Authorization/roleDefinitions/r", ...more } });

test("rules 70, 71 and 72: an assignment has a GUID, exists once, and does not change", async () => {
  const { ask, put } = fresh();
  expect(await put(`${GROUP}/providers/Microsoft.Authorization/roleAssignments/pull`, role("p"))).toMatchObject({ status: 400, rule: 70 });
  expect(await put(assignment(1), role("p"))).toMatchObject({ status: 201 });
  expect(await put(assignment(1), role("p", { description: "again" }))).toMatchObject({ status: 200 });
  expect(await put(assignment(2), role("p"))).toMatchObject({ status: 409, rule: 71, body: { error: { code: "RoleAssignmentExists" } } });
  expect(await put(assignment(2, WORKSPACE), role("p"))).toMatchObject({ status: 201 });
  expect(await put(assignment(1), role("q"))).toMatchObject({ status: 400, rule: 72 });
  expect((await ask("GET", assignment(2, WORKSPACE))).body["properties"]).toMatchObject({ principalId: "p", scope: WORKSPACE });
});

test("rule 74: what Azure granted an endpoint's own identity is there already", async () => {
  const { folder, put } = fresh();
  const [registryId, storageId] = [`${GROUP}/providers/Microsoft.ContainerRegistry/registries/reg`, `${GROUP}/providers/Microsoft.Storage/storageAccounts/store`];
  plant(folder, { workspaces: { ws: { registryId, storageId } } });
  await put(ENDPOINT, endpoint());
  const own = (roleDefinitionId: string) => role(principalOf(ENDPOINT), { roleDefinitionId });
  for (const [granted, scope] of [[ACR_PULL, registryId], [BLOB_READER, storageId]] as const)
    expect(await put(assignment(1, scope), own(granted))).toMatchObject({ status: 409, rule: 74, body: { error: { code: "RoleAssignmentExists" } } });
  expect(await put(assignment(1, registryId), own(BLOB_READER))).toMatchObject({ status: 201 });
});

test("rule 70: a role has a GUID too", async () => {
  const { ask, put } = fresh();
  const definition = (name: string): string => `${GROUP}/providers/Microsoft.Authorization/roleDefinitions/${name}`;
  const id = "00000000-0000-4000-8000-000000000000";
  expect(await put(definition("caller"), { properties: { roleName: "Caller" } })).toMatchObject({ status: 400, rule: 70 });
  expect(await put(definition(id), { properties: { roleName: "Caller" } })).toMatchObject({ status: 201 });
  expect((await ask("GET", definition(id))).body).toMatchObject({ name: id, properties: { roleName: "Caller" } });
});

test("rule 73: a new principal is found by its type", async () => {
  const { folder, put } = fresh();
  plant(folder, { newPrincipals: ["p"] });
  expect(await put(assignment(1), role("p"))).toMatchObject({ status: 400, rule: 73, body: { error: { code: "PrincipalNotFound" } } });
  expect(await put(assignment(1), role("p", { principalType: "ServicePrincipal" }))).toMatchObject({ status: 201 });
});
