/** Traces: passed on as they come, or with a span of the front's own, which a collector gets. */
import { connect } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { traceParentOf, withHeaders } from "../../lib/scoring/online/trace-context.ts";
import { intake } from "./intake.ts";
import type { Intake } from "./intake.ts";
import { post, ready } from "./harness.ts";
import type { TestFront } from "./harness.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";
const CALLER = { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: "vendor=1" };

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, unknown> }[];
  status: { code: number };
}
interface Payload {
  resourceSpans: { resource: { attributes: Span["attributes"] }; scopeSpans: { spans: Span[] }[] }[];
}

const payloads = ({ posted }: Intake): Payload[] => posted.map(({ body }) => JSON.parse(body) as Payload);
const spansOf = (from: Intake): Span[] => payloads(from).flatMap(({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)));
const attributes = (list: Span["attributes"]): Record<string, unknown> => Object.fromEntries(list.map(({ key, value }) => [key, value["arrayValue"] ?? Object.values(value)[0]]));
const spans = async (from: Intake, count: number): Promise<Span[]> => {
  await vi.waitFor(() => expect(spansOf(from)).toHaveLength(count), { timeout: 10_000 });
  return spansOf(from);
};
/** A front that exports to a collector, every 20 ms. */
const traced = (to: Intake, env: NodeJS.ProcessEnv = {}, options: Parameters<typeof ready>[0] = {}): Promise<TestFront> =>
  ready({ entryScript: "score.py", ...options }, { OTEL_EXPORTER_OTLP_ENDPOINT: to.url, OTEL_BSP_SCHEDULE_DELAY: "20", ...env });
const headersSeen = async (front: TestFront, sent: Record<string, string>): Promise<Record<string, string>> =>
  JSON.parse((await front.send("/score", post("headers", sent))).body) as Record<string, string>;

describe("without a collector", () => {
  test("a script sees the trace context as the client sent it", async () => {
    const front = await ready({ entryScript: "score.py" });
    expect(await headersSeen(front, CALLER)).toMatchObject({ Traceparent: CALLER.traceparent, Tracestate: "vendor=1" });
    expect(await headersSeen(front, {})).not.toHaveProperty("Traceparent");
  });

  test.each([
    ["the SDK is switched off", { OTEL_SDK_DISABLED: "TRUE" }, undefined],
    ["there is no exporter", { OTEL_TRACES_EXPORTER: "none" }, undefined],
    ["the exporter is another", { OTEL_TRACES_EXPORTER: "zipkin" }, 'traces are not exported: OTEL_TRACES_EXPORTER is "zipkin", expected otlp or none'],
    ["the collector wants gRPC", { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, "traces are not exported: the protocol is grpc"],
    ["the exporter is another, and no address is given", { OTEL_EXPORTER_OTLP_ENDPOINT: "", OTEL_TRACES_EXPORTER: "console" }, 'traces are not exported: OTEL_TRACES_EXPORTER is "console"'],
    ["its address is empty", { OTEL_EXPORTER_OTLP_ENDPOINT: "" }, undefined],
  ])("nothing is sent when %s", async (_name, env, line) => {
    const to = await intake();
    const front = await traced(to, env);
    expect(await headersSeen(front, CALLER)).toMatchObject({ Traceparent: CALLER.traceparent });
    front.child.kill("SIGTERM");
    await front.exit;
    expect(to.posted).toEqual([]);
    if (line !== undefined) expect(front.log()).toContain(line);
  });
});

describe("with a collector", () => {
  test("an exporter without an address has the standard's", async () => {
    const front = await ready({ entryScript: "score.py" }, { OTEL_TRACES_EXPORTER: "otlp", OTEL_BSP_SCHEDULE_DELAY: "20", OTEL_EXPORTER_OTLP_TIMEOUT: "200" });
    expect((await headersSeen(front, CALLER))["Traceparent"]).toMatch(new RegExp(`^00-${TRACE}-(?!${PARENT})[0-9a-f]{16}-01$`));
    await front.logged(/azmlinfsrv - traces: .*4318/);
  });

  test("a protocol that is not spoken is told, and JSON is sent", async () => {
    const to = await intake();
    const front = await traced(to, { OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf" });
    await front.send("/score", post("x"));
    await spans(to, 3);
    expect(to.posted[0]).toMatchObject({ headers: { "content-type": "application/json" } });
    expect(front.log()).toContain("W [" + String(front.pid) + "] azmlinfsrv - traces are sent as http/json: the protocol is http/protobuf");
  });

  test("a request is a span of the caller's trace, with its wait and its run below it, and the script's caller", async () => {
    const to = await intake();
    const front = await traced(to, { OTEL_SERVICE_NAME: "credit", OTEL_RESOURCE_ATTRIBUTES: "team=risk,service.name=other" }, { pathPrefix: "/ml", logFormat: "json" });
    const reply = await front.send("/ml/score?a=1", post("headers", { ...CALLER, "x-request-id": "mine" }));
    const seen = JSON.parse(reply.body) as Record<string, string>;
    const all = await spans(to, 3);
    const [queue, run, request] = ["queue", "run", "POST /ml/score"].map((name) => all.find((span) => span.name === name));
    expect(request).toMatchObject({ traceId: TRACE, parentSpanId: PARENT, kind: 2, status: { code: 0 } });
    expect(attributes(request?.attributes ?? [])).toMatchObject({
      "http.request.method": "POST", "url.path": "/ml/score", "url.query": "a=1", "url.scheme": "http", "http.route": "/ml/score", "http.response.status_code": 200,
      "inference.model_status": 200, "http.request.body.size": 7, "client.address": "127.0.0.1", "http.response.header.x-request-id": { values: [{ stringValue: "mine" }] },
    });
    for (const part of [queue, run]) expect(part).toMatchObject({ traceId: TRACE, parentSpanId: request?.spanId, kind: 1 });
    expect(seen).toMatchObject({ Traceparent: `00-${TRACE}-${request?.spanId}-01`, Tracestate: "vendor=1" });
    const order = [request?.startTimeUnixNano, queue?.startTimeUnixNano, queue?.endTimeUnixNano, run?.endTimeUnixNano, request?.endTimeUnixNano].map((time) => BigInt(time ?? 0));
    expect(order.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(order);
    expect(Math.abs(Number(order[0]) / 1e6 - Date.now())).toBeLessThan(60_000);
    expect(attributes(payloads(to)[0]?.resourceSpans[0]?.resource.attributes ?? [])).toMatchObject({ "service.name": "credit", team: "risk" });
    expect(to.posted[0]).toMatchObject({ path: "/v1/traces", headers: { "content-type": "application/json" } });
    await front.logged(new RegExp(`"traceId":"${TRACE}","spanId":"${request?.spanId}"`));
  });

  test("without a caller's trace there is a new one, and what a client says of another is not passed on", async () => {
    const to = await intake();
    const front = await traced(to, {}, { deployment: "blue" });
    const seen = await headersSeen(front, { traceparent: "00-garbage", tracestate: "vendor=1" });
    const [first] = await spans(to, 3);
    expect(seen["Traceparent"]).toMatch(new RegExp(`^00-${first?.traceId}-[0-9a-f]{16}-01$`));
    expect(seen).not.toHaveProperty("Tracestate");
    expect(attributes(payloads(to)[0]?.resourceSpans[0]?.resource.attributes ?? [])).toMatchObject({ "service.name": "blue" });
  });

  test("refusals, failures and clients that leave; nothing for probes", async () => {
    const to = await intake();
    const front = await traced(to, {}, { maxBodyBytes: 10 });
    for (const path of ["/", "/livez", "/readyz", "/startupz", "/metrics", "/?a", "/readyz?verbose", "//livez", "/%6civez"]) await front.send(path);
    await front.send("/score", post("x".repeat(11)));
    await front.send("/score", post("raise"));
    await front.send("/any/thing?x=1");
    await front.send("/score", post("die")).catch(() => {});
    const leaving = connect(front.port, "127.0.0.1");
    leaving.write("POST /score HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nhang");
    await front.logged("hanging");
    leaving.destroy();
    const all = (await spans(to, 5 + 3 * 2)).filter(({ kind }) => kind === 2);
    const short = all.map((span) => ({ name: span.name, status: span.status.code, code: attributes(span.attributes)["http.response.status_code"], error: attributes(span.attributes)["error.type"] }));
    expect(short).toEqual([
      { name: "POST /score", status: 0, code: 413, error: undefined },
      { name: "POST /score", status: 2, code: 500, error: "500" },
      { name: "GET", status: 0, code: 404, error: undefined },
      { name: "POST /score", status: 2, code: undefined, error: "worker_died" },
      { name: "POST /score", status: 0, code: undefined, error: "client_gone" },
    ]);
  });

  test("the environment's sampler, headers and address for traces hold", async () => {
    const to = await intake();
    const env = { OTEL_TRACES_SAMPLER: "parentbased_always_off", OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${to.url}/my/traces`, OTEL_EXPORTER_OTLP_HEADERS: "x-team=risk" };
    const front = await traced(to, env);
    const unsampled = await headersSeen(front, {});
    expect(unsampled["Traceparent"]).toMatch(/-00$/);
    await headersSeen(front, CALLER);
    expect((await spans(to, 3)).map(({ traceId }) => traceId)).toEqual([TRACE, TRACE, TRACE]);
    expect(to.posted[0]).toMatchObject({ path: "/my/traces", headers: { "x-team": "risk" } });
  });

  test("what is waiting is sent when the server ends", async () => {
    const to = await intake();
    const front = await traced(to, { OTEL_BSP_SCHEDULE_DELAY: "600000" });
    for (let at = 0; at < 5; at++) await front.send("/score", post("x"));
    expect(to.posted).toEqual([]);
    front.child.kill("SIGTERM");
    expect((await front.exit).code).toBe(0);
    expect(spansOf(to)).toHaveLength(15);
  });

  test.each([["does not answer", undefined], ["is broken", 400]])("a collector that %s keeps nobody waiting, and the queue is bounded", async (_name, status) => {
    const to = await intake();
    to.status = status;
    const front = await traced(to, { OTEL_BSP_MAX_QUEUE_SIZE: "10", OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "5", OTEL_EXPORTER_OTLP_TIMEOUT: "200" });
    for (let at = 0; at < 100; at++) expect((await front.send("/score", post("x"))).status).toBe(200);
    await front.logged(/azmlinfsrv - traces: /);
    front.child.kill("SIGTERM");
    expect((await front.exit).code).toBe(0);
    expect(front.log().match(/azmlinfsrv - traces: /g)).toHaveLength(1);
    expect(new Set(payloads(to).map(({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((each) => each.spans)).length <= 5))).toEqual(new Set([true]));
  });

  test("keys are struck out of what is sent", async () => {
    const to = await intake();
    const { writeFileSync } = await import("node:fs");
    const { folder } = await import("./issuer.ts");
    const keys = `${folder()}/keys.json`;
    writeFileSync(keys, JSON.stringify({ primaryKey: "the+primary/key" }));
    const front = await traced(to, {}, { keys });
    await front.send("/score?code=the%2Bprimary%2Fkey", post("x", { Authorization: "Bearer the+primary/key", "user-agent": "the+primary/key", "x-request-id": "the+primary/key" }));
    await spans(to, 3);
    expect(to.posted.map(({ body }) => body).join("")).not.toMatch(/primary.*key/);
    expect(to.posted.map(({ body }) => body).join("")).toContain("code=[key]");
  });
});

describe("traceparent", () => {
  test.each([
    [`00-${TRACE}-${PARENT}-01`, true],
    [`00-${TRACE}-${PARENT}-00`, false],
    [`00-${TRACE}-${PARENT}-03`, true],
    [` 00-${TRACE}-${PARENT}-01 `, true],
    [`01-${TRACE}-${PARENT}-01-of-the-future`, true],
    [`00-${TRACE}-${PARENT}-01-of-the-future`, undefined],
    [`ff-${TRACE}-${PARENT}-01`, undefined],
    [`00-${TRACE.toUpperCase()}-${PARENT}-01`, undefined],
    [`00-${"0".repeat(32)}-${PARENT}-01`, undefined],
    [`00-${TRACE}-${"0".repeat(16)}-01`, undefined],
    [`00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01`, undefined],
    ["", undefined],
  ])("%s", (sent, sampled) => expect(traceParentOf({ traceparent: sent })?.sampled).toBe(sampled));

  test("leaves every other header, whatever its name", () => {
    expect(withHeaders(["constructor", "1", "__proto__", "2", "toString", "3"], { traceparent: "new" })).toEqual(["constructor", "1", "__proto__", "2", "toString", "3", "traceparent", "new"]);
  });

  test("takes the place of the one that was sent, however it was written", () => {
    expect(withHeaders(["A", "1", "TraceParent", "x", "traceparent", "y", "TraceState", "z"], { traceparent: "new", tracestate: undefined })).toEqual(["A", "1", "traceparent", "new"]);
  });
});
