/** The life of workers: failed starts, crashes, the end of the front. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { Agent } from "node:http";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { SERVER } from "../built.ts";
import { eventually, launch, listening, post, ready, scripts, send, workersOf } from "./harness.ts";

const gate = (): string => join(mkdtempSync(join(tmpdir(), "scoring-")), "gate");

describe("a start that fails", () => {
  test.each([
    ["no_run.py", /User script at .*no_run\.py does not have a run\(\) function defined\./],
    ["bad_init.py", /bad_init\.py: RuntimeError: no model here/],
    ["bad_syntax.py", /bad_syntax\.py:1: SyntaxError: /],
    ["bad_import.py", /bad_import\.py: ModuleNotFoundError: No module named 'a_package_that_nobody_has'/],
    ["bad_signature.py", /run\(\) cannot accept positional-only arguments, \*args, or \*\*kwargs\./],
    ["absent.py", /absent\.py: FileNotFoundError/],
  ])("%s: file and reason for the parent, traceback in the log, exit 3", async (entryScript, reason) => {
    const front = launch({ entryScript, workerCount: 2 });
    const failed = await front.message("failed");
    expect(failed).toMatchObject({ reason: expect.stringMatching(reason) });
    expect(failed).toMatchObject({ reason: expect.stringContaining(entryScript) });
    expect((await front.exit).code).toBe(3);
    // The last lines may arrive after the exit.
    await front.logged("The script cannot be served");
    await front.logged(reason);
    // A traceback begins with the script's own frames; where it has none, the reason says all.
    expect(front.log().includes("Traceback")).toBe(["bad_init.py", "bad_import.py"].includes(entryScript));
    expect(front.log()).not.toMatch(/loader\.py|importlib/);
    await eventually(() => workersOf(front.pid).length === 0);
  });

  test("a missing package is named by itself", async () => {
    const front = launch({ entryScript: "bad_import.py" });
    expect(await front.message("failed")).toMatchObject({ missingModule: "a_package_that_nobody_has" });
  });

  test("an interpreter that is not there", async () => {
    const front = launch({ entryScript: "score.py", python: "/no/such/python" });
    expect(await front.message("failed")).toMatchObject({ reason: 'cannot run "/no/such/python" as Python: there is no such program' });
    expect((await front.exit).code).toBe(3);
  });

  test("a port in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const front = launch({ entryScript: "score.py", port });
    expect((await front.exit).code).toBe(1);
    await front.logged(`port ${port} is in use; choose another with --port`);
  });

  test("nothing to serve", async () => {
    const front = launch({});
    expect((await front.exit).code).toBe(1);
    await front.logged("Either provide an entry_script using --entry_script");
    expect(await front.message("failed")).toMatchObject({ reason: expect.stringContaining("--model_dir") as string });
  });
});

describe("crashes", () => {
  test("kill -9 of a worker under load loses only the requests it held", async () => {
    const front = await ready({ entryScript: "score.py", workerCount: 2 });
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    onTestFinished(() => agent.destroy());
    let lost = 0;
    let answered = 0;
    let stop = false;
    const load = Array.from({ length: 8 }, async () => {
      while (!stop) {
        const sent = String(answered);
        await front.send("/score", { ...post(sent), agent }).then(
          (reply) => {
            expect(reply.body).toBe(JSON.stringify(sent));
            answered += 1;
          },
          () => (lost += 1),
        );
      }
    });
    const kills = 5;
    for (let kill = 1; kill <= kills; kill++) {
      const seen = answered;
      await eventually(() => answered > seen + 200 && workersOf(front.pid).length === 2);
      process.kill(workersOf(front.pid)[0] ?? 0, "SIGKILL");
      await eventually(() => front.log().split("was ended by SIGKILL").length === kill + 1);
    }
    stop = true;
    await Promise.all(load);
    expect(lost).toBeLessThanOrEqual(kills);
    expect((await front.send("/")).status).toBe(200);
  });

  test("health is 503 while no worker lives, and a worker that keeps dying is started more and more slowly", async () => {
    const front = await ready({ entryScript: "score.py" });
    for (let at = 0; at < 3; at++) await front.send("/score", post("die")).catch(() => {});
    await front.logged("the next one starts in 200 ms");
    expect((await front.send("/")).status).toBe(503);
    // What waits is answered by the next worker.
    expect((await front.send("/score", post("x"))).body).toBe('"x"');
    expect((await front.send("/")).status).toBe(200);
  });
});

describe("the end", () => {
  test.each(["idle", "hang", "starting"])("no orphans after kill -9 of the front: %s", async (state) => {
    const front = launch({ entryScript: state === "starting" ? "slow_init.py" : "score.py", workerCount: 2 }, { GATE: "/no/gate" });
    await front.message(state === "starting" ? "listening" : "ready");
    if (state === "hang") {
      for (let at = 0; at < 2; at++) send(listening(front), "/score", post("hang")).catch(() => {});
      await front.logged(/hanging\n[^]*hanging\n/);
    }
    await eventually(() => workersOf(front.pid).length === 2);
    const workers = workersOf(front.pid);
    expect(workers).toHaveLength(2);
    front.child.kill("SIGKILL");
    await eventually(() => workers.every((pid) => !existsSync(`/proc/${pid}`)));
  });

  test("a parent that goes away takes the front and its workers with it", async () => {
    const code = `const c = require("node:child_process").fork(process.argv[1], ["--port","0","--entry_script","score.py"]);
      c.on("message", (m) => m.type === "ready" && console.log(c.pid));`;
    const parent = spawn(process.execPath, ["-e", code, SERVER], { env: { ...process.env, AML_APP_ROOT: scripts }, stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void parent.kill("SIGKILL"));
    let text = "";
    const pid = await new Promise<number>((resolve) =>
      parent.stdout.on("data", (chunk: Buffer) => {
        text += chunk;
        const line = /^(\d+)$/m.exec(text)?.[1];
        if (line !== undefined) resolve(Number(line));
      }),
    );
    const processes = [pid, ...workersOf(pid)];
    expect(processes).toHaveLength(2);
    parent.kill("SIGKILL");
    await eventually(() => processes.every((each) => !existsSync(`/proc/${each}`)));
  });

  test("SIGTERM answers what runs and what waits, then exits with 0", async () => {
    const front = await ready({ entryScript: "score.py" });
    const file = gate();
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const running = front.send("/score", { ...post(`wait ${file}`), agent });
    const waiting = [1, 2, 3].map((each) => front.send("/score", { ...post(`n${each}`), agent }));
    await front.send("/nope"); // the four were sent before it
    const workers = workersOf(front.pid);
    front.child.kill("SIGTERM");
    await front.logged("SIGTERM");
    await expect(send(front.port, "/")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    writeFileSync(file, "");
    expect((await running).body).toBe('"waited"');
    expect((await Promise.all(waiting)).map((reply) => reply.body)).toEqual(['"n1"', '"n2"', '"n3"']);
    expect((await front.exit).code).toBe(0);
    await eventually(() => workers.every((pid) => !existsSync(`/proc/${pid}`)));
  });

  test("what a script prints, and each request, is in the log", async () => {
    const front = await ready({ entryScript: "score.py" });
    await front.send("/score?a=1", post("print hello"));
    await front.logged(/ I \[\d+\] azmlinfsrv\.print - init of score\.py\n/);
    await front.logged(/ I \[\d+\] azmlinfsrv\.print - hello\n/);
    await front.logged(/ I \[\d+\] azmlinfsrv - POST \/score\?a=1 200 \d+\.\d{3}ms 7\n/);
    expect(front.log()).not.toContain("not shown");
  });
});
