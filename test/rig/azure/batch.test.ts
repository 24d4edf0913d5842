/** Rules of batch endpoints, their deployments, and clusters. */
import { expect, test } from "vitest";
import type { Body } from "../json.ts";
import { endpoint, fresh, WORKSPACE, type Trying } from "./trying.ts";

const BATCH = `${WORKSPACE}/batchEndpoints/credit`;
const BLUE = `${BATCH}/deployments/blue`;
const CPU = `${WORKSPACE}/computes/cpu`;

const batch = (properties: Body = {}, more: Body = {}): Body => ({ location: "westeurope", ...more, properties: { authMode: "AADToken", ...properties } });

const model = (properties: Body = {}, more: Body = {}): Body => ({
  location: "westeurope",
  ...more,
  properties: { compute: CPU, model: { referenceType: "Id", assetId: `${WORKSPACE}/models/of-old/versions/1` }, resources: { instanceCount: 1 }, ...properties },
});

const component = (properties: Body = {}): Body => ({
  location: "westeurope",
  properties: { deploymentConfiguration: { deploymentConfigurationType: "PipelineComponent", componentId: { referenceType: "Id", assetId: `${WORKSPACE}/components/steps/versions/1` }, settings: { force_rerun: "false" } }, ...properties },
});

const cluster = (nodes: Body = {}): Body => ({
  location: "westeurope",
  properties: { computeType: "AmlCompute", properties: { vmSize: "Standard_DS3_v2", scaleSettings: { minNodeCount: 0, maxNodeCount: 4 }, ...nodes } },
});

const withBlue = async (body = model()): Promise<Trying> => {
  const trying = fresh();
  await trying.put(BATCH, batch());
  expect(await trying.put(BLUE, body)).toMatchObject({ status: 201, rule: undefined });
  return trying;
};

test("a new endpoint answers with where jobs go", async () => {
  const { ask, put } = fresh();
  expect(await put(BATCH, batch())).toMatchObject({ status: 201 });
  expect((await ask("GET", BATCH)).body["properties"]).toMatchObject({ scoringUri: "https://credit.westeurope.inference.ml.azure.com/jobs", provisioningState: "Succeeded" });
});

test.each([
  [100, "keys", batch({ authMode: "Key" })],
  [101, "a default in the first PUT", batch({ defaults: { deploymentName: "blue" } })],
  [3, "no location", batch({}, { location: undefined })],
])("rule %i: %s", async (rule, _what, body) => expect(await fresh().put(BATCH, body)).toMatchObject({ status: 400, rule }));

test("rule 2: an online endpoint of that name is in the way", async () => {
  const { put } = fresh();
  await put(`${WORKSPACE}/onlineEndpoints/credit`, endpoint());
  expect(await put(BATCH, batch())).toMatchObject({ status: 409, rule: 2 });
});

test("rules 101 and 10: a default may be a deployment that exists, and is gone with a PUT without it", async () => {
  const { ask, put } = await withBlue();
  expect(await put(BATCH, batch({ defaults: { deploymentName: "green" } }))).toMatchObject({ status: 400, rule: 101 });
  expect(await put(BATCH, batch({ defaults: { deploymentName: "blue" } }))).toMatchObject({ status: 200, rule: undefined });
  expect(await put(BATCH, batch())).toMatchObject({ status: 200, rule: 10 });
  expect((await ask("GET", BATCH)).body["properties"].defaults).toBeUndefined();
});

test("rule 30: a deployment needs its endpoint", async () => expect(await fresh().put(BLUE, model())).toMatchObject({ status: 404, rule: 30 }));

test.each([
  [102, "no model", model({ model: undefined })],
  [103, "no compute", model({ compute: undefined })],
  [104, "no files in a mini-batch", model({ miniBatchSize: 0 })],
  [104, "a threshold below -1", model({ errorThreshold: -2 })],
  [104, "no instances", model({ resources: { instanceCount: 0 } })],
  [104, "a timeout that is no duration", model({ retrySettings: { timeout: "30" } })],
  [106, "mini-batches of a pipeline", component({ miniBatchSize: 5 })],
  [106, "a model of a pipeline", component({ model: { referenceType: "Id", assetId: `${WORKSPACE}/models/of-old/versions/1` } })],
  [106, "a setting of a pipeline that is no text", component({ deploymentConfiguration: { settings: { force_rerun: true } } })],
])("rule %i: %s", async (rule, _what, body) => {
  const { put } = fresh();
  await put(BATCH, batch());
  expect(await put(BLUE, body)).toMatchObject({ status: 400, rule });
});

test("rule 106 lets the defaults of a model's settings pass, which every client sends", async () => {
  const { put } = fresh();
  await put(BATCH, batch());
  const sent = { errorThreshold: -1, maxConcurrencyPerInstance: 1, miniBatchSize: 10, outputAction: "AppendRow", outputFileName: "predictions.csv" };
  expect(await put(BLUE, component(sent))).toMatchObject({ status: 201, rule: undefined });
});

test("rule 105: resources are written once, and so is what it is", async () => {
  const { ask, put } = await withBlue();
  expect(await put(BLUE, model({ miniBatchSize: 5 }))).toMatchObject({ status: 200, rule: undefined });
  expect(await put(BLUE, model({ resources: { instanceCount: 2 } }))).toMatchObject({ status: 400, rule: 105 });
  expect(await put(BLUE, component())).toMatchObject({ status: 400, rule: 105 });
  expect(await ask("DELETE", BLUE)).toMatchObject({ status: 202 });
});

test("rule 107: PATCH is for tags and words", async () => {
  const { ask } = await withBlue();
  expect(await ask("PATCH", BLUE, { properties: { description: "Careful" } })).toMatchObject({ status: 200 });
  expect(await ask("PATCH", BLUE, { properties: { miniBatchSize: 3 } })).toMatchObject({ status: 400, rule: 107 });
  expect(await ask("PATCH", BATCH, { properties: {} })).toMatchObject({ status: 400, rule: 107 });
});

test("rules 108 and 109: a cluster has a name, nodes that stay what they are, and a range of them", async () => {
  const { put } = fresh();
  expect(await put(`${WORKSPACE}/computes/cpu-1`, cluster())).toMatchObject({ status: 400, rule: 108 });
  expect(await put(CPU, cluster({ scaleSettings: { minNodeCount: 5, maxNodeCount: 4 } }))).toMatchObject({ status: 400, rule: 109 });
  expect(await put(CPU, cluster())).toMatchObject({ status: 201 });
  expect(await put(CPU, cluster({ scaleSettings: { minNodeCount: 1, maxNodeCount: 9 } }))).toMatchObject({ status: 200 });
  expect(await put(CPU, cluster({ vmSize: "Standard_DS4_v2" }))).toMatchObject({ status: 400, rule: 109 });
});
