import { existsSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { dirname } from "node:path";
import { expect, it } from "vitest";
import { collectorFile, eventsOf, filesIn, folder } from "./collected.ts";
import { eventually, fixtures, post, ready, workersOf } from "./harness.ts";

it("takes what the genuine Collector of a script gives, in the stored form", async () => {
  const root = folder();
  const file = collectorFile({ collections: { model_inputs: {}, Model_Outputs: { samplingRate: 1 }, other: { enabled: false } }, modelVersion: "7" }, root);
  const front = await ready({ entryScript: "score.py", dataCollector: file }, { AML_APP_ROOT: `${fixtures}collector` });
  await front.logged("on_error: collection other is not enabled, drop the data");
  const reply = await front.send("/score", post('{"data": {"a": [1, 2], "b": [3, 4]}}'));
  expect(JSON.parse(reply.body)).toEqual({ sum: [4, 6] });
  const data = `${root}/data`;
  await eventually(() => existsSync(`${data}/credit/blue/model_outputs`) && eventsOf(data, "model_outputs").length === 1);
  front.child.kill("SIGTERM");
  expect((await front.exit).code).toBe(0);
  expect(filesIn(data).map((path) => path.replaceAll(/\d+/g, "n"))).toEqual(["credit/blue/model_inputs/n/n/n/n/one.jsonl", "credit/blue/model_outputs/n/n/n/n/one.jsonl"]);
  const [input] = eventsOf(data, "model_inputs");
  expect(input).toEqual({
    specversion: "1.0",
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    source: "/onlineEndpoints/credit/deployments/blue",
    type: "azureml.inference.model_inputs",
    datacontenttype: "application/json",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
    data: [{ a: 1, b: 3 }, { a: 2, b: 4 }],
    contentrange: "bytes 0-28/29",
    correlationid: "mine",
    xrequestid: "mine",
    modelversion: "7",
    collectdatatype: "pandas.core.frame.DataFrame",
    agent: "azureml-ai-monitoring/1.0.0",
    tenant: "a",
  });
  expect(eventsOf(data, "model_outputs")[0]).toMatchObject({ data: [{ sum: 4 }, { sum: 6 }], correlationid: "mine" });
  expect(existsSync(`${data}/credit/blue/request`)).toBe(false);
});

it("takes it from preloaded workers too, which have the parent's Collector and not its thread", async () => {
  const root = folder();
  const file = collectorFile({ collections: { model_inputs: {}, model_outputs: {}, other: { enabled: false } } }, root);
  const front = await ready({ entryScript: "score.py", dataCollector: file, workerCount: 2 }, { AML_APP_ROOT: `${fixtures}collector`, WORKER_PRELOAD: "true" });
  const replies = await Promise.all([1, 2, 3].map(() => front.send("/score", post('{"data": {"a": [1]}}'))));
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
  await eventually(() => existsSync(`${root}/data/credit/blue/model_outputs`) && eventsOf(`${root}/data`, "model_outputs").length === 3);
});

it("takes nothing else on that port, and leaves nothing behind", async () => {
  const root = folder();
  const front = await ready(
    { entryScript: "score.py", dataCollector: collectorFile({ collections: { model_inputs: {}, model_outputs: {}, request: {} }, maxPayloadBytes: 10 }, root) },
    { AML_APP_ROOT: `${fixtures}collector` },
  );
  const environment = Object.fromEntries(
    readFileSync(`/proc/${workersOf(front.pid)[0]}/environ`, "utf8").split("\0").map((entry) => [entry.split("=")[0], entry.slice(entry.indexOf("=") + 1)]),
  );
  const { AZUREML_MDC_HOST: host, AZUREML_MDC_PORT: port, AZUREML_MDC_CONFIG_PATH: config = "" } = environment;
  const log = (path: string, headers: Record<string, string>, body: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const sent = request({ host, port: Number(port), path, method: "POST", headers }, (answer) => {
        let text = `${answer.statusCode} `;
        answer.on("data", (chunk) => (text += String(chunk)));
        answer.on("end", () => resolve(text));
      });
      sent.on("error", reject).end(body);
    });
  const accepted = '200 {"message": "accepted"}';
  expect(await log("/modeldata/log", { "ce-type": "azureml.inference.request" }, "{}")).toMatch(/^404 .*one of model_inputs, model_outputs; got request/);
  expect(await log("/other", { "ce-type": "azureml.inference.model_inputs" }, "{}")).toMatch(/^404 /);
  expect(await log("/modeldata/log", {}, "{}")).toMatch(/^404 .*got none/);
  const inputs = { "ce-type": "azureml.inference.model_inputs" };
  expect(await log("/modeldata/log", { ...inputs, "trace-id": "../../x", "ce-time": "nonsense", "ce-data": "mine", "ce-id": "mine" }, "[1]")).toBe(accepted);
  expect(await log("/modeldata/log", inputs, "[1,2,3,4,5,6,7]")).toBe(accepted);
  front.child.kill("SIGTERM");
  expect((await front.exit).code).toBe(0);
  const [small, large] = eventsOf(`${root}/data`, "model_inputs");
  expect(small).toMatchObject({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), data: [1], time: expect.stringContaining(String(new Date().getUTCFullYear())) });
  expect(large).toMatchObject({ contentrange: "bytes */15" });
  expect(large).not.toHaveProperty("data");
  expect(existsSync(dirname(config))).toBe(false);
});
