import { describe, expect, test } from "vitest";
import { azureTarget, deployment } from "../../model/declare.ts";
import { planOf, refusals, resource, warnings } from "./compile.ts";

const SECRET = { secret: "db", key: "password" };
const VAULT = { name: "vault", versions: { "db-password": "0123" } };
const on = (keyVault: object | undefined, variable: object = SECRET): object => ({ target: { ...azureTarget, ...(keyVault === undefined ? {} : { keyVault }) }, deployments: { blue: { ...deployment, environmentVariables: { A: "1", DB: variable } } } });
const path = "deployments.blue.environmentVariables.DB";

describe("a variable that stands in a Key Vault", () => {
  test("is a reference that Azure reads", () => {
    const { properties } = resource(planOf(on(VAULT)), "deployment:blue").inputs as any;
    expect(properties.environmentVariables.A).toBe("1");
    expect(properties.environmentVariables.DB.parts.join("")).toBe("${{keyvault:https://vault.vault.azure.net/secrets/db-password/0123}}");
  });
  test("asks for the vault", () => expect(refusals(on(undefined))[path]).toMatch(/^on Azure it is secret "db-password" of a Key Vault: say of which/));
  test("asks for the version", () => expect(refusals(on({ ...VAULT, versions: {} }))[path]).toMatch(/^Azure takes no secret without its version/));
  test("has a name that a vault takes", () => expect(refusals(on(VAULT, { ...SECRET, key: "pass_word" }))[path]).toMatch(/whose names are of letters, digits and dashes/));
  test("has a name that is known", () => expect(refusals(on(VAULT, { ...SECRET, secret: { __pulumiOutput: true } }))[path]).toMatch(/^on Azure the name decides which version is read/));
  test("is fine otherwise, with a word on the role that reads it", () => {
    expect(refusals(on(VAULT))[path]).toBeUndefined();
    expect(warnings(on(VAULT))[path]).toMatch(/Key Vault Secrets User/);
  });
});

describe("models elsewhere", () => {
  const model = (value: object) => refusals({ deployments: { blue: { ...deployment, model: value } } });
  test("are no image and no volume of a cluster", () => {
    expect(model({ image: "wine:1" })["deployments.blue.model"]).toMatch(/^Azure mounts no images: write a file or folder/);
    expect(model({ claim: "wine" })["deployments.blue.model"]).toMatch(/^Azure mounts no volumes of a cluster: /);
  });
  test.each(["s3", "gs", "az", "http"])("are not at %s", (scheme) => expect(model({ path: `${scheme}://wine/a.onnx` })["deployments.blue.model.path"]).toMatch(new RegExp(`^Azure reads azureml, https, wasbs, abfss; got "${scheme}"`)));
  test.each(["azureml", "https", "wasbs", "abfss"])("may be at %s", (scheme) => expect(model({ path: `${scheme}://wine/a.onnx` })["deployments.blue.model.path"]).toBeUndefined());
  test("have no sum that nobody compares", () => expect(model({ path: "https://wine/a.onnx", sha256: "a".repeat(64) })["deployments.blue.model.sha256"]).toMatch(/^Azure compares nothing with it/));
});

describe("metrics and windows that only a cluster has", () => {
  const rule = (value: object) => refusals({ deployments: { blue: { ...deployment, autoscale: { maxInstances: 3, rules: [value] } } } });
  test.each(["requestsInFlight", "requestsQueued"])("%s is refused by name", (metric) =>
    expect(rule({ metric, target: 1 })["deployments.blue.autoscale.rules.0.metric"]).toMatch(new RegExp(`^Azure Monitor has no such metric; got "${metric}"`)));
  test("a window below 5 minutes is refused", () => {
    expect(rule({ metric: "cpu", target: 60, windowMinutes: 4 })["deployments.blue.autoscale.rules.0.windowMinutes"]).toBe("Azure Monitor looks at 5 minutes or more; got 4");
    expect(rule({ metric: "cpu", target: 60, windowMinutes: 5 })["deployments.blue.autoscale.rules.0.windowMinutes"]).toBeUndefined();
  });
});
