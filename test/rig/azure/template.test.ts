/** Rules of templates and their deployments. */
import { describe, expect, test } from "vitest";
import type { Body } from "../json.ts";
import { brief, calls, done, writes } from "./log.ts";
import { service } from "./service.ts";
import { plant } from "./store.ts";
import { BLUE, blueGreen, deployment, ENDPOINT, endpoint, fresh, GROUP, type Trying } from "./trying.ts";

const ROUTING = `${GROUP}/providers/Microsoft.Resources/deployments/routing`;
const NAMES = { name: "string", properties: "object" };

const template = (resource: Body, parameters: Body = {}, types: Body = NAMES) => ({
  properties: {
    mode: "Incremental",
    parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, { value }])),
    template: { parameters: Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }])), resources: [resource] },
  },
});

const RESOURCE = {
  type: "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
  apiVersion: "2024-10-01",
  name: "[parameters('name')]",
  location: "westeurope",
  identity: { type: "SystemAssigned" },
  properties: "[parameters('properties')]",
};
const route = ({ put }: Trying, traffic: Body, more: Body = {}) =>
  put(ROUTING, template({ ...RESOURCE, ...more }, { name: "ws/credit", properties: { authMode: "Key", traffic } }));

test("a template puts its resource with the values of its parameters", async () => {
  const trying = await blueGreen();
  expect(await route(trying, { blue: 50, green: 50 })).toMatchObject({ status: 201 });
  expect((await trying.ask("GET", ENDPOINT)).body["properties"].traffic).toEqual({ blue: 50, green: 50 });
  expect(writes(trying.folder).slice(-2).map(brief)).toEqual(["PUT deployments/routing 201", "PUT onlineEndpoints/credit 200"]);
  expect(writes(trying.folder).at(-1)?.via).toBe(ROUTING);
  expect(done(trying.folder).slice(-2).map((line) => line.done)).toEqual([ENDPOINT, ROUTING]);
});

test("a read shows the parameters, not the template; deleting it undoes nothing", async () => {
  const trying = await blueGreen();
  await route(trying, { blue: 50, green: 50 });
  const { body } = await trying.ask("GET", ROUTING);
  expect(body["properties"]).toMatchObject({ mode: "Incremental", provisioningState: "Succeeded", parameters: { name: { type: "String", value: "ws/credit" } } });
  expect(body["properties"]).not.toHaveProperty("template");
  expect(await trying.ask("DELETE", ROUTING)).toMatchObject({ status: 200 });
  expect((await trying.ask("GET", ENDPOINT)).body["properties"].traffic).toEqual({ blue: 50, green: 50 });
});

test("rule 63: what fails inside arrives wrapped, with what the service said", async () => {
  const trying = await blueGreen();
  const { body, rule } = await route(trying, { red: 100 });
  expect(rule).toBe(63);
  expect(body["error"].code).toBe("DeploymentFailed");
  expect(body["error"].message).toMatch(/At least one resource deployment operation failed.*deployments that do not exist: red.*\[rule 21:/);
  expect((await trying.ask("GET", ROUTING)).body["properties"].provisioningState).toBe("Failed");
  expect(await route(trying, { blue: 100 })).toMatchObject({ status: 200, rule: undefined });
});

test("rule 63: so does an operation that fails later, and a write that meets another", async () => {
  const trying = await blueGreen();
  plant(trying.folder, { fail: [{ operation: "PUT onlineEndpoints/credit", message: "no luck", times: 1 }] });
  expect((await route(trying, { blue: 100 })).body["error"].message).toContain("no luck");
  plant(trying.folder, { hold: ["PUT deployments/blue"] });
  service(trying.folder).request({ method: "PUT", path: BLUE, body: deployment() });
  expect((await route(trying, { blue: 100 })).body["error"].message).toContain("[rule 39:");
});

test("rule 62: one at a time under a name", async () => {
  const trying = await blueGreen();
  plant(trying.folder, { hold: ["PUT onlineEndpoints/credit"] });
  const body = template(RESOURCE, { name: "ws/credit", properties: { authMode: "Key", traffic: {} } });
  service(trying.folder).request({ method: "PUT", path: ROUTING, body });
  expect(await trying.put(ROUTING, body)).toMatchObject({ status: 409, rule: 62, body: { error: { code: "DeploymentActive" } } });
  plant(trying.folder, { hold: [] });
  expect(await trying.put(`${ROUTING}2`, body)).toMatchObject({ status: 201 });
});

describe("rule 60: text that begins with a bracket is an expression", () => {
  const values = { name: "ws/credit", properties: { authMode: "Key", description: "[sic]" } };

  test("inside a template", async () => {
    expect(await fresh().put(ROUTING, template({ ...RESOURCE, tags: { note: "[sic]" } }, values))).toMatchObject({ status: 400, rule: 60, body: { error: { code: "InvalidTemplate" } } });
  });

  test("not in a parameter, and not behind two brackets", async () => {
    const { ask, put } = fresh();
    expect(await put(ROUTING, template({ ...RESOURCE, tags: { note: "[[sic]" } }, values))).toMatchObject({ status: 201 });
    expect((await ask("GET", ENDPOINT)).body).toMatchObject({ tags: { note: "[sic]" }, properties: { description: "[sic]" } });
  });
});

describe("rule 64: an output is what a resource is in the end", () => {
  const read = (value: string, type = "object", id = ENDPOINT) => {
    const body = template(RESOURCE, { name: "ws/credit", id, properties: { authMode: "Key", traffic: {} } }, { ...NAMES, id: "string" });
    return { properties: { ...body.properties, template: { ...body.properties.template, outputs: { endpoint: { type, value } } } } };
  };
  const EXPRESSION = "[reference(parameters('id'), '2024-10-01')]";

  test("of which a later read of the deployment knows no more", async () => {
    const { ask, put } = await blueGreen();
    expect(await put(ROUTING, read(EXPRESSION))).toMatchObject({ status: 201, rule: undefined });
    expect(await put(ENDPOINT, endpoint({ description: "later" }))).toMatchObject({ status: 200 });
    const { outputs, provisioningState } = (await ask("GET", ROUTING)).body["properties"];
    expect(provisioningState).toBe("Succeeded");
    expect(outputs).toMatchObject({ endpoint: { type: "Object", value: { authMode: "Key", scoringUri: "https://credit.westeurope.inference.ml.azure.com/score" } } });
    expect(outputs.endpoint.value).not.toHaveProperty("description");
  });

  test("and fails the template where it is not there", async () => {
    const { body, rule } = await fresh().put(ROUTING, read(EXPRESSION, "object", `${ENDPOINT}2`));
    expect(rule).toBe(63);
    expect(body["error"].message).toContain("[rule 64:");
  });

  test("by one expression, of its type", async () => {
    expect(await fresh().put(ROUTING, read(EXPRESSION, "string"))).toMatchObject({ status: 400, rule: 64 });
    expect(await fresh().put(ROUTING, read("[resourceGroup().location]"))).toMatchObject({ status: 400, rule: 60 });
  });
});

test.each([
  ["is not declared", template(RESOURCE, { name: "ws/credit", properties: {}, more: "x" })],
  ["is not given", template(RESOURCE, { name: "ws/credit" })],
  ["is of another type", template(RESOURCE, { name: "ws/credit", properties: "{}" })],
  ["is used and not declared", template({ ...RESOURCE, tags: "[parameters('tags')]" }, { name: "ws/credit", properties: {} })],
])("rule 61: a parameter %s", async (_what, body) => {
  const { folder, put } = fresh();
  expect(await put(ROUTING, body)).toMatchObject({ status: 400, rule: 61, body: { error: { code: "InvalidTemplate" } } });
  expect(calls(folder)).toHaveLength(1);
});

test("rule 61: a name must fit its type, and Complete mode is not for this", async () => {
  const values = { name: "credit", properties: { authMode: "Key" } };
  expect(await fresh().put(ROUTING, template(RESOURCE, values))).toMatchObject({ status: 400, rule: 61 });
  expect(await fresh().put(ROUTING, { properties: { mode: "Complete" } })).toMatchObject({ status: 400, rule: 61 });
});
