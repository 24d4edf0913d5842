/** azure-native's own behaviour, over the engine's protocol. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { calls, refusals, writes } from "./log.ts";
import { client } from "./plugin/client.ts";
import { connect, initFailure, type Engine } from "./plugin/engine.ts";
import { provider } from "./plugin/provider.ts";
import { empty, messages, serve, struct } from "./plugin/server.ts";
import { UNKNOWN } from "./plugin/values.ts";
import { autoscalerMoves, somebodyDeletes, somebodyRoutes } from "./somebody.ts";
import { plant } from "./store.ts";
import { fresh } from "./trying.ts";

const ENDPOINT = "machinelearningservices:OnlineEndpoint";
const DEPLOYMENT = "machinelearningservices:OnlineDeployment";
const PLACE = { resourceGroupName: "rg", workspaceName: "ws", location: "westeurope" };
const credit = { ...PLACE, endpointName: "credit", identity: { type: "SystemAssigned" }, properties: { authMode: "Key" } };
const blue = {
  ...PLACE,
  endpointName: "credit",
  deploymentName: "blue",
  sku: { name: "Default", capacity: 2 },
  properties: { endpointComputeType: "Managed", instanceType: "Standard_DS3_v2" },
};

const started = async (): Promise<Engine & { readonly folder: string }> => {
  const { folder } = fresh();
  const { port, close } = await serve(provider(client(folder), "3.28.0"));
  const engine = connect(port);
  onTestFinished(() => (engine.close(), close()));
  return { ...engine, folder };
};

const failure = (promise: Promise<unknown>): Promise<Error & { readonly details: string }> =>
  promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: unknown) => error as Error & { readonly details: string },
  );

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

test("the plugin says its port, serves, and ends with whoever started it", async () => {
  const { folder } = fresh();
  const plugin = fileURLToPath(new URL("pulumi-resource-azure-native", import.meta.url));
  const starter = `const { spawn } = require("node:child_process");
    const child = spawn(${JSON.stringify(plugin)}, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.once("data", (port) => { console.log(child.pid, String(port)); });`;
  const env = { ...process.env, AZURE_SERVICE: folder, PATH: `${dirname(process.execPath)}:${process.env["PATH"]}` };
  const parent = spawn(process.execPath, ["-e", starter], { env, stdio: ["ignore", "pipe", "inherit"] });
  const [pid = 0, port = 0] = await new Promise<number[]>((resolve) => parent.stdout.once("data", (text: Buffer) => resolve(String(text).trim().split(" ").map(Number))));
  const engine = connect(port);
  await engine.create(ENDPOINT, "credit", credit);
  engine.close();
  expect(calls(folder).every((call) => call.pid === pid)).toBe(true);
  parent.kill("SIGKILL");
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
});

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
