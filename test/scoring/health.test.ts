/** What probes are told: while workers start, when all are ready, while the server drains, when no worker lives. */
import { writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folder } from "./folders.ts";
import { eventually, launch, listening, post, ready, send, workersOf } from "./harness.ts";
import type { TestFront } from "./harness.ts";

const PATHS = ["/", "/startupz", "/readyz", "/livez"];
/** Its second and later lives wait for the gate. */
const GATED = `import os, time

def init():
    gate = os.environ["GATE"]
    first = os.environ.get("FIRST")
    if first is not None and not os.path.exists(first):
        open(first, "w").close()
        return
    while not os.path.exists(gate):
        time.sleep(0.005)

def run(data):
    while data and not os.path.exists(data):
        time.sleep(0.005)
    return "done"
`;

async function statuses(front: TestFront, method = "GET"): Promise<number[]> {
  const replies = await Promise.all(PATHS.map((path) => send(front.port, path, { method })));
  return replies.map(({ status }) => status);
}

test("starting, then ready: health, startup and readiness wait for every init(), liveness does not", async () => {
  const at = folder({ "score.py": GATED });
  const front = launch({ entryScript: "score.py", workerCount: 2 }, { AML_APP_ROOT: at, GATE: join(at, "gate"), FIRST: join(at, "first") });
  await front.message("listening");
  front.port = listening(front);
  await eventually(async () => (await front.send("/")).body === '{"message": "1 of 2 workers have ended their init()."}');
  expect(await statuses(front)).toEqual([503, 503, 503, 200]);
  expect(await statuses(front, "HEAD")).toEqual([503, 503, 503, 200]);
  expect((await front.send("/readyz")).body).toBe("not every worker has ended its init()\n");
  // One is ready: it may work before the others are.
  expect((await front.send("/score", post(""))).body).toBe('"done"');
  writeFileSync(join(at, "gate"), "");
  await front.message("ready");
  expect(await statuses(front)).toEqual([200, 200, 200, 200]);
  expect(await statuses(front, "HEAD")).toEqual([200, 200, 200, 200]);
  const [health, probe] = [await front.send("/"), await front.send("/readyz")];
  expect([health.body, probe.body, probe.headers["Content-Type"]]).toEqual(["Healthy", "ok\n", "text/plain; charset=utf-8"]);
  expect((await front.send("/readyz", { method: "HEAD" })).body).toBe("");
});

test("no worker lives: not ready, but started, and a restart of the server would not help", async () => {
  const at = folder({ "score.py": GATED });
  const front = await ready({ entryScript: "score.py" }, { AML_APP_ROOT: at, GATE: join(at, "gate"), FIRST: join(at, "first") });
  for (const worker of workersOf(front.pid)) process.kill(worker, "SIGKILL");
  await eventually(async () => (await front.send("/readyz")).status === 503);
  expect(await statuses(front)).toEqual([503, 200, 503, 200]);
  expect((await front.send("/")).body).toBe('{"message": "No worker is alive; one is being started."}');
  writeFileSync(join(at, "gate"), "");
  await eventually(async () => (await front.send("/readyz")).status === 200);
  expect(await statuses(front)).toEqual([200, 200, 200, 200]);
});

test("draining: not ready for more, alive until the last answer", async () => {
  const at = folder({ "score.py": GATED });
  const front = await ready({ entryScript: "score.py" }, { AML_APP_ROOT: at, GATE: at });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  expect((await front.send("/readyz", { agent })).status).toBe(200);
  const running = front.send("/score", post(join(at, "gate")));
  await eventually(async () => /^scoring_workers_busy 1$/m.test((await front.send("/metrics", { agent })).body));
  front.child.kill("SIGTERM");
  await front.logged("SIGTERM");
  // On a connection that was open before; new ones are refused, which tells a probe the same.
  const asked = await front.send("/readyz", { agent });
  expect([asked.status, asked.body, asked.headers["Connection"]]).toEqual([503, "the server is shutting down\n", "close"]);
  await expect(front.send("/livez")).rejects.toThrow("ECONNREFUSED");
  writeFileSync(join(at, "gate"), "");
  expect((await running).body).toBe('"done"');
  expect((await front.exit).code).toBe(0);
});

test("probes know neither prefix nor key nor deployment, and only GET and HEAD", async () => {
  const keys = join(folder(), "keys.json");
  writeFileSync(keys, JSON.stringify({ primaryKey: "one-long-key" }));
  const front = await ready({ entryScript: "plain.py", keys, pathPrefix: "/p", deployment: "blue", statuses: "managed" });
  for (const path of PATHS) expect((await front.send(path, { headers: { "azureml-model-deployment": "green" } })).status).toBe(200);
  for (const path of PATHS.slice(1)) {
    const refused = await front.send(path, post("x"));
    expect([refused.status, refused.headers["Allow"]]).toEqual([405, "GET, HEAD"]);
    expect((await front.send(`/p${path}`)).status).toBe(401);
  }
  // The prefix alone is an endpoint's own health, behind its key.
  expect((await front.send("/p/")).status).toBe(401);
  expect((await front.send("/p/", { headers: { Authorization: "Bearer one-long-key" } })).body).toBe("Healthy");
});

test("a port of its own answers the same; one that is taken is an error", async () => {
  const env = { SEPERATE_HEALTH_ENDPOINT: "true" };
  const front = await ready({ entryScript: "plain.py", healthPort: 0 }, env);
  await front.logged("Server Routes");
  const healthPort = Number(/Health Port: (\d+)/.exec(front.log())?.[1]);
  expect(healthPort).not.toBe(front.port);
  for (const path of PATHS) expect((await send(healthPort, path)).status).toBe(200);
  expect((await send(healthPort, "/score", post("x"))).body).toBe('{"raw": "x", "extra": 1}');
  const second = launch({ entryScript: "plain.py", healthPort }, env);
  expect((await second.exit).code).toBe(1);
  expect(second.log()).toContain(`port ${healthPort} is in use; choose another with --health_port, or --health_port 0 for any free one`);
  front.child.kill("SIGTERM");
  expect((await front.exit).code).toBe(0);
  await expect(send(healthPort, "/")).rejects.toThrow("ECONNREFUSED");
}, 60_000);
