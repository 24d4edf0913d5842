import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { prepare } from "../../lib/cli/prepare.ts";
import { compileEndpoint } from "../../lib/compile/local/endpoint.ts";
import type { Clock } from "../../lib/local/back-off.ts";
import type { DeploymentState, DeploymentStatus } from "../../lib/local/endpoints.ts";
import { asking, awaitStart, type Probes, watch } from "../../lib/local/probes.ts";
import { start } from "../../lib/local/run.ts";
import { parsed } from "../model/declare.ts";
import { freePort } from "../ports.ts";
import { backend, call, credit, fake, frontEntry, lives } from "./support.ts";

/** A clock whose waits the test ends, each told by its length. */
function handClock() {
  const pending = new Set<{ ms: number; end: () => void }>();
  const watchers = new Set<() => void>();
  const wait = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const one = { ms, end: () => void (pending.delete(one), resolve()) };
      pending.add(one);
      signal.addEventListener("abort", one.end, { once: true });
      for (const look of watchers) look();
    });
  /** Ends the wait of so many seconds, as soon as there is one. */
  const pass = (seconds: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = [...pending].find(({ ms }) => ms === seconds * 1000);
        if (found === undefined) return;
        watchers.delete(look);
        found.end();
        resolve();
      };
      watchers.add(look);
      look();
    });
  const clock: Clock = { now: () => 0, wait };
  return { clock, pass, pending: () => [...pending].map(({ ms }) => ms / 1000).sort((a, b) => a - b) };
}

const probe = (more: object = {}) => ({ initialDelay: 10, period: 3, timeout: 2, successThreshold: 1, failureThreshold: 1, ...more });
const never = new AbortController().signal;

describe("counting", () => {
  test.each([
    ["failures in a row take out, successes in a row bring back", { failureThreshold: 3, successThreshold: 2 }, "..xx.xxx.x..x", ["probe failed 3 times in a row: 503", "well"]],
    ["one of each", {}, "x.xx.", ["probe failed: 503", "well", "probe failed: 503", "well"]],
    ["nothing but successes", {}, "....", []],
  ])("%s", async (_name, thresholds, answers, changes) => {
    const { clock, pass } = handClock();
    const over = new AbortController();
    const seen: string[] = [];
    const left = [...answers];
    const ask = async (): Promise<string | undefined> => {
      const failure = left.shift() === "x" ? "503" : undefined;
      if (left.length === 0) setImmediate(() => over.abort());
      return failure;
    };
    const done = watch("any", probe(thresholds), ask, clock, over.signal, (failure) => seen.push(failure?.replace("any ", "") ?? "well"));
    await pass(10);
    for (let at = 1; at < answers.length; at += 1) await pass(3);
    await done;
    expect(seen).toEqual(changes);
  });

  test.each<[Partial<Probes>, number, string]>([
    [{ startup: probe({ initialDelay: 1, period: 7, failureThreshold: 4 }) }, 29, "startup probe failed: not ready within 29 s"],
    [{}, 16, "liveness probe failed: not ready within 16 s"],
  ])("a start that takes too long: %#", async (more, seconds, reason) => {
    const { clock, pass } = handClock();
    const failure = awaitStart({ liveness: probe({ failureThreshold: 2 }), readiness: probe(), ...more }, clock, never);
    await pass(seconds);
    expect(await failure).toBe(reason);
  });
});

describe("asking", () => {
  test.each<[number, string | undefined]>([[200, undefined], [399, undefined], [503, "answered 503"]])("%i", async (status, failure) => {
    const { clock, pending } = handClock();
    const front = await backend("blue", (request, response) => response.writeHead(request.url === "/" ? status : 500).end());
    expect(await asking(front.upstream.port, clock)(2, never)).toBe(failure);
    expect(pending()).toEqual([]);
  });

  test("no answer in time, and the connection is given up", async () => {
    const { clock, pass } = handClock();
    let closed: Promise<unknown> | undefined;
    const front = await backend("blue", (request) => void (closed = new Promise((resolve) => request.socket.once("close", resolve))));
    const arrived = new Promise((resolve) => front.server.once("request", resolve));
    const failure = asking(front.upstream.port, clock)(2, never);
    await arrived;
    await pass(2);
    expect(await failure).toBe("no answer within 2 s");
    await closed;
  });

  test("nobody there", async () => {
    expect(await asking(await freePort(), handClock().clock)(2, never)).toBe("ECONNREFUSED");
  });
});

/** A run of one fake front whose health the test sets. */
async function run(probes: Partial<Probes>, env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "local-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const health = (status: number): void => writeFileSync(join(folder, "health"), String(status));
  health(200);
  const hand = handClock();
  const seen: DeploymentStatus[] = [];
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  const tell = (): void => watchers.forEach((look) => look());
  const deployment = { ...fake("blue", "1", { FAKE_HEALTH: join(folder, "health"), ...env }), probes: { liveness: probe(), readiness: probe(), ...probes } };
  const started = start({
    endpoints: [credit([deployment])],
    frontEntry,
    port: 0,
    drainMs: 5000,
    clock: hand.clock,
    onStatus: (status) => (seen.push(status), tell()),
    log: (_from, line) => (lines.push(line), tell()),
  });
  onTestFinished(async () => (await started).close());
  const until = (done: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!done()) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  const state = (wanted: DeploymentState["state"]): Promise<void> => until(() => seen.at(-1)?.state === wanted);
  return { ...hand, health, seen, lines, started, state, until };
}

const rarely = probe({ initialDelay: 99, period: 99 });

test("readiness takes a front out of the router and brings the same one back", async () => {
  const { health, lines, pass, seen, started, state } = await run({ liveness: rarely, readiness: probe({ failureThreshold: 2, successThreshold: 2 }) });
  const { url } = await started;
  const status = async (): Promise<number> => (await call(`${url}/endpoints/credit/score`, { method: "POST", body: "1" })).status;
  expect(await status()).toBe(200); // at once: "ready" is the first success
  const { pid } = seen.at(-1) as { pid: number };
  health(503);
  await pass(10);
  await pass(3);
  await state("unready");
  expect(seen.at(-1)).toMatchObject({ pid, reason: "readiness probe failed 2 times in a row: answered 503" });
  expect(lines.at(-1)).toBe("readiness probe failed 2 times in a row: answered 503; it gets no requests until it is well again");
  expect(await status()).toBe(503);
  health(200);
  await pass(3);
  await pass(3);
  await state("ready");
  expect(seen.at(-1)).toMatchObject({ pid });
  expect(await status()).toBe(200);
});

test("liveness ends a front with its workers, and another takes its place", async () => {
  const { health, lines, pass, seen, started, state, until } = await run({ readiness: rarely, liveness: probe({ failureThreshold: 2 }) }, { FAKE_WORKER: "deaf" });
  await started;
  const before = seen.at(-1) as { pid: number };
  await until(() => lines.length > 0);
  const worker = Number(lines[0]?.split(" ").at(-1));
  health(500);
  await pass(10);
  await pass(3);
  await state("restarting");
  expect(seen.at(-1)).toMatchObject({ retryInMs: 100, reason: "liveness probe failed 2 times in a row: answered 500" });
  await vi.waitFor(() => expect([before.pid, worker].filter(lives)).toEqual([]));
  health(200);
  await pass(0.1);
  await state("ready");
  expect(seen.at(-1)).not.toMatchObject({ pid: before.pid });
});

test("a front that does not get ready is ended by its startup probe, and tried again", async () => {
  const { pass, seen, started, state } = await run({ startup: probe({ initialDelay: 1, period: 5, failureThreshold: 4 }), liveness: rarely }, { FAKE_HANG: "1" });
  await state("starting");
  const { pid } = seen[0] as { pid: number };
  await pass(21);
  const reason = "startup probe failed: not ready within 21 s";
  expect((await started).started.failures).toMatchObject([{ reason }]);
  expect(seen.at(-1)).toMatchObject({ state: "failed", reason, retryInMs: 100 });
  expect(lives(pid)).toBe(false);
  await pass(0.1);
  await state("starting");
});

test("a front that is ready is asked for startup no more, and one that is stopped for nothing", async () => {
  const { pending, started } = await run({ startup: probe(), readiness: probe({ initialDelay: 20 }), liveness: probe({ initialDelay: 30 }) });
  const running = await started;
  expect(pending()).toEqual([20, 30]);
  await running.close();
  expect(pending()).toEqual([]);
});

test("probes reach the runner from the program, and a change of one is a new process", async () => {
  const runs = async (args: object) => {
    const plan = compileEndpoint<string>(parsed({ deployments: { blue: { model: { path: "model" }, ...args } } }), { blue: {} });
    const around = { programFolder: "program", stackFolder: "stack", cacheFolder: "cache", env: {}, say: () => undefined };
    const { run } = await prepare(plan, { path: "keys.json", primaryKey: "a", given: false }, around);
    return run.deployments[0]!;
  };
  const own = await runs({ startupProbe: { period: 5 }, livenessProbe: { failureThreshold: 3 }, readinessProbe: { timeout: 1 } });
  const defaults = { initialDelay: 10, period: 10, timeout: 2, successThreshold: 1, failureThreshold: 30 };
  expect(own.probes).toEqual({ startup: { ...defaults, period: 5 }, liveness: { ...defaults, failureThreshold: 3 }, readiness: { ...defaults, timeout: 1 } });
  const bare = await runs({});
  expect(bare.probes).toEqual({ liveness: defaults, readiness: defaults });
  expect((await runs({ livenessProbe: { period: 10 } })).hash).toBe(bare.hash);
  expect((await runs({ livenessProbe: { period: 9 } })).hash).not.toBe(bare.hash);
});
