/** Metrics: what is counted, where they stand, and that clients cannot make them grow. */
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ServeOptions } from "../../lib/scoring/contract.ts";
import type { Call } from "../../lib/scoring/online/call.ts";
import { Metrics } from "../../lib/scoring/online/metrics.ts";
import { metricsText } from "../../lib/scoring/online/metrics-text.ts";
import type { PoolState } from "../../lib/scoring/online/pool.ts";
import { eventually, fixtures, launch, listening, post, ready, send } from "./harness.ts";
import type { TestFront } from "./harness.ts";
import { folder } from "./issuer.ts";

/** The value of a line; the labels must be the beginning of its own. */
const valueOf = (text: string, name: string): number | undefined => {
  const line = text.split("\n").find((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(" ") + 1));
};
const scrape = async (front: TestFront): Promise<string> => (await front.send("/metrics")).body;
const scoring = (text: string): string[] => text.split("\n").filter((line) => line.startsWith("scoring_"));
const POOL: PoolState = { workers: 2, ready: 1, busy: 1, waiting: 3, started: true, died: 4, starts: 7, recycled: 1, startedInMs: 1500 };

/** A request that has been answered. */
const call = (more: Partial<Call> = {}): Call => ({ route: "score", milestones: {}, startedAt: performance.now(), received: 0, sent: 0, ...more }) as Call;

describe("a front", () => {
  test("says how its requests and workers are, with the deployment on every line", async () => {
    const front = await ready({ entryScript: "score.py", deployment: "blue", workerCount: 2 });
    await front.send("/score", post("hello"));
    await front.send("/score", post("raise"));
    await front.send("/");
    const reply = await front.send("/metrics");
    expect(reply.headers["Content-Type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = reply.body;
    expect(scoring(text).filter((line) => !line.includes('deployment="blue"'))).toEqual([]);
    expect(text).toContain('scoring_requests_total{status="200",route="score",caller="none",deployment="blue"} 1\n');
    expect(text).toContain('scoring_requests_total{status="500",route="score",caller="none",deployment="blue"} 1\n');
    expect(text).toContain('scoring_requests_total{status="200",route="operations",caller="none",deployment="blue"} 1\n');
    const values = { scoring_request_bytes_total: 10, scoring_queue_duration_seconds_count: 2, scoring_run_duration_seconds_count: 2, scoring_workers: 2, scoring_workers_ready: 2, scoring_workers_busy: 0, scoring_worker_starts_total: 2, scoring_worker_deaths_total: 0, scoring_requests_in_flight: 0, scoring_requests_queued: 0 };
    for (const [name, value] of Object.entries(values)) expect([name, valueOf(text, name)]).toEqual([name, value]);
    expect(valueOf(text, "scoring_cold_start_seconds")).toBeGreaterThan(valueOf(text, "scoring_worker_start_seconds") ?? Infinity);
    expect(valueOf(text, "scoring_run_duration_seconds_sum")).toBeGreaterThan(0);
    for (const name of ["process_resident_memory_bytes", "process_cpu_seconds_total", "nodejs_eventloop_lag_seconds"]) expect([name, valueOf(text, name)]).toEqual([name, expect.any(Number)]);
  });

  test("shows who waits and who works, and a worker that died", async () => {
    const front = await ready({ entryScript: "score.py" });
    const gate = join(folder(), "gate");
    const all = [front.send("/score", post(`wait ${gate}`)), front.send("/score", post("second")), front.send("/score", post("third"))];
    await eventually(async () => valueOf(await scrape(front), "scoring_requests_in_flight") === 3);
    const text = await scrape(front);
    expect([valueOf(text, "scoring_requests_queued"), valueOf(text, "scoring_workers_busy")]).toEqual([2, 1]);
    writeFileSync(gate, "");
    await Promise.all(all);
    await front.send("/score", post("die")).catch(() => {});
    await eventually(async () => valueOf(await scrape(front), "scoring_workers_ready") === 1);
    const after = await scrape(front);
    expect([valueOf(after, "scoring_worker_deaths_total"), valueOf(after, "scoring_worker_starts_total")]).toEqual([1, 2]);
    expect(valueOf(after, 'scoring_refusals_total{reason="worker_died"}')).toBe(1);
    expect(after).toContain('scoring_requests_total{status="502",route="score",caller="none"} 1\n');
  });

  test("before its workers are ready, it has no cold start", async () => {
    const gate = join(folder(), "gate");
    const front = launch({ entryScript: "slow_init.py", statuses: "managed" }, { GATE: gate });
    await front.message("listening");
    const port = listening(front);
    await send(port, "/score", post("x"));
    const { body } = await send(port, "/metrics");
    expect(valueOf(body, "scoring_workers_ready")).toBe(0);
    expect(valueOf(body, "scoring_cold_start_seconds")).toBeUndefined();
    expect(valueOf(body, 'scoring_refusals_total{reason="model_not_ready"}')).toBe(1);
    writeFileSync(gate, "");
    await front.message("ready");
    expect(valueOf((await send(port, "/metrics")).body, "scoring_cold_start_seconds")).toBeGreaterThan(0);
  });

  test("counts a worker that was replaced", async () => {
    const front = await ready({ entryScript: "score.py", maxRequests: 1 });
    await front.send("/score", post("x"));
    await eventually(async () => (valueOf(await scrape(front), "scoring_worker_recycled_total") ?? 0) >= 1);
    expect(valueOf(await scrape(front), "scoring_worker_deaths_total")).toBe(0);
  });
});

test.each<[string, ServeOptions, NodeJS.ProcessEnv, body: string]>([
  ["Python", { entryScript: "batch.py" }, {}, "a"],
  ["JavaScript", { entryScript: "batch.mjs" }, { AML_APP_ROOT: `${fixtures}js` }, "a"],
  ["ONNX", { modelDir: `${fixtures}onnx/iris` }, {}, '{"data": [[5.1, 3.5, 1.4, 0.2]]}'],
])("how many requests are taken at once, in %s, is counted where they may be more than one", async (_kind, options, env, body) => {
  const [alone, front] = await Promise.all([ready(options, env), ready({ ...options, maxBatchSize: 3, maxBatchWaitMs: 60_000 }, env)]);
  await Promise.all([alone, front, front, front].map(async (each) => expect((await each.send("/score", post(body))).status).toBe(200)));
  const text = await scrape(front);
  const values = { 'scoring_batch_size_bucket{le="2"}': 0, 'scoring_batch_size_bucket{le="4"}': 1, scoring_batch_size_sum: 3, scoring_batch_size_count: 1 };
  for (const [name, value] of Object.entries(values)) expect(text).toContain(`${name} ${value}\n`);
  expect(await scrape(alone)).not.toContain("scoring_batch_size");
});

describe("where they stand", () => {
  test("outside the prefix and without a key; only GET and HEAD", async () => {
    const keys = join(folder(), "keys.json");
    writeFileSync(keys, JSON.stringify({ primaryKey: "a-primary-key" }));
    const front = await ready({ entryScript: "score.py", pathPrefix: "/endpoints/credit", keys });
    expect((await front.send("/metrics")).status).toBe(200);
    expect((await front.send("/metrics", { method: "HEAD" })).body).toBe("");
    expect((await front.send("/metrics", { method: "POST" })).status).toBe(405);
    expect((await front.send("/endpoints/credit/metrics")).status).toBe(401);
  });

  test("on a port of their own, and nowhere else", async () => {
    const front = await ready({ entryScript: "score.py", metricsPort: 0 });
    const [, port] = /metrics on port (\d+)/.exec(front.log()) ?? [];
    const own = Number(port);
    const reply = await send(own, "/metrics");
    expect([reply.status, valueOf(reply.body, "scoring_workers_ready")]).toEqual([200, 1]);
    expect((await send(own, "/metrics", { method: "HEAD" })).body).toBe("");
    expect((await send(own, "/score", post("x"))).status).toBe(404);
    expect((await send(own, "/metrics", { method: "POST" })).status).toBe(405);
    expect((await front.send("/metrics")).status).toBe(404);
    const second = launch({ entryScript: "score.py", metricsPort: own });
    expect((await second.exit).code).toBe(1);
    expect(second.log()).toContain(`port ${own} is in use; choose another with --metrics-port, or --metrics-port 0 for any free one`);
    front.child.kill("SIGTERM");
    expect((await front.exit).code).toBe(0);
  });
});

describe("refusals", () => {
  test("each has its reason", async () => {
    const keys = join(folder(), "keys.json");
    writeFileSync(keys, JSON.stringify({ primaryKey: "a-primary-key" }));
    const front = await ready({ entryScript: "score.py", keys, statuses: "managed", maxBodyBytes: 100, maxInFlight: 2, maxQueueWaitMs: 500, requestTimeoutMs: 2000, deployment: "blue" });
    const key = { Authorization: "Bearer a-primary-key" };
    const gate = join(folder(), "gate");
    const reason = async (name: string): Promise<number | undefined> => valueOf(await scrape(front), `scoring_refusals_total{reason="${name}",deployment="blue"}`);
    const running = front.send("/score", post(`wait ${gate}`, key));
    await eventually(async () => valueOf(await scrape(front), "scoring_workers_busy") === 1);
    const [first, second] = await Promise.all([front.send("/score", post("x", key)), front.send("/score", post("x", key))]);
    expect([first.status, second.status]).toEqual([429, 429]);
    expect([await reason("too_many_pending"), await reason("queue_wait")]).toEqual([1, 1]);
    expect((await running).status).toBe(408);
    writeFileSync(gate, "");
    await eventually(async () => valueOf(await scrape(front), "scoring_workers_busy") === 0);
    await front.send("/score", post("x".repeat(101), key));
    await front.send("/score", post("x"));
    await front.send("/nope", post("x", key));
    await front.send("/score", { ...post("x", key), headers: { ...key, "azureml-model-deployment": "green" } });
    await front.send("/score", { method: "PUT", headers: key });
    const slow = connect(front.port, "127.0.0.1");
    slow.write("POST /score HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a-primary-key\r\nContent-Length: 5\r\n\r\nx");
    await eventually(async () => (await reason("slow_body")) === 1);
    slow.destroy();
    const expected = { request_timeout: 1, body_too_large: 1, unauthorized: 1, not_found: 2, slow_body: 1, worker_died: 0, model_not_ready: 0, client_gone: 0 };
    for (const [name, count] of Object.entries(expected)) expect([name, await reason(name)]).toEqual([name, count]);
  });
});

describe("labels", () => {
  test("paths and methods that clients make up share one line", async () => {
    const front = await ready({ entryScript: "score.py" });
    for (const path of ["/a", "/b?c", "/score/1"]) for (const method of ["GET", "DELETE", "PROPFIND"]) await front.send(path, { method });
    const lines = scoring(await scrape(front)).filter((line) => line.startsWith("scoring_requests_total"));
    expect(lines).toEqual(['scoring_requests_total{status="404",route="unknown",caller="none"} 9']);
  });

  test("statuses that a script makes up share one line in the end", async () => {
    const metrics = new Metrics();
    for (let status = 100; status < 1000; status++) metrics.finished(call(), { status, bytes: 1 });
    metrics.finished(call(), { status: 100, bytes: 1 });
    const { text } = await metricsText(async () => metrics.families({ pool: () => POOL, inFlight: () => 0 }), undefined)();
    const lines = scoring(text).filter((line) => line.startsWith("scoring_requests_total"));
    expect(lines).toHaveLength(257);
    expect(lines[0]).toBe('scoring_requests_total{status="100",route="score",caller="none"} 2');
    expect(lines.at(-1)).toBe(`scoring_requests_total{status="other",route="score",caller="none"} ${900 - 256}`);
    expect(valueOf(text, "scoring_response_bytes_total")).toBe(901);
  });

  test("a deployment's name and a collector's numbers", async () => {
    const metrics = new Metrics();
    const { text } = await metricsText(async () => metrics.families({ pool: () => POOL, inFlight: () => 5, collected: () => ({ written: 8, dropped: 2 }) }), 'a"b')();
    expect(text).toContain('scoring_collector_records_total{deployment="a\\"b"} 8\n');
    expect(text).toContain('scoring_collector_dropped_total{deployment="a\\"b"} 2\n');
    expect(text).toContain('scoring_requests_queued{deployment="a\\"b"} 3\n');
    expect(text).toContain('scoring_worker_start_seconds{deployment="a\\"b"} 1.5\n');
  });

  test("buckets add up", async () => {
    const metrics = new Metrics();
    for (const ms of [0.4, 0.5, 3, 70_000, 1e9]) metrics.finished(call({ milestones: { queued: 0, begun: 0, replyEnded: ms } }), { status: 200, bytes: 0 });
    const { text } = await metricsText(async () => metrics.families({ pool: () => POOL, inFlight: () => 0 }), undefined)();
    const bucket = (le: string): number | undefined => valueOf(text, `scoring_run_duration_seconds_bucket{le="${le}"}`);
    expect(["0.0005", "0.0025", "0.005", "60", "300", "+Inf"].map(bucket)).toEqual([2, 2, 3, 3, 4, 5]);
    expect(valueOf(text, "scoring_run_duration_seconds_count")).toBe(5);
  });
});
