/** A front that answers itself before it answers others: bounded, in nobody's way, and seen by nobody. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { serveArguments } from "../../lib/scoring/contract.ts";
import type { FrontMessage } from "../../lib/scoring/contract.ts";
import { warmUp, warmed } from "../../lib/scoring/online/warm-up.ts";
import type { WorkerEvents } from "../../lib/scoring/online/worker.ts";
import { CLI } from "../built.ts";
import { python } from "../python.ts";
import { folder } from "./folders.ts";
import { post, scripts, send } from "./harness.ts";

const voice = { statuses: "raw", deployment: undefined, always: [] } as const;
const open = (): string[] => process.getActiveResourcesInfo().filter((each) => /^(TCP|Pipe)/.test(each)).sort();

test("it answers as many requests as it is to, and leaves no socket open", async () => {
  const before = open();
  expect(await warmUp(voice, 100, 60_000)).toBeGreaterThanOrEqual(100);
  await expect.poll(open).toEqual(before);
});

test("it ends when its time is up", async () => {
  expect(await warmUp(voice, Infinity, 1)).toBeLessThan(2000);
});

test("where no socket can be made, nothing is warmed, and nothing fails", async () => {
  vi.stubEnv("TMPDIR", join(folder(), "none"));
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await warmUp(voice)).toBe(0);
});

test("no worker is ready before it has ended, those that come later are at once, and one that is gone never", async () => {
  let end!: () => void;
  const warm = vi.fn<() => Promise<void>>(() => new Promise((resolve) => (end = resolve)));
  const started: WorkerEvents[] = [];
  const kind = warmed({ depth: 1, start: (events) => (started.push(events), { name: "a worker", begin: () => expect.unreachable(), stop: () => {}, kill: () => {} }) }, warm);
  const heard: string[] = [];
  const start = (name: string): WorkerEvents => {
    kind.start({ ready: () => heard.push(`${name} ready`), unready: () => {}, batched: () => {}, failed: () => {}, exited: () => heard.push(`${name} exited`) });
    return started.at(-1) as WorkerEvents;
  };
  const [first, second] = [start("first"), start("second")];
  first.ready({});
  second.ready({});
  second.exited("exited with 1");
  await new Promise(setImmediate);
  expect(heard).toEqual(["second exited"]);
  end();
  await expect.poll(() => heard).toEqual(["second exited", "first ready"]);
  start("third").ready({});
  expect(heard.at(-1)).toBe("third ready");
  expect(warm).toHaveBeenCalledOnce();
});

test("`serve` warms up, and neither its log nor its metrics know of it", async () => {
  const child = fork(CLI, ["serve", ...serveArguments({ port: 0, python, entryScript: "score.py" })], {
    env: { ...process.env, AML_APP_ROOT: scripts },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (log += chunk));
  let port = 0;
  for (let ready = false; !ready; ) {
    const [message] = (await once(child, "message")) as [FrontMessage];
    if (message.type === "listening") port = message.port;
    ready = message.type === "ready";
  }
  expect((await send(port, "/score", post("one"))).body).toBe('"one"');
  expect((await send(port, "/metrics")).body).toMatch(/^scoring_requests_total\{[^}]*route="score"[^}]*\} 1$/m);
  expect((await send(port, "/metrics")).body).toMatch(/^scoring_run_duration_seconds_count 1$/m);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(log.match(/POST \/score 200/g)).toHaveLength(1);
});
