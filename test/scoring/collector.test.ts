import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { cloudEvent, rolled } from "../../lib/scoring/online/cloud-event.ts";
import type { CollectRecord } from "../../lib/scoring/online/cloud-event.ts";
import type { Call } from "../../lib/scoring/online/call.ts";
import { openCollector } from "../../lib/scoring/online/collector.ts";
import type { DataCollectorFile, ServeOptions } from "../../lib/scoring/contract.ts";
import { behind, dial } from "./behind.ts";
import { collectorFile, eventsOf, filesIn, folder, sink } from "./collected.ts";
import { eventually, post, ready } from "./harness.ts";
import type { TestFront } from "./harness.ts";

/** A front before a server that answers what it is told by the path of its query. */
async function collecting(given: Partial<DataCollectorFile>, options: ServeOptions = {}, root = folder()): Promise<{ front: TestFront; data: string }> {
  const server = await behind((request, response) => {
    const query = new URL(request.url ?? "", "http://x").searchParams;
    request.on("end", () => {
      if (query.has("die")) return response.destroy();
      response.writeHead(Number(query.get("status") ?? 200), { "Content-Type": query.get("type") ?? "application/json" });
      response.end(query.has("binary") ? Buffer.from([0xff, 0, 1]) : (query.get("body") ?? "[1.0]"));
    });
  });
  const front = await ready({ upstreamScoring: server.url("/"), deployment: "blue", dataCollector: collectorFile(given, root), ...options });
  return { front, data: `${root}/data` };
}

async function drained(front: TestFront): Promise<string> {
  front.child.kill("SIGTERM");
  expect(await front.exit).toEqual({ code: 0, signal: null });
  return front.log();
}

const counted = async (front: TestFront): Promise<{ written: number; dropped: number }> => {
  const { body } = await front.send("/metrics");
  const value = (name: string): number => Number(new RegExp(`^scoring_collector_${name}_total(?:{[^}]*})? (\\d+)`, "m").exec(body)?.[1]);
  return { written: value("records"), dropped: value("dropped") };
};

describe("payloads in a folder", () => {
  it("are stored as Azure stores them", async () => {
    const { front, data } = await collecting({ modelVersion: "3", requestLogging: { captureHeaders: ["X-Tenant", "X-Request-Id", "absent"] } }, { statuses: "managed", pathPrefix: "/e" });
    const before = new Date();
    await front.send("/e/score?size=1", post('{"data":\n [1.50, 9007199254740993]}', { "x-request-id": "mine", "X-Tenant": "a", Authorization: "Bearer secret" }));
    await drained(front);
    const [request, ...others] = eventsOf(data, "request");
    expect(others).toEqual([]);
    expect(Object.entries(request ?? {})).toEqual(
      Object.entries({
        specversion: "1.0",
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        source: "/onlineEndpoints/credit/deployments/blue",
        type: "azureml.inference.request",
        datacontenttype: "application/json",
        time: expect.any(String),
        data: { data: [1.5, 9007199254740992] },
        path: "/score?size=1",
        method: "POST",
        contentrange: "bytes 0-34/35",
        correlationid: "mine",
        xrequestid: "mine",
        modelversion: "3",
        xtenant: "a",
      }),
    );
    expect(Date.parse(String(request?.["time"]))).toBeGreaterThanOrEqual(before.getTime());
    const [response] = eventsOf(data, "response");
    expect(response).toMatchObject({ type: "azureml.inference.response", data: [1], statuscode: "200", contentrange: "bytes 0-4/5", correlationid: "mine" });
    const [file = "", ...more] = filesIn(data);
    expect([file.replaceAll(/\d+/g, "n"), more.length]).toEqual(["credit/blue/request/n/n/n/n/one.jsonl", 1]);
    const line = readFileSync(`${data}/${file}`, "utf8");
    expect(line).toContain('"data":{"data":  [1.50, 9007199254740993]}'); // numbers keep their form
    expect(line).not.toContain("secret");
  });

  it("name no key and no token beside the payload", async () => {
    const root = folder();
    const keys = `${root}/keys.json`;
    writeFileSync(keys, JSON.stringify({ primaryKey: "the-primary-key" }));
    const { front, data } = await collecting({ requestLogging: { captureHeaders: ["X-Tenant"] } }, { keys }, root);
    const headers = { Authorization: "Bearer the-primary-key", "x-request-id": "id-the-primary-key", "X-Tenant": "eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0.", "Content-Type": "application/json; k=the-primary-key" };
    expect((await front.send("/score?code=the-primary-key", { body: "{}", headers })).status).toBe(200);
    await drained(front);
    const ids = { correlationid: "id-[key]", xrequestid: "id-[key]" };
    expect(eventsOf(data, "request")).toMatchObject([{ path: "/score?code=[key]", xtenant: "[token]", datacontenttype: "application/json; k=[key]", ...ids }]);
    expect(eventsOf(data, "response")).toMatchObject([ids]);
    expect(filesIn(data).map((file) => readFileSync(`${data}/${file}`, "utf8")).join("")).not.toContain("primary-key");
  });

  it("may be texts, binary, empty or too long", async () => {
    const { front, data } = await collecting({ maxPayloadBytes: 20 });
    await front.send("/score?body=a,b&type=text/csv", post("NaN"));
    await front.send("/score?binary=1&type=image/png");
    await front.send("/score", { body: "x".repeat(21), headers: { "Content-Type": "text/plain" } });
    await drained(front);
    const [nan, empty, long] = eventsOf(data, "request");
    expect(nan).toMatchObject({ datacontenttype: "text/plain", data: "NaN" });
    expect(empty).toMatchObject({ method: "GET", contentrange: "bytes */0" });
    expect(empty).not.toHaveProperty("data");
    expect(long).toMatchObject({ datacontenttype: "text/plain", contentrange: "bytes */21" });
    expect(long).not.toHaveProperty("data");
    const [csv, png] = eventsOf(data, "response");
    expect(csv).toMatchObject({ datacontenttype: "text/csv", data: "a,b" });
    expect(png).toMatchObject({ datacontenttype: "image/png", datainblob: "true", contentrange: "bytes 0-2/3" });
    expect([...readFileSync(`${data}/${String(png?.["data"])}`)]).toEqual([255, 0, 1]);
  });

  it("are of requests that the model has had", async () => {
    const { front, data } = await collecting({}, { maxBodyBytes: 100, upstreamPaths: "/v1" });
    await front.send("/score", post(Buffer.alloc(101)));
    await front.send("/v1/models");
    await front.send("/swagger.json");
    expect((await front.send("/score?status=500", post("{}"))).status).toBe(500);
    const line = dial(front.port);
    line.socket.write("POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    await line.socket.end();
    await line.closed;
    await front.send("/score?die=1", post("{}"));
    await drained(front);
    expect(eventsOf(data, "request").map(({ path }) => path)).toEqual(["/score?status=500", "/score?die=1"]);
    expect(eventsOf(data, "response").map(({ statuscode }) => statuscode)).toEqual(["500"]);
  });

  it("are none where the share is 0, or a collection is off or not named", async () => {
    const root = folder();
    const none = await collecting({ collections: { request: { samplingRate: 0 }, response: { enabled: false } } }, {}, root);
    await none.front.send("/score", post("{}"));
    await drained(none.front);
    expect(existsSync(none.data)).toBe(false);
    const one = await collecting({ samplingRate: 0, collections: { request: { samplingRate: 1 }, response: {} } }, {}, root);
    await one.front.send("/score", post("{}"));
    await drained(one.front);
    expect(filesIn(one.data)).toEqual([expect.stringContaining("/request/")]);
  });
});

describe("sampling", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("keeps a request and its answer together", async () => {
    const collector = await openCollector(collectorFile({ samplingRate: 0.5, collections: { request: {}, response: { samplingRate: 0.25 } } }));
    onTestFinished(() => collector.close());
    const draw = vi.spyOn(Math, "random");
    const kept = [0.1, 0.3, 0.5, 0.9].map((drawn) => {
      draw.mockReturnValueOnce(drawn);
      const call = { request: { headers: {} }, target: "/score" } as unknown as Call;
      collector.attach(call);
      return call.tap !== undefined;
    });
    expect([kept, draw.mock.calls.length]).toEqual([[true, true, false, false], 4]);
  });
});

describe("an address", () => {
  it("gets batches of CloudEvents", async () => {
    const target = await sink((response) => void response.end());
    const { front } = await collecting({ sink: { url: target.url, headers: { authorization: "Bearer t" } } });
    await front.send("/score?binary=1&type=image/png", post("[1]"));
    await drained(front);
    expect(target.batches[0]?.headers).toMatchObject({ "content-type": "application/cloudevents-batch+json; charset=utf-8", authorization: "Bearer t" });
    expect(target.events()).toMatchObject([
      { type: "azureml.inference.request", data: [1] },
      { type: "azureml.inference.response", data_base64: "/wAB" },
    ]);
  });

  it("gets them again when it could not take them, and not when it would not", async () => {
    const target = await sink((response, at) => void response.writeHead([503, 200, 400][at] ?? 200).end());
    const { front } = await collecting({ collections: { request: {} }, sink: { url: target.url } });
    await front.send("/score", post("1"));
    await front.logged("collected data goes to");
    await front.send("/score", post("2"));
    await front.logged("does not take collected data; 1 records are dropped");
    await front.send("/score", post("3"));
    await eventually(async () => (await counted(front)).written === 2);
    expect(target.events().map(({ data }) => data)).toEqual([1, 1, 2, 3]);
    expect(await counted(front)).toEqual({ written: 2, dropped: 1 });
    expect(front.log()).toContain("cannot be written to http://127.0.0.1:");
  });

  it("that does not answer keeps no request waiting; what does not fit is dropped, and counted", async () => {
    const held: (() => void)[] = [];
    const target = await sink((response) => void held.push(() => response.end()));
    const { front } = await collecting({ collections: { request: {} }, sink: { url: target.url }, maxWaitingBytes: 3 * 1200 });
    await front.send("/score", post("1"));
    await eventually(() => held.length === 1);
    for (let at = 2; at <= 10; at++) expect((await front.send("/score", post(String(at)))).status).toBe(200); // the sink still has not answered
    expect(held).toHaveLength(1);
    expect(await counted(front)).toEqual({ written: 0, dropped: 7 });
    await front.logged("collected data is dropped: more than 3600 bytes wait to be written");
    for (const answer of held) answer();
    await eventually(() => held.length === 2);
    held[1]?.();
    await eventually(async () => (await counted(front)).written === 3);
    expect((await front.send("/score", post("11"))).status).toBe(200);
    await eventually(() => held.length === 3);
    held[2]?.();
    const log = await drained(front);
    expect(target.events().map(({ data }) => data)).toEqual([1, 2, 3, 11]);
    expect(log).toContain("of the collected data, 7 records were dropped and 4 written");
  });

  it("gets what is waiting when the front ends", async () => {
    const held: (() => void)[] = [];
    const target = await sink((response, at) => (at === 0 ? void held.push(() => response.end()) : void response.end()));
    const { front } = await collecting({ sink: { url: target.url } });
    for (const body of ["1", "2", "3"]) await front.send("/score", post(body));
    await eventually(() => held.length === 1);
    front.child.kill("SIGTERM");
    await front.logged("finishing the requests that have begun");
    held[0]?.();
    expect((await front.exit).code).toBe(0);
    expect(target.events().filter(({ type }) => type === "azureml.inference.request").map(({ data }) => data)).toEqual([1, 2, 3]);
  });

  it("that never answers does not keep the front from ending", async () => {
    const target = await sink(() => {});
    const { front } = await collecting({ collections: { request: {} }, sink: { url: target.url } });
    await front.send("/score", post("1"));
    await eventually(() => target.batches.length === 1);
    expect(await drained(front)).toContain("of the collected data, 1 records were dropped and 0 written");
  });
});

it("a folder that cannot be written is tried again, and no line is lost", async () => {
  const root = folder();
  writeFileSync(`${root}/data`, "in the way");
  const { front, data } = await collecting({ collections: { request: {} } }, {}, root);
  await front.send("/score", post("1"));
  await front.logged(/collected data cannot be written to .*data, and waits: ENOTDIR/);
  rmSync(data);
  mkdirSync(data);
  await front.logged("collected data goes to");
  await front.send("/score", post("2"));
  await drained(front);
  expect(eventsOf(data, "request").map((event) => event["data"])).toEqual([1, 2]);
});

describe("a line", () => {
  const record = (payload: string | Uint8Array, contentType?: string): CollectRecord => {
    const bytes = Buffer.from(payload);
    return { collection: "c", id: "i", time: 0, arrived: 0, contentType, payload: bytes, size: bytes.length, attributes: [["path", "/score"], ["other", "x"]] };
  };
  const event = (payload: string | Uint8Array, type?: string, blob: string | undefined = "b.bin") => {
    const { line, blob: away } = cloudEvent(record(payload, type), "/s", blob);
    return { ...(JSON.parse(line) as Record<string, unknown>), away: away?.bytes.length, lines: line.split("\n").length };
  };

  it("holds JSON as it is, whatever the type of JSON is called", () => {
    expect(event('{"a":\r\n "\\n"}', "application/vnd.x+json; charset=utf-8")).toMatchObject({ data: { a: "\n" }, lines: 1, datacontenttype: "application/vnd.x+json; charset=utf-8" });
    expect(event("[1]")).toMatchObject({ data: [1], datacontenttype: "application/json" });
    expect(event("[1]", "text/plain")).toMatchObject({ data: "[1]" });
  });

  it("holds no more than 4 MB of it, unless there is no other place", () => {
    const large = JSON.stringify("x".repeat(4 * 1024 * 1024));
    expect(event(large)).toMatchObject({ data: "b.bin", datainblob: "true", away: large.length });
    expect((JSON.parse(cloudEvent(record(large), "/s", undefined).line) as { data: string }).data).toHaveLength(4 * 1024 * 1024);
  });

  it("stands in the folder of its time", () => {
    const time = Date.UTC(2026, 0, 2, 3, 4, 5);
    expect((["year", "month", "day", "hour", "minute"] as const).map((rate) => rolled(time, rate))).toEqual(["2026", "2026/01", "2026/01/02", "2026/01/02/03", "2026/01/02/03/04"]);
  });
});
