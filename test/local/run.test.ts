import { once } from "node:events";
import { Agent, request } from "node:http";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Clock } from "../../lib/local/back-off.ts";
import type { DeploymentStatus, RunEndpoint } from "../../lib/local/endpoints.ts";
import { type RunOptions, start } from "../../lib/local/run.ts";
import { answerTo, call, credit, fake, frontEntry, lives, load } from "./support.ts";

/** How long a process may take to start or to end where others have the machine; what is waited for comes by itself, or never. */
const STARTS = { timeout: 20_000 };

/** A run that notes what its deployments do, and lets a test wait for it. */
async function run(endpoints: readonly RunEndpoint[], options: Partial<RunOptions> = {}) {
  const seen: DeploymentStatus[] = [];
  const lines: string[] = [];
  const running = await start({
    endpoints,
    frontEntry,
    port: 0,
    drainMs: 5000,
    onStatus: (status) => void seen.push(status),
    log: ({ endpoint, deployment }, line) => void lines.push(`${endpoint}/${deployment}: ${line}`),
    ...options,
  });
  onTestFinished(() => running.close());
  const states = (deployment: string) => seen.filter((status) => status.deployment === deployment).map(({ state }) => state);
  const pid = (deployment: string): number => {
    const status = running.status().find((each) => each.deployment === deployment)!;
    return "pid" in status ? status.pid : 0;
  };
  return { running, seen, lines, states, pid, url: `${running.url}/endpoints/credit/score` };
}

/** A clock whose waits the test ends; it notes how long each would have been. */
function handClock() {
  const waits: number[] = [];
  const ends: (() => void)[] = [];
  let now = 0;
  const clock: Clock = {
    now: () => now,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        waits.push(ms);
        ends.push(resolve);
        signal.addEventListener("abort", () => resolve());
      }),
  };
  return { clock, waits, pass: (ms: number) => (now += ms), end: () => ends.shift()!() };
}

const blue = fake("blue", "1");
const version = async (url: string): Promise<string> => (JSON.parse((await call(url)).body) as { version: string }).version;

test("every deployment is ready when the start resolves, and gone when the run is closed", async () => {
  const { running, states, pid, url } = await run([credit([blue, fake("green", "1")])]);
  expect(running.started).toEqual({ failures: [], superseded: false });
  expect(JSON.parse((await call(url)).body)).toMatchObject({ deployment: "blue", pid: pid("blue") });
  const pids = [pid("blue"), pid("green")];
  await running.close();
  expect(states("blue")).toEqual(["starting", "ready", "draining", "stopped"]);
  for (const gone of pids) expect(() => process.kill(gone, 0)).toThrow("ESRCH");
});

test("a front that cannot start is named with its reason and tried again; the others answer", async () => {
  const { clock, waits, end } = handClock();
  const { running, seen, lines, url } = await run([credit([blue, fake("green", "1", { FAKE_FAIL: "score.py: no sklearn", FAKE_MODULE: "sklearn" })])], { clock });
  expect(running.started.failures).toEqual([{ endpoint: "credit", deployment: "green", reason: "score.py: no sklearn", missingModule: "sklearn", keptPrevious: false }]);
  expect(lines).toContain("credit/green: Traceback of green");
  expect(await version(url)).toBe("1");
  expect(await call(url, { headers: { "azureml-model-deployment": "green" } })).toMatchObject({ status: 503 });
  for (const wait of [100, 200, 400]) {
    await vi.waitFor(() => expect(waits.at(-1)).toBe(wait), STARTS);
    end();
  }
  expect(seen.filter(({ state }) => state === "failed")[1]).toMatchObject({ retryInMs: 200, reason: "score.py: no sklearn", missingModule: "sklearn" });
});

test.each([
  [{ FAKE_EXIT: "7" }, {}, "exited with code 7"],
  [{}, { cwd: "/nowhere" }, "cannot be started: spawn"],
  [{ TOO_LARGE: "x".repeat(4 << 20) }, {}, "cannot be started: spawn E2BIG"],
])("the reason of a front that says none: %#", async (env, more, reason) => {
  const { clock } = handClock();
  const { running } = await run([credit([{ ...fake("blue", "1", env), ...more }])], { clock });
  expect(running.started.failures[0]!.reason).toContain(reason);
});

test("kill -9 of a front under load loses only what it held; it comes back, each time later, until it stays", async () => {
  const { clock, waits, end, pass } = handClock();
  const { states, pid, url } = await run([credit([blue])], { clock });
  const callers = load(url, 4);
  for (const wait of [100, 200]) {
    await vi.waitFor(() => expect(callers.answers.at(-1)?.status).toBe(200), STARTS);
    process.kill(pid("blue"), "SIGKILL");
    await vi.waitFor(() => expect(callers.answers.at(-1)!.status).toBe(503), STARTS);
    // A refused connection is 503 too, and may be seen before the end of the process.
    await vi.waitFor(() => expect(waits.at(-1)).toBe(wait), STARTS);
    end();
    await vi.waitFor(() => expect(states("blue").at(-1)).toBe("ready"), STARTS);
  }
  pass(10_000);
  process.kill(pid("blue"), "SIGKILL");
  await vi.waitFor(() => expect(states("blue").at(-1)).toBe("restarting"), STARTS);
  expect(waits).toEqual([100, 200, 100]);
  await callers.stop();
  const statuses = callers.answers.map(({ status }) => status);
  // A kill costs a caller what the front held of its, and at most one more: a connection that the kernel still took for the dying listener.
  expect(statuses.filter((status) => status === 502).length).toBeLessThanOrEqual(3 * 4 * 2);
  // The front died in the middle of these; the caller sees a cut connection.
  expect(callers.errors.length).toBeLessThanOrEqual(3 * 4);
  expect(statuses.filter((status) => ![200, 502, 503].includes(status))).toEqual([]);
});

test("a reload under load loses no request and leaves unchanged deployments alone", async () => {
  const green = fake("green", "1");
  const { running, states, pid, url } = await run([credit([blue, green])]);
  const before = [pid("blue"), pid("green")];
  const callers = load(url, 8);
  for (let round = 2; round < 6; round += 1) {
    await running.apply([credit([fake("blue", String(round)), green])]);
    expect(await version(url)).toBe(String(round));
  }
  await callers.stop();
  expect(callers.errors).toEqual([]);
  expect(callers.answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(callers.answers.length).toBeGreaterThan(50);
  expect(pid("green")).toBe(before[1]);
  expect(pid("blue")).not.toBe(before[0]);
  expect(states("green")).toEqual(["starting", "ready"]);
  // The new one is ready before the old one goes.
  expect(states("blue").slice(0, 5)).toEqual(["starting", "ready", "starting", "ready", "draining"]);
});

test("a change of traffic alone starts nothing", async () => {
  const green = fake("green", "1");
  const { running, states, url } = await run([credit([blue, green])]);
  await running.apply([credit([blue, green], { traffic: [{ deployment: "green", percent: 100 }] })]);
  expect(JSON.parse((await call(url)).body)).toMatchObject({ deployment: "green" });
  expect(states("blue")).toEqual(["starting", "ready"]);
});

test("a new version that cannot start leaves the old one in its place, and says so", async () => {
  const { running, pid, url } = await run([credit([blue])]);
  const before = pid("blue");
  const failing = fake("blue", "2", { FAKE_FAIL: "a typo" });
  expect(await running.apply([credit([failing])])).toEqual({
    failures: [{ endpoint: "credit", deployment: "blue", reason: "a typo", keptPrevious: true }],
    superseded: false,
  });
  expect(await version(url)).toBe("1");
  expect(pid("blue")).toBe(before);
  expect((await running.apply([credit([fake("blue", "3")])])).failures).toEqual([]);
  expect(await version(url)).toBe("3");
});

test("a version that never answered is given up for the new one, even if that fails too", async () => {
  const { clock } = handClock();
  const { running } = await run([credit([fake("blue", "1", { FAKE_FAIL: "first" })])], { clock });
  const { failures } = await running.apply([credit([fake("blue", "2", { FAKE_FAIL: "second" })])]);
  expect(failures).toMatchObject([{ reason: "second", keptPrevious: false }]);
  await vi.waitFor(() => expect(running.status()).toMatchObject([{ state: "failed", reason: "second" }]), STARTS);
});

test("so is one that has died", async () => {
  const { clock, waits } = handClock();
  const { running, pid } = await run([credit([blue])], { clock });
  process.kill(pid("blue"), "SIGKILL");
  await vi.waitFor(() => expect(waits).toHaveLength(1), STARTS);
  const { failures } = await running.apply([credit([fake("blue", "2", { FAKE_FAIL: "second" })])]);
  expect(failures).toMatchObject([{ reason: "second", keptPrevious: false }]);
});

test("a later change overtakes one whose front hangs", async () => {
  const { running, seen, states, url } = await run([credit([blue])]);
  const hanging = running.apply([credit([fake("blue", "2", { FAKE_HANG: "1" })])]);
  await vi.waitFor(() => expect(states("blue").filter((state) => state === "starting")).toHaveLength(2), STARTS);
  const hung = seen.at(-1)!;
  const later = running.apply([credit([fake("blue", "3")])]);
  expect(await hanging).toEqual({ failures: [], superseded: true });
  expect(await later).toEqual({ failures: [], superseded: false });
  expect(await version(url)).toBe("3");
  await vi.waitFor(() => expect("pid" in hung && lives(hung.pid)).toBe(false), STARTS);
});

test("an endpoint that is gone is 404, its deployments drain", async () => {
  const { running, states, url } = await run([credit([blue])]);
  await running.apply([]);
  expect((await call(url)).status).toBe(404);
  await vi.waitFor(() => expect(states("blue").at(-1)).toBe("stopped"), STARTS);
});

/** A request that the front holds until the test ends its body. */
async function held(url: string, agent?: Agent) {
  const outgoing = request(url, { method: "POST", agent });
  const answer = answerTo(outgoing);
  outgoing.write("half");
  await once(outgoing, "response");
  return { finish: () => outgoing.end("half"), answer };
}

test("closing lets a running request end, and takes no new ones", async () => {
  const { running, url, states } = await run([credit([blue])], { drainMs: 100_000 });
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const { finish, answer } = await held(url, agent);
  const closed = running.close();
  await vi.waitFor(() => expect(call(url)).rejects.toThrow("ECONNREFUSED"), STARTS);
  expect(states("blue")).toEqual(["starting", "ready"]);
  finish();
  expect(JSON.parse((await answer).body)).toMatchObject({ bytes: 8 });
  await closed;
  expect(states("blue").at(-1)).toBe("stopped");
});

test("a reload lets the old front finish what it holds", async () => {
  const { running, url, states } = await run([credit([blue])]);
  const { finish, answer } = await held(url);
  await running.apply([credit([fake("blue", "2")])]);
  expect(await version(url)).toBe("2");
  expect(states("blue").at(-1)).toBe("draining");
  finish();
  expect(JSON.parse((await answer).body)).toMatchObject({ version: "1", bytes: 8 });
  await vi.waitFor(() => expect(states("blue").at(-1)).toBe("stopped"), STARTS);
});

/** The process id of a fake front's worker, which it logs. */
async function workerIn(lines: readonly string[]): Promise<number> {
  await vi.waitFor(() => expect(lines[0]).toMatch(/^credit\/blue: worker \d+$/), STARTS);
  const worker = Number(lines[0]!.split(" ").at(-1));
  expect(lives(worker)).toBe(true);
  return worker;
}

test("a front that dies takes its workers along", async () => {
  const { clock } = handClock();
  const { lines, pid } = await run([credit([fake("blue", "1", { FAKE_WORKER: "deaf" })])], { clock });
  const worker = await workerIn(lines);
  process.kill(pid("blue"), "SIGKILL");
  await vi.waitFor(() => expect(lives(worker)).toBe(false), STARTS);
});

test("a front that does not heed SIGTERM is killed with its workers when the time to drain is over", async () => {
  const { running, lines, states } = await run([credit([fake("blue", "1", { FAKE_STUBBORN: "1", FAKE_WORKER: "deaf" })])], { drainMs: 50 });
  const worker = await workerIn(lines);
  await running.close();
  expect(states("blue").at(-1)).toBe("stopped");
  await vi.waitFor(() => expect(lives(worker)).toBe(false), STARTS);
});
