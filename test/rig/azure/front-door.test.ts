/** Requests to endpoints. */
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { openFrontDoor } from "./front-door.ts";
import { plant } from "./store.ts";
import { blueGreen, ENDPOINT, endpoint } from "./trying.ts";

/** An endpoint with this traffic, and a caller with its key. */
const opened = async (traffic: Record<string, number>) => {
  const trying = await blueGreen(traffic);
  const server = await openFrontDoor(trying.folder);
  onTestFinished(async () => void (server.closeAllConnections(), await once(server.close(), "close")));
  const { properties } = (await trying.ask("GET", ENDPOINT)).body;
  const { primaryKey, secondaryKey } = (await trying.ask("POST", `${ENDPOINT}/listKeys`)).body;
  const call = async (named?: string, key: string = primaryKey) => {
    const headers = { authorization: `Bearer ${key}`, ...(named === undefined ? {} : { "azureml-model-deployment": named }) };
    const answer = await fetch(properties["scoringUri"], { method: "POST", headers, body: "{}" });
    return { status: answer.status, by: answer.headers.get("azureml-model-deployment"), model: answer.headers.get("ms-azureml-model-error-statuscode"), text: await answer.text() };
  };
  const by = async (count: number): Promise<Record<string, number>> => {
    const names: Record<string, number> = {};
    for (let i = 0; i < count; i += 1) {
      const { by: name } = await call();
      names[name ?? "nobody"] = (names[name ?? "nobody"] ?? 0) + 1;
    }
    return names;
  };
  return { ...trying, call, by, secondaryKey };
};

test("answers come by the shares, at once by the new ones", async () => {
  const { by, put } = await opened({ blue: 90, green: 10 });
  expect(await by(100)).toEqual({ blue: 90, green: 10 });
  await put(ENDPOINT, endpoint({ traffic: { blue: 0, green: 100 } }));
  expect(await by(50)).toEqual({ green: 50 });
});

test("rule 65: both keys open, and no other", async () => {
  const { call, secondaryKey } = await opened({ blue: 100, green: 0 });
  expect(await call(undefined, secondaryKey)).toMatchObject({ status: 200 });
  expect(await call(undefined, "another")).toMatchObject({ status: 401, text: expect.stringContaining("[rule 65:") });
});

test("rule 66: the header picks a deployment without a share, and none that is not there", async () => {
  const { call } = await opened({ blue: 100, green: 0 });
  expect(await call("green")).toMatchObject({ status: 200, by: "green" });
  expect(await call("grey")).toMatchObject({ status: 404, by: null, text: expect.stringContaining("[rule 66:") });
});

test("rule 67: without traffic nobody answers", async () => {
  const { call } = await opened({});
  expect(await call()).toMatchObject({ status: 404, text: expect.stringContaining("[rule 67:") });
});

test("rule 68: what a container answers is 424, from its share on", async () => {
  const { call, folder, put } = await opened({ blue: 100, green: 0 });
  plant(folder, { answers: [{ deployment: "green", status: 500, message: "too much", fromShare: 50 }] });
  expect(await call("green")).toMatchObject({ status: 200 });
  await put(ENDPOINT, endpoint({ traffic: { blue: 50, green: 50 } }));
  expect(await call("green")).toMatchObject({ status: 424, by: "green", model: "500", text: expect.stringContaining("too much [rule 68:") });
});
