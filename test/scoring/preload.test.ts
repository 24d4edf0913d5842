/** `WORKER_PRELOAD`: one process loads, the workers are its forks; and the front looks after them as after any others. */
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folder } from "./folders.ts";
import { eventually, launch, listening, parentOf, post, ready, send, workersOf } from "./harness.ts";
import type { TestFront } from "./harness.ts";

const WORKER_PRELOAD = "true";
const start = (env: NodeJS.ProcessEnv = {}, workerCount = 2): Promise<TestFront> => ready({ entryScript: "preloaded.py", workerCount }, { WORKER_PRELOAD, ...env });

interface Told {
  loaded: number;
  inits: number[];
  pid: number;
  parent: number;
  SIGCHLD: number;
}

const tell = async (front: TestFront): Promise<Told> => JSON.parse((await front.send("/score", post("tell"))).body) as Told;
const count = (front: TestFront, text: string): number => front.log().split(text).length - 1;
/** The parent, and the workers that it has forked. */
const family = (front: TestFront): { parent: number; workers: number[] } => {
  const all = workersOf(front.pid);
  const [parent = 0] = all.filter((pid) => parentOf(pid) === front.pid);
  return { parent, workers: all.filter((pid) => pid !== parent) };
};
const gone = (pids: readonly number[]) => (): boolean => pids.every((pid) => !existsSync(`/proc/${pid}`));

describe("loading", () => {
  test("init() runs once, in the parent, and each worker is its child", async () => {
    const front = await start();
    const { parent, workers } = family(front);
    expect(workers).toHaveLength(2);
    const told = await tell(front);
    expect(told).toMatchObject({ loaded: parent, inits: [parent], parent });
    expect(workers).toContain(told.pid);
    expect(count(front, "init in")).toBe(1);
    expect(count(front, "ready for serving traffic")).toBe(2);
  });

  test("the workers share what was loaded", async () => {
    const front = await start();
    const ownKb = Number((await front.send("/score", post("memory"))).body);
    expect(ownKb).toBeLessThan(48 * 1024); // of the 96 MB that the script has loaded
  });

  test("what is printed before the fork is printed once", async () => {
    // Log lines would take along what waits in Python for the rest of its line.
    const at = folder({ "score.py": "import sys\n\ndef init():\n    sys.stdout.write('once ')\n\ndef run(data):\n    return data\n", "logging.json": '{"version": 1}' });
    const front = await ready({ entryScript: "score.py", workerCount: 2 }, { AML_APP_ROOT: at, WORKER_PRELOAD, PYTHONUNBUFFERED: "" });
    const closed = once(front.child, "close");
    front.child.kill("SIGTERM");
    await closed;
    expect(count(front, "once ")).toBe(1);
  });

  test("the script's own way with SIGCHLD is kept in the workers, and takes no exit code from the front", async () => {
    const front = await start();
    expect((await tell(front)).SIGCHLD).toBe(1);
    await expect(front.send("/score", post("exit"))).rejects.toThrow(/hang up|ECONNRESET/);
    await front.logged(/worker \d+ exited with 7; the next one starts in 0 ms/);
  });

  test("may take longer than WORKER_TIMEOUT, as in the original", async () => {
    const front = await start({ WORKER_TIMEOUT: "1", INIT_S: "1.5" }, 1);
    expect((await tell(front)).inits).toHaveLength(1);
  });

  test("that fails ends the server with 3, and says why once", async () => {
    const at = folder({ "score.py": "def init():\n    raise ValueError('no model')\n\ndef run(data):\n    return data\n" });
    const front = launch({ entryScript: "score.py", workerCount: 2, terminationLog: join(at, "log") }, { AML_APP_ROOT: at, WORKER_PRELOAD });
    expect(await front.message("failed")).toMatchObject({ reason: expect.stringContaining("score.py: ValueError: no model") as string });
    expect((await front.exit).code).toBe(3);
    expect(readFileSync(join(at, "log"), "utf8")).toMatch(/^.*ValueError: no model\n\nTraceback[^]*ValueError: no model\n$/);
    expect(count(front, "The script cannot be served")).toBe(1);
    await eventually(() => workersOf(front.pid).length === 0);
  });

  test("by an interpreter that is not there", async () => {
    const front = launch({ entryScript: "preloaded.py", python: "/no/such/python" }, { WORKER_PRELOAD });
    expect(await front.message("failed")).toMatchObject({ reason: 'cannot run "/no/such/python" as Python: there is no such program' });
    expect((await front.exit).code).toBe(3);
  });

  test("that ends its own process", async () => {
    const at = folder({ "score.py": "import os\n\ndef init():\n    os._exit(9)\n\ndef run(data):\n    return data\n" });
    const front = launch({ entryScript: "score.py" }, { AML_APP_ROOT: at, WORKER_PRELOAD });
    expect(await front.message("failed")).toMatchObject({ reason: expect.stringMatching(/^process \d+, which forks the workers, exited with 9 before it had loaded the model$/) as string });
    expect((await front.exit).code).toBe(3);
  });
});

describe("a worker", () => {
  test("that is killed is forked again, without another init()", async () => {
    const front = await start();
    const { parent, workers } = family(front);
    process.kill(workers[0] ?? 0, "SIGKILL");
    await front.logged(`worker ${workers[0]} was ended by SIGKILL; the next one starts in 0 ms`);
    await eventually(() => family(front).workers.length === 2 && count(front, "ready for serving traffic") === 3);
    expect((await tell(front)).inits).toEqual([parent]);
    expect(existsSync(`/proc/${workers[0]}`)).toBe(false); // nobody is left to be reaped
  });

  test("that takes longer than WORKER_TIMEOUT says where it was, and is forked again", async () => {
    const front = await start({ WORKER_TIMEOUT: "1" }, 1);
    await expect(front.send("/score", post("hang"))).rejects.toThrow(/hang up|ECONNRESET/);
    await front.logged(/Fatal Python error: Aborted[^]*preloaded\.py", line \d+ in run/);
    expect((await tell(front)).inits).toHaveLength(1);
  });

  test("is recycled by a fork", async () => {
    const front = await ready({ entryScript: "preloaded.py", maxRequests: 2 }, { WORKER_PRELOAD });
    const first = await tell(front);
    await tell(front);
    await eventually(gone([first.pid]));
    expect(await tell(front)).toMatchObject({ loaded: first.loaded, inits: [first.loaded], parent: first.parent });
    await front.logged(`left ${first.pid}`); // what the script has registered with atexit
  });

  test("that the system will not fork is tried again", async () => {
    const state = join(folder(), "state");
    const front = await start({ STATE: state }, 1);
    writeFileSync(`${state}.full`, "");
    process.kill(family(front).workers[0] ?? 0, "SIGKILL");
    await front.logged("a worker that is not forked yet cannot start: the worker was not forked (Resource temporarily unavailable) before it was ready; the next one starts in 100 ms");
    rmSync(`${state}.full`);
    expect((await tell(front)).inits).toHaveLength(1);
  });

  test("that hangs in its fork is ended", async () => {
    const state = join(folder(), "state");
    const front = await start({ STATE: state, WORKER_TIMEOUT: "1" }, 1);
    writeFileSync(`${state}.hang`, "");
    process.kill(family(front).workers[0] ?? 0, "SIGKILL");
    await front.logged(/worker \d+ is ended: a worker was not ready 1 s after it was to be forked/);
    rmSync(`${state}.hang`);
    expect((await tell(front)).inits).toHaveLength(1);
  });

  test("that finds no place for its socket does not start", async () => {
    const at = folder();
    const front = launch({ entryScript: "preloaded.py" }, { WORKER_PRELOAD, TMPDIR: join(at, "none") });
    expect(await front.message("failed")).toMatchObject({ reason: expect.stringMatching(/^no socket for a worker: ENOENT/) as string });
    expect((await front.exit).code).toBe(3);
  });

  test("meets the front elsewhere where a socket's path would be too long", async () => {
    const long = join(folder(), "x".repeat(80));
    mkdirSync(long);
    expect((await tell(await start({ TMPDIR: long }))).inits).toHaveLength(1);
  });

  test("leaves nothing behind where it met the front", async () => {
    const at = folder();
    await start({ TMPDIR: at });
    expect(readdirSync(at)).toEqual([]);
  });
});

describe("the end", () => {
  test("of the parent is that of its workers; the next one loads the model again", async () => {
    const front = await start();
    const { parent, workers } = family(front);
    const held = front.send("/score", post("hang"));
    held.catch(() => {});
    await front.logged("hanging");
    process.kill(parent, "SIGKILL");
    await expect(held).rejects.toThrow(/hang up|ECONNRESET/);
    await eventually(gone(workers));
    const told = await tell(front);
    expect(told.loaded).not.toBe(parent);
    expect(told.inits).toEqual([told.loaded]);
    expect(front.log()).toContain(`was ended with process ${parent}, which had forked it and was ended by SIGKILL; the next one starts`);
    await eventually(() => family(front).workers.length === 2);
  });

  test.each(["idle", "hang", "loading"])("of the front leaves nobody behind: %s", async (state) => {
    const front = launch({ entryScript: "preloaded.py", workerCount: 2 }, { WORKER_PRELOAD, INIT_S: state === "loading" ? "1000" : "0" });
    await front.message(state === "loading" ? "listening" : "ready");
    if (state === "loading") await front.logged("init in");
    if (state === "hang") {
      send(listening(front), "/score", post("hang")).catch(() => {});
      await front.logged("hanging");
    }
    const all = workersOf(front.pid);
    expect(all).toHaveLength(state === "loading" ? 1 : 3);
    front.child.kill("SIGKILL");
    await eventually(gone(all));
  });

  test("by SIGTERM: what runs is answered, workers and parent do what the script has left to do, and nobody stays", async () => {
    const front = await start();
    const { parent, workers } = family(front);
    const gate = join(folder(), "gate");
    const running = front.send("/score", post(`wait ${gate}`));
    await front.logged("waiting");
    front.child.kill("SIGTERM");
    await front.logged("SIGTERM");
    writeFileSync(gate, "");
    expect((await running).status).toBe(200);
    expect(await front.exit).toEqual({ code: 0, signal: null });
    for (const pid of [parent, ...workers]) await front.logged(`left ${pid}`);
    await eventually(gone([parent, ...workers]));
  });

  test("by SIGTERM while it loads", async () => {
    const front = launch({ entryScript: "preloaded.py", workerCount: 2 }, { WORKER_PRELOAD, INIT_S: "1000" });
    await front.logged("init in");
    const all = workersOf(front.pid);
    front.child.kill("SIGTERM");
    expect(await front.exit).toEqual({ code: 0, signal: null });
    await eventually(gone(all));
  });
});
