import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { RunDeployment } from "../../lib/local/endpoints.ts";
import { start } from "../../lib/local/run.ts";
import { SERVER } from "../built.ts";
import { call, credit, lives, load, processTree, runner } from "./support.ts";

/** A deployment of a script that is written for the test. */
function scripted(name: string, script: string): RunDeployment {
  const folder = mkdtempSync(join(tmpdir(), "local-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "score.py"), script);
  return {
    name,
    hash: script,
    serve: { entryScript: "score.py", deployment: name, pathPrefix: "/endpoints/credit", statuses: "managed", workerCount: 1 },
    env: { PATH: process.env.PATH!, AML_APP_ROOT: folder },
  };
}

const echo = "def init():\n    pass\n\ndef run(data):\n    return {'got': data}\n";

test("scripts answer through the router, by share and by header; one that cannot start is named", async () => {
  const endpoint = credit([scripted("blue", echo), scripted("green", "def init():\n    pass\n")]);
  const running = await start({ endpoints: [endpoint], frontEntry: SERVER, port: 0 });
  onTestFinished(() => running.close());
  expect(running.started.failures).toEqual([expect.objectContaining({ deployment: "green", reason: expect.stringContaining("run()") })]);
  const url = `${running.url}/endpoints/credit/score`;
  const post = { method: "POST", body: "1" };
  expect(await call(url, post)).toMatchObject({ status: 200, body: '{"got": "1"}', headers: { "azureml-model-deployment": "blue" } });
  expect((await call(url, { ...post, headers: { "azureml-model-deployment": "red" } })).status).toBe(404);
  expect((await call(url, { ...post, headers: { "azureml-model-deployment": "green" } })).status).toBe(503);
});

test("a package that is not installed is named, in the status too", async () => {
  const running = await start({ endpoints: [credit([scripted("blue", `import no_such_package.part\n${echo}`)])], frontEntry: SERVER, port: 0 });
  onTestFinished(() => running.close());
  const ending = { reason: expect.stringContaining("No module named 'no_such_package'"), missingModule: "no_such_package" };
  expect(running.started.failures).toMatchObject([ending]);
  await vi.waitFor(() => expect(running.status()).toMatchObject([{ state: "failed", ...ending }]));
});

test("a reload under load loses no request", async () => {
  const running = await start({ endpoints: [credit([scripted("blue", echo)])], frontEntry: SERVER, port: 0 });
  onTestFinished(() => running.close());
  const callers = load(`${running.url}/endpoints/credit/score`, 4);
  for (const note of ["# 2", "# 3"]) await running.apply([credit([scripted("blue", `${echo}${note}`)])]);
  await callers.stop();
  expect(callers.errors).toEqual([]);
  expect(callers.answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(callers.answers.length).toBeGreaterThan(10);
});

test.skipIf(process.platform !== "linux")("kill -9 of the runner leaves neither a front nor a Python worker", async () => {
  const { child } = await runner({ endpoints: [credit([scripted("blue", echo), scripted("green", echo)])], frontEntry: SERVER, port: 0 });
  const tree = processTree(child.pid!);
  expect(tree.length).toBeGreaterThanOrEqual(4);
  child.kill("SIGKILL");
  await once(child, "exit");
  await vi.waitFor(() => expect(tree.filter(lives)).toEqual([]), { timeout: 10_000 });
});
