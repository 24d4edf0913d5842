/** Request records for Application Insights: the fields of Azure's inference server, in batches, and never in anybody's way. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Call, Tap } from "../../lib/scoring/online/call.ts";
import { addTap } from "../../lib/scoring/online/tap.ts";
import { AppInsightsSender } from "../../lib/scoring/online/app-insights-sender.ts";
import { intake } from "./intake.ts";
import type { Intake } from "./intake.ts";
import { post, ready } from "./harness.ts";
import type { TestFront } from "./harness.ts";

const KEY = "11111111-2222-3333-4444-555555555555";

interface Envelope {
  name: string;
  time: string;
  iKey: string;
  tags: Record<string, string>;
  data: { baseType: string; baseData: { name: string; responseCode: string; success: boolean; duration: string; properties: Record<string, string> } & Record<string, unknown> };
}

const records = ({ posted }: Intake): Envelope[] => posted.flatMap(({ body }) => body.split("\n").map((line) => JSON.parse(line) as Envelope));
const watched = (to: Intake, env: NodeJS.ProcessEnv = {}, options: Parameters<typeof ready>[0] = {}): Promise<TestFront> =>
  ready(
    { entryScript: "score.py", ...options },
    {
      AML_APP_INSIGHTS_ENABLED: "true",
      AML_APP_INSIGHTS_KEY: KEY,
      APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=${KEY};IngestionEndpoint=${to.url}/;LiveEndpoint=http://127.0.0.1:1/`,
      ...env,
    },
  );
/** What it has sent when it has ended. */
async function ended(front: TestFront, to: Intake): Promise<Envelope[]> {
  front.child.kill("SIGTERM");
  expect((await front.exit).code).toBe(0);
  return records(to);
}

/** Of what was sent, the records of one kind: `score.py` prints too, and raises. */
const ofKind = (kind: string, sent: readonly Envelope[]): Envelope[] => sent.filter(({ data }) => data.baseType === kind);
const requests = async (front: TestFront, to: Intake): Promise<Envelope[]> => ofKind("RequestData", await ended(front, to));

describe("a front", () => {
  test("sends a record for each request but those for health", async () => {
    const to = await intake();
    const front = await watched(to, { HOSTNAME: "pod-1", WORKSPACE_NAME: "risk", SERVICE_NAME: "credit" });
    await front.send("/");
    await front.send("/score?a=1", post("hello", { "x-request-id": "mine", "x-ms-client-request-id": "yours", traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }));
    await front.send("/score", post("raise"));
    const [first, second, ...more] = await requests(front, to);
    expect(more).toEqual([]);
    expect(first).toEqual({
      name: "Microsoft.ApplicationInsights.Request",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      iKey: KEY,
      tags: { "ai.operation.id": "0af7651916cd43dd8448eb211c80319c", "ai.operation.parentId": "b7ad6b7169203331", "ai.operation.name": "POST /score", "ai.cloud.role": "credit", "ai.cloud.roleInstance": "pod-1" },
      data: {
        baseType: "RequestData",
        baseData: {
          ver: 2, id: expect.stringMatching(/^[\da-f]{16}$/), name: "/score", url: `http://127.0.0.1:${front.port}/score?a=1`, duration: expect.stringMatching(/^00:00:\d\d\.\d{3}$/), responseCode: "200", success: true,
          properties: { "Container Id": "pod-1", "Workspace Name": "risk", "Service Name": "credit", "Request Id": "mine", "Client Request Id": "yours", "Response Value": '"hello"', http_method: "POST" },
        },
      },
    });
    expect(second?.data.baseData).toMatchObject({ responseCode: "500", success: false });
    expect(to.posted[0]).toMatchObject({ path: "/v2.1/track", headers: { "content-type": "application/x-json-stream", "content-encoding": "gzip" } });
  });

  test("answers are cut, and left out when they are not wanted", async () => {
    const to = await intake();
    const front = await watched(to);
    await front.send("/score", post("big 20000"));
    const [record] = await requests(front, to);
    expect(record?.data.baseData.properties["Response Value"]).toBe(`"${"x".repeat(8191)}`);
    const quiet = await intake();
    const without = await watched(quiet, { APP_INSIGHTS_LOG_RESPONSE_ENABLED: "false" });
    await without.send("/score", post("x"));
    expect((await requests(without, quiet))[0]?.data.baseData.properties).not.toHaveProperty("Response Value");
  });

  test.each([
    ["it is not switched on", { AML_APP_INSIGHTS_ENABLED: "false" }],
    ["it is switched on in other letters", { AML_APP_INSIGHTS_ENABLED: "True" }],
    ["the key is none", { AML_APP_INSIGHTS_KEY: "key" }],
  ])("sends nothing when %s", async (_name, env) => {
    const to = await intake();
    const front = await watched(to, env);
    await front.send("/score", post("x"));
    expect(await ended(front, to)).toEqual([]);
  });

  test.each(["westeurope.in.applicationinsights.azure.com/", "file:///tmp/", "http://a:secret@127.0.0.1:1/"])("an IngestionEndpoint that is no address, such as %s, is a line in the log, and scoring goes on", async (endpoint) => {
    const front = await ready(
      { entryScript: "score.py" },
      { AML_APP_INSIGHTS_ENABLED: "true", AML_APP_INSIGHTS_KEY: KEY, APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=${KEY};IngestionEndpoint=${endpoint}` },
    );
    expect((await front.send("/score", post("x"))).status).toBe(200);
    expect(front.log()).toContain("nothing is sent to Application Insights: IngestionEndpoint in APPLICATIONINSIGHTS_CONNECTION_STRING: expected an address such as https://");
    expect(front.log()).not.toContain("secret");
    front.child.kill("SIGTERM");
    expect((await front.exit).code).toBe(0);
  });

  test("a key on the command line is enough, and no secret is sent", async () => {
    const to = await intake();
    const token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl";
    const front = await watched(to, { AML_APP_INSIGHTS_ENABLED: "", AML_APP_INSIGHTS_KEY: "" }, { appInsightsKey: KEY });
    await front.send(`/score?t=${token}`, post(token, { "x-request-id": token }));
    const [record] = await requests(front, to);
    expect(record?.iKey).toBe(KEY);
    expect(JSON.stringify(record)).not.toContain("c2lnbmF0dXJl");
  });

  test("hears what a script prints, before its first request too, and what it raises, beside the request", async () => {
    const to = await intake();
    const front = await watched(to, { HOSTNAME: "pod-1", SERVICE_NAME: "credit" }, { entryScript: "insights.py" });
    const ids = { "x-request-id": "mine", "x-ms-client-request-id": "yours" };
    for (const body of ["a", "b", "set", "mute", "later"]) await front.send("/score", post(body, ids));
    const sent = await ended(front, to);
    const of = (kind: string): Envelope[] => ofKind(kind, sent);
    const tags = { "ai.cloud.role": "credit", "ai.cloud.roleInstance": "pod-1" };
    expect(of("MessageData").map(({ data }) => data.baseData["message"])).toEqual(["from init", "got a", "got b", "got set", "got mute", "between requests"]);
    expect(of("MessageData")[0]).toEqual({
      name: "Microsoft.ApplicationInsights.Message", time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), iKey: KEY, tags,
      data: { baseType: "MessageData", baseData: { ver: 2, message: "from init", severityLevel: 1, properties: { "Container Id": "pod-1" } } },
    });
    const [first, second, third, ...more] = of("ExceptionData");
    const request = of("RequestData").find(({ data }) => data.baseData.responseCode === "500");
    expect(first?.tags).toEqual({ ...tags, "ai.operation.id": request?.tags["ai.operation.id"], "ai.operation.parentId": request?.data.baseData["id"], "ai.operation.name": "POST /score" });
    expect(first?.data.baseData).toEqual({
      ver: 2, severityLevel: 3, properties: { "Container Id": "pod-1", "Request Id": "mine", "Client Request Id": "yours" },
      exceptions: [{ typeName: "KeyError", message: "'b'", hasFullStack: true, stack: expect.stringMatching(/^Traceback [^]*insights\.py[^]*KeyError: 'b'\n$/) }],
    });
    expect(second?.data.baseData).toMatchObject({ exceptions: [{ typeName: "TypeError" }] });
    expect(third?.data.baseData).toMatchObject({ exceptions: [{ typeName: "Mute", message: "<exception str() failed>" }] });
    expect([more, of("RequestData").length]).toEqual([[], 5]);
  });

  test("of a script that prints without end as much as fits, and no secret", async () => {
    const to = await intake();
    const front = await watched(to, {}, { entryScript: "insights.py" });
    const token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl";
    expect((await front.send("/score", post("flood"))).body).toBe('"flooded"');
    await front.send("/score", post(token));
    const sent = await ended(front, to);
    const printed = ofKind("MessageData", sent).map(({ data }) => String(data.baseData["message"]));
    expect(printed.slice(1, -1)).toEqual(Array.from({ length: 7 }, () => "x".repeat(32_768)));
    expect(JSON.stringify(sent)).not.toContain("c2lnbmF0dXJl");
    expect(printed.at(-1)).toMatch(/^got .*\[token\]/);
  });

  test("of preloaded workers what init() printed, once", async () => {
    const to = await intake();
    const front = await watched(to, { WORKER_PRELOAD: "true" }, { entryScript: "insights.py", workerCount: 2 });
    await front.send("/score", post("a"));
    const sent = await ended(front, to);
    expect(ofKind("MessageData", sent).map(({ data }) => data.baseData["message"])).toEqual(["from init", "got a"]);
  });

  test("a service that does not answer keeps nobody waiting", async () => {
    const to = await intake();
    to.status = undefined;
    const front = await watched(to);
    for (let at = 0; at < 20; at++) expect((await front.send("/score", post("x"))).status).toBe(200);
    await ended(front, to);
  });
});

describe("the sender", () => {
  const sender = (to: Intake, everyMs?: number): AppInsightsSender => {
    const made = new AppInsightsSender(to.url, everyMs);
    onTestFinished(() => made.close());
    return made;
  };
  const silent = (): void => {
    const spy = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    onTestFinished(() => spy.mockRestore());
  };

  test("sends again what the service takes later, and not what it refuses", async () => {
    silent();
    const to = await intake();
    to.status = 503;
    const made = sender(to, 1);
    made.add({ a: 1 });
    await vi.waitFor(() => expect(to.posted.length).toBeGreaterThan(1), { timeout: 10_000 });
    to.status = 400;
    await vi.waitFor(() => expect(made.dropped).toBe(1), { timeout: 10_000 });
    to.status = 200;
    made.add({ b: 2 });
    await vi.waitFor(() => expect(to.posted.at(-1)?.body).toBe('{"b":2}'), { timeout: 10_000 });
    expect(new Set(to.posted.slice(0, -1).map(({ body }) => body))).toEqual(new Set(['{"a":1}']));
  });

  test("drops what does not fit, by number and by size", async () => {
    silent();
    const to = await intake();
    to.status = 503;
    const many = sender(to);
    for (let at = 0; at < 2010; at++) many.add({ at });
    expect(many.dropped).toBe(10);
    const large = sender(to);
    for (let at = 0; at < 5; at++) large.add({ text: "x".repeat(1_000_000) });
    expect(large.dropped).toBe(1);
  });
});

test("several may see the bytes of one request", () => {
  const seen: string[] = [];
  const tap = (name: string): Tap => ({ request: (chunk) => seen.push(`${name} request ${chunk}`), head: (status) => seen.push(`${name} head ${status}`), response: (chunk) => seen.push(`${name} response ${chunk}`) });
  const call = { tap: undefined } as Pick<Call, "tap"> as Call;
  for (const name of ["a", "b", "c"]) addTap(call, tap(name));
  call.tap?.request(Buffer.from("x"));
  call.tap?.head(200, []);
  call.tap?.response(Buffer.from("y"));
  expect(seen).toEqual(["a request x", "b request x", "c request x", "a head 200", "b head 200", "c head 200", "a response y", "b response y", "c response y"]);
});
