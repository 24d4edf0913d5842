/** How azure-native asks the service, over the engine's protocol. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { blue, credit, DEPLOYMENT, ENDPOINT, failure, started } from "./asking.ts";
import { refusals, writes } from "./log.ts";
import { initFailure } from "../plugin/engine.ts";
import { empty, messages, struct } from "../plugin/server.ts";
import { autoscalerMoves, somebodyDeletes, somebodyRoutes } from "./somebody.ts";
import { plant } from "./store.ts";

describe("Create", () => {
  test("rule 90: looks first, and takes nothing over", async () => {
    const { create, folder } = await started();
    await create(ENDPOINT, "credit", credit);
    expect((await failure(create(ENDPOINT, "credit", credit))).details).toMatch(/^cannot create already existing resource '.*\/onlineEndpoints\/credit' \[rule 90:/);
    expect(writes(folder)).toHaveLength(1);
  });

  test("puts a map of identities, and shows it with its principals", async () => {
    const { create, folder } = await started();
    const { outputs } = await create(ENDPOINT, "credit", { ...credit, identity: { type: "UserAssigned", userAssignedIdentities: ["/a"] } });
    expect(writes(folder)[0]?.body?.["identity"]).toEqual({ type: "UserAssigned", userAssignedIdentities: { "/a": {} } });
    expect(outputs["identity"].userAssignedIdentities).toEqual({ "/a": { principalId: expect.any(String), clientId: expect.any(String) } });
  });

  test("repeats the service's refusal in azure-native's words", async () => {
    const { create } = await started();
    expect((await failure(create(DEPLOYMENT, "blue", blue))).details).toMatch(/^Status=404 Code="ParentResourceNotFound" Message="Endpoint 'credit' was not found\. \[rule 30:/);
  });

  test("tries again where the service is busy, but not after a conflict", async () => {
    const { create, folder } = await started();
    plant(folder, { refuse: [{ request: "PUT onlineEndpoints/credit", status: 503, code: "ServerBusy", message: "busy", times: 2 }] });
    await create(ENDPOINT, "credit", credit);
    expect(writes(folder).map(({ status }) => status)).toEqual([503, 503, 201]);
  });

  test("keeps what the service accepted and could not finish, with the reason", async () => {
    const { create, folder } = await started();
    await create(ENDPOINT, "credit", credit);
    plant(folder, { fail: [{ operation: "PUT deployments/blue", code: "ImageBuildFailure", message: "pip" }] });
    const kept = initFailure(await failure(create(DEPLOYMENT, "blue", blue)));
    expect(kept).toMatchObject({
      id: expect.stringMatching(/\/deployments\/blue$/),
      inputs: { deploymentName: "blue" },
      outputs: { properties: { provisioningState: "Failed" } },
      reasons: [expect.stringMatching(/^Status=200 Code="ImageBuildFailure" Message="pip/)],
    });
  });

  test("keeps what it was waiting for when it is stopped", async () => {
    const { call, create, folder } = await started();
    plant(folder, { hold: ["PUT onlineEndpoints/credit"] });
    const waiting = failure(create(ENDPOINT, "credit", credit));
    while (writes(folder).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await call("cancel", empty());
    expect(initFailure(await waiting)).toMatchObject({ reasons: [expect.stringContaining("context canceled")], outputs: {} });
  });

  test("uploads a blob with the account's key", async () => {
    const { create, folder } = await started();
    const path = join(folder, "blue.onnx");
    writeFileSync(path, "model");
    const source = { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", hash: "h", path };
    const blob = { resourceGroupName: "rg", accountName: "acct", containerName: "models", blobName: "credit/blue.onnx", source };
    const { outputs } = await create("storage:Blob", "b", blob);
    expect(outputs).toMatchObject({ name: "credit/blue.onnx", url: "https://acct.blob.core.windows.net/models/credit/blue.onnx", type: "Block" });
    expect(writes(folder).map(({ method }) => method)).toEqual(["POST", "PUT"]);
    expect(writes(folder)[1]?.body?.["source"]).toEqual({ bytes: 5, sha256: createHash("sha256").update("model").digest("hex") });
    plant(folder, { accounts: { acct: { allowSharedKeyAccess: false } } });
    expect((await failure(create("storage:Blob", "c", { ...blob, blobName: "c" }))).details).toContain('Status=403 Code="KeyBasedAuthenticationNotPermitted"');
  });
});

describe("Update", () => {
  test("puts the whole inputs, and nothing of what is there", async () => {
    const { create, folder, update } = await started();
    const old = await create(ENDPOINT, "credit", { ...credit, tags: { team: "risk" } });
    await update(ENDPOINT, old, credit);
    expect(writes(folder)[1]).toMatchObject({ method: "PUT", status: 200, body: { properties: { authMode: "Key" } } });
    expect(writes(folder)[1]?.body).not.toHaveProperty("tags");
  });

  test("rule 91: patches where an identity left the list, which rule 25 refuses", async () => {
    const { create, folder, update } = await started();
    const identity = (...users: string[]) => ({ identity: { type: "UserAssigned", userAssignedIdentities: users } });
    const old = await create(ENDPOINT, "credit", { ...credit, ...identity("/a", "/b") });
    expect((await failure(update(ENDPOINT, old, { ...credit, ...identity("/a") }))).details).toMatch(/\[rule 25:.*\[rule 91:/);
    expect(refusals(folder)).toMatchObject([{ method: "PATCH", body: { identity: { userAssignedIdentities: { "/a": {}, "/b": null } } } }]);
  });
});

describe("Read", () => {
  test("copies what changed into the inputs, and nothing else", async () => {
    const { create, folder, read } = await started();
    const endpoint = await create(ENDPOINT, "credit", credit);
    const deployment = await create(DEPLOYMENT, "blue", blue);
    expect(await read(ENDPOINT, endpoint)).toEqual(endpoint);
    await somebodyRoutes(folder, endpoint.id, { blue: 100 });
    await autoscalerMoves(folder, deployment.id, 5);
    expect((await read(ENDPOINT, endpoint))?.inputs).toEqual({ ...endpoint.inputs, properties: { authMode: "Key", traffic: { blue: 100 } } });
    expect((await read(DEPLOYMENT, deployment))?.inputs).toEqual({ ...deployment.inputs, sku: { name: "Default", capacity: 5 } });
  });

  test("finds nothing where nothing is", async () => {
    const { create, folder, read } = await started();
    const endpoint = await create(ENDPOINT, "credit", credit);
    await somebodyDeletes(folder, endpoint.id);
    expect(await read(ENDPOINT, endpoint)).toBeUndefined();
  });

  test("imports with inputs from the id and the service", async () => {
    const { create, read } = await started();
    const { id } = await create(ENDPOINT, "credit", credit);
    const state = await read(ENDPOINT, { id });
    expect(state?.inputs).toMatchObject({ resourceGroupName: "rg", workspaceName: "ws", endpointName: "credit", identity: { type: "SystemAssigned" }, properties: { authMode: "Key" } });
    expect(state?.inputs["properties"]).not.toHaveProperty("scoringUri");
    const scope = "/subscriptions/s/resourceGroups/rg";
    const role = await create("authorization:RoleAssignment", "pull", { scope, principalId: "p", principalType: "ServicePrincipal", roleDefinitionId: "/r" });
    expect((await read("authorization:RoleAssignment", { id: role.id }))?.inputs).toMatchObject({ scope, principalId: "p", roleAssignmentName: role.outputs["name"] });
  });
});

test("Delete waits, and is content where nothing is", async () => {
  const { create, folder, remove } = await started();
  const endpoint = await create(ENDPOINT, "credit", credit);
  await remove(ENDPOINT, endpoint);
  await remove(ENDPOINT, endpoint);
  expect(writes(folder).slice(1).map(({ status }) => status)).toEqual([202, 204]);
});

test("keys of an endpoint, and no other function", async () => {
  const { call, create } = await started();
  await create(ENDPOINT, "credit", credit);
  const request = new messages.InvokeRequest();
  request.setArgs(struct({ resourceGroupName: "rg", workspaceName: "ws", endpointName: "credit" }));
  request.setTok("azure-native:machinelearningservices:listOnlineEndpointKeys");
  expect((await call("invoke", request)).getReturn().toJavaScript()).toEqual({ primaryKey: expect.any(String), secondaryKey: expect.any(String) });
  request.setTok("azure-native:machinelearningservices:getWorkspace");
  expect((await failure(call("invoke", request))).details).toContain("getWorkspace");
});

test("a type that the rig does not have is named", async () => {
  const { check } = await started();
  expect((await failure(check("network:VirtualNetwork", "net", {}))).details).toContain("azure-native:network:VirtualNetwork");
});
